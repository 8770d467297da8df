"""When each point of a scene is written: at the speed of a real pen, or within a given time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Layer, Scene

# A real pen: points per second within a stroke and seconds between strokes are medians over IAM-OnDB. The
# pause between lines is chosen, because IAM-OnDB does not record when one line began relative to the previous
# one.
POINTS_PER_SECOND = 66.0
LIFT, NEW_LINE = 0.18, 0.6


def pen_times(scene: Scene) -> NDArray[np.float64]:
    """Return the time in seconds, (scene.count,), at which a real pen reaches each point."""
    steps: list[NDArray[np.float64]] = []
    for layer in scene.layers:
        if layer.count:
            step = np.where(pen_down(layer), 1 / POINTS_PER_SECOND, LIFT)
            step[0] = NEW_LINE if steps else 0.0
            steps.append(step)
    return np.cumsum(np.concatenate(steps)) if steps else np.zeros(0)


def frames(
    times: NDArray[np.float64], duration: float, fps: float, hold: float
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the number of points that each frame shows, and its length in hundredths of a second.

    `times` are scaled to `duration` seconds, which are divided into equal frames of 1 / fps or slightly more.
    The last frame shows everything and is extended by `hold` seconds. Frame boundaries are rounded to the
    hundredth, so that the lengths add up to duration + hold.
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


def pen_down(layer: Layer) -> NDArray[np.bool_]:
    """Whether the pen was down on its way to each point, (count,)."""
    inner = np.ones(len(layer.vertices), dtype=bool)
    inner[layer.starts[:-1]] = False
    down = np.zeros(layer.count, dtype=bool)
    down[layer.times[inner]] = True
    return down
