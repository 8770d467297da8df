"""Lines made level: the slope of the baseline is taken out, and its waves are straightened.

The slope is that of the robust fit (hwcli.pages.baseline). The waves are a smooth curve through the lower
ends of the letters near the baseline: straight pieces between knots, with a penalty on their bends, fitted by
iteratively reweighted least squares. Ink only moves up and down with it, so its letters keep their shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_size import Size
from hwcli.pages.baseline import SPREAD, TURN, Baseline, lower_ends
from hwcli.pages.levelling import levelled
from renderers.ink import Ink

Points = NDArray[np.float64]
WORDS, CHARACTERS = 2, 8  # of a text, from either of which on its ink has a baseline
# All lengths are in heights (Size.height) of the handwriting.
KNOTS = 6.0  # distance of knots, some three characters
STIFF = 8.0  # weight of a bend, in lower ends: words that dip below the line are a habit, not a wave
TIED = 0.3  # weight with which each knot keeps to the straight line
ROUNDS = 8
SLOPES = 3  # how often the slope is taken out: the prior on it keeps a part each time
ENOUGH = 1e-3  # slope that is left


@dataclass(frozen=True)
class Level:
    """A level line, its baseline at y = 0, and what was taken out of it."""

    points: Points  # (n, 2)
    slope: float
    wave: float  # root mean square of the waves, in heights


def has_baseline(text: str) -> bool:
    """Return whether ink that says `text` is long enough to have a baseline."""
    return len(text.split()) >= WORDS or len(text.strip()) >= CHARACTERS


def level(points: Points, ends: NDArray[np.bool_]) -> Level | None:
    """Level a line from its points (n, 2) and flags at the ends of strokes (n,); None if it has no extent."""
    size = Size.of_points(points, ends)
    if size is None:
        return None
    slope = 0.0
    for _ in range(SLOPES):
        baseline = Baseline.of(Ink.from_points(points, ends), size.height)
        points = levelled(points, baseline)
        slope += baseline.slope
        if abs(baseline.slope) < ENOUGH:
            break
    waves = _waves(points, ends, size.height)
    rms = float(np.sqrt(np.mean(waves**2))) / size.height
    return Level(points - np.column_stack([np.zeros(len(points)), waves]), slope, rms)


def _waves(points: Points, ends: NDArray[np.bool_], height: float) -> Points:
    """Return how far below y = 0 the baseline of a level line is at each of its points, (n,)."""
    strokes = np.split(points, np.flatnonzero(ends)[:-1] + 1)
    found = lower_ends(strokes, TURN * height) / height
    across = points[:, 0] / height
    knots = 1 + round(float(np.ptp(across)) / KNOTS)
    if len(found) < 3 or knots < 2:
        return np.zeros(len(points))
    at = np.linspace(across.min(), across.max(), knots)
    basis = np.column_stack([np.interp(found[:, 0], at, one) for one in np.eye(knots)])
    bends = np.diff(np.eye(knots), 2, axis=0)
    keep = STIFF * bends.T @ bends + TIED * np.eye(knots)
    curve = np.zeros(knots)
    for _ in range(ROUNDS):
        weight = 1 / (1 + ((found[:, 1] - basis @ curve) / SPREAD) ** 2) ** 2
        curve[:] = np.linalg.solve(basis.T * weight @ basis + keep, basis.T @ (weight * found[:, 1]))
    waves: Points = height * np.interp(across, at, curve)
    return waves
