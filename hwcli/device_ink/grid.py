"""Finds the grid that a device rounds coordinates to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FEWEST = 8  # distinct distances that show a grid: fewer lie on one by chance
NEAR = 0.05  # distance from the grid, in steps, that rounding of stored numbers may cause
PARTS = 4  # the smallest distance is at most this many steps
EXACT = 2.0**24  # whole number up to which float32 holds all: larger ones may be rounded


def grid_step(points: Array) -> float:
    """Return the largest step on which all `points`, (n, 2), lie in both directions; 0 if there is none.

    Where the grid begins does not matter. Too few distinct coordinates to tell count as none.
    """
    if len(points) < 2:
        return 0.0
    distances = np.unique(np.abs(points - points[0]))
    distances = distances[distances > 0]
    if len(distances) < FEWEST:
        return 0.0
    if distances[-1] < EXACT and (distances == np.rint(distances)).all():
        return float(np.gcd.reduce(distances.astype(np.int64)))
    return _approximate(distances)


def _approximate(distances: Array) -> float:
    """Return the step of a grid that ascending `distances` lie near; 0 if there is none."""
    noise = 1e-6 * distances[-1]  # of numbers that were stored as float32
    gaps = np.diff(distances, prepend=0.0)
    gaps = gaps[gaps > noise]
    if not len(gaps):
        return 0.0
    for parts in range(1, PARTS + 1):
        step = _refined(distances[distances > noise], float(gaps.min()) / parts)
        if (np.abs(distances / step - np.rint(distances / step)) < NEAR).all():
            return step
    return 0.0


def _refined(distances: Array, step: float) -> float:
    """Return a `step` that is known to some digits, to more: by least squares over ever larger distances."""
    reach = 8 * step
    while True:
        some = distances[distances <= reach]
        counts = np.rint(some / step)
        if (square := counts @ counts) > 0:
            step = float(some @ counts / square)
        if reach >= distances[-1]:
            return step
        reach *= 4
