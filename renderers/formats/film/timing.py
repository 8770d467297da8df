"""When each point of a scene is written: at a real pen's pace, or within a given time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Layer, Scene

# Of a real pen: points a second within a stroke, and seconds between strokes (medians over IAM-OnDB), and
# between lines (chosen: its lines were written in one go, but not timed against each other).
POINTS_A_SECOND = 66.0
LIFT, NEW_LINE = 0.18, 0.6


def pen_times(scene: Scene) -> NDArray[np.float64]:
    """(scene.count,) seconds from the first point to each, at a real pen's pace."""
    steps: list[NDArray[np.float64]] = []
    for layer in scene.layers:
        if layer.count:
            step = np.where(_joined(layer), 1 / POINTS_A_SECOND, LIFT)
            step[0] = NEW_LINE if steps else 0.0
            steps.append(step)
    return np.cumsum(np.concatenate(steps)) if steps else np.zeros(0)


def frames(
    times: NDArray[np.float64], duration: float, fps: float, hold: float
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """How many points each frame shows, and its length in hundredths of a second.

    The points' `times` are stretched to `duration` seconds, of which each frame has an equal part up to the
    hundredth, 1 / fps or a little more; the last one, which shows all, is held `hold` seconds more. The
    lengths' sum is duration + hold, rounded to the hundredth: what is rounded off one frame is given to the
    next.
    """
    count = max(1, int(duration * fps + 1e-9))
    moments = np.linspace(0, duration, count + 1)[1:]
    total = times[-1] if len(times) else 0.0
    stretched = times * (duration / total) if total > 0 else np.zeros(len(times))
    shown = np.searchsorted(stretched, moments * (1 + 1e-9), side="right").astype(np.intp)
    shown[-1] = len(times)
    edges = np.rint(100 * np.concatenate([[0.0], moments])).astype(np.int64)
    edges[-1] = round(100 * (duration + hold))
    return shown, np.diff(edges)


def _joined(layer: Layer) -> NDArray[np.bool_]:
    """(count,) whether the pen was down on its way to each point."""
    inner = np.ones(len(layer.vertices), dtype=bool)
    inner[layer.starts[:-1]] = False
    joined = np.zeros(layer.count, dtype=bool)
    joined[layer.times[inner]] = True
    return joined
