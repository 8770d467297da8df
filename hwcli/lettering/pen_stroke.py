"""Drawing the skeleton of a stroke as a pen would: smooth, at the hand's point spacing, never twice alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
FINE = 24  # points of the spline between two points of the skeleton
# How shapes vary: their points in hundredths of the unit, their size and direction (radians)
SCATTER, SIZES, TURN = 0.015, 0.06, 0.05
FEWEST = 3  # points of a stroke: a dot, too, is a short stroke


class Pen:
    """Draws strokes with `slant` (x to the right per y upwards) at a `spacing` between points."""

    def __init__(self, slant: float, spacing: float, rng: np.random.Generator) -> None:
        self._slant, self._spacing, self._rng = slant, spacing, rng

    def strokes(
        self, skeleton: Sequence[Points], origin: Points, unit: float | Points, slanted: bool = True
    ) -> list[Points]:
        """Return the strokes of a skeleton whose (0, 0) lies at `origin` and whose `unit` is its scale."""
        unit = np.broadcast_to(np.asarray(unit, float), 2)
        turn, size = self._rng.normal(0, TURN / 2), 1 + self._rng.normal(0, SIZES / 2)
        middle = np.concatenate(skeleton).mean(0)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        return [
            origin + self._sheared(self._drawn(((stroke - middle) @ spin * size + middle), unit), slanted)
            for stroke in skeleton
        ]

    def _drawn(self, stroke: Points, unit: Points) -> Points:
        """Return the smooth stroke through a skeleton's points, in the ink's units from its origin."""
        moved = stroke + self._rng.normal(0, SCATTER, stroke.shape)
        corners = np.flatnonzero((np.diff(stroke, axis=0) == 0).all(1))
        moved[corners + 1] = moved[corners]
        return evenly(spline(moved * unit), self._spacing)

    def _sheared(self, points: Points, slanted: bool) -> Points:
        return points - np.array([self._slant, 0.0]) * points[:, 1:] if slanted else points


def spline(points: Points) -> Points:
    """Return a dense polyline on the uniform Catmull-Rom spline through `points`, (n, 2), n at least 2."""
    around = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    a, b, c, d = (around[k : k + len(points) - 1, None] for k in range(4))
    t = np.linspace(0, 1, FINE, endpoint=False)[:, None]
    fine = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([fine.reshape(-1, 2), points[-1:]])


def evenly(path: Points, spacing: float) -> Points:
    """Return points at even distances of about `spacing` along a polyline, with its two ends."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    count = max(round(along[-1] / spacing) + 1, FEWEST)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])], axis=-1)
