"""Lines of a chart as paths: cut at gaps and at the chart's edges, thinned, dashed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def pieces(points: Points) -> list[Points]:
    """The stretches of `points`, (n, 2), between those that are not finite."""
    return _runs(points, np.isfinite(points.sum(axis=1)))


def clipped(points: Points, low: float, high: float) -> list[Points]:
    """The parts of a line through finite `points` whose y is from `low` to `high`."""
    if len(points) < 2:
        return _runs(points, (points[:, 1] >= low) & (points[:, 1] <= high))
    y = points[:, 1]
    order: list[NDArray[np.float64]] = [np.arange(len(y), dtype=np.float64)]
    every = [points]
    for level in (low, high):
        before, after = y[:-1] - level, y[1:] - level
        crosses = np.flatnonzero(np.sign(before) * np.sign(after) < 0)
        share = before[crosses] / (before[crosses] - after[crosses])
        crossing = points[crosses] + share[:, None] * (points[crosses + 1] - points[crosses])
        crossing[:, 1] = level
        # strictly between its two vertices, whatever rounding says
        order.append(np.clip(share, 1e-6, 1 - 1e-6) + crosses)
        every.append(crossing)
    # crossings stand among the vertices in the order of the line
    sequence = np.argsort(np.concatenate(order), kind="stable")
    found = np.concatenate(every)[sequence]
    return _runs(found, (found[:, 1] >= low) & (found[:, 1] <= high))


def thinned(points: Points, most: int) -> Points:
    """A line of some `most` vertices at the most that looks the same: of each part its lowest and highest."""
    size = -(-2 * len(points) // most)
    if len(points) <= most or size < 3:
        return points
    whole = len(points) // size
    y = points[: whole * size, 1].reshape(whole, size)
    first = size * np.arange(whole)
    ends = [0, len(points) - 1]
    kept = np.unique(np.concatenate([first + y.argmin(axis=1), first + y.argmax(axis=1), ends]))
    thin: Points = points[kept]
    return thin


def dashes(left: float, right: float, y: float, dash: float, gap: float) -> list[Points]:
    """A level line in dashes."""
    starts = np.arange(left, right, dash + gap).tolist()
    return [np.array([[x, y], [min(x + dash, right), y]]) for x in starts]


def ring(x: float, y: float, radius: float) -> Points:
    """A circle."""
    angle = np.linspace(0, 2 * np.pi, 33)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def sampled(points: Points, step: float) -> Points:
    """Points along a line, no farther than `step` from each other: what stands in the way of words."""
    if len(points) < 2:
        return points
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, along[-1], int(along[-1] / step) + 2)
    return np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])


def _runs(points: Points, kept: NDArray[np.bool_]) -> list[Points]:
    """The stretches of `points` that are `kept`."""
    return list(_stretches(points, np.flatnonzero(kept)))


def _stretches(points: Points, kept: NDArray[np.intp]) -> Iterator[Points]:
    if len(kept):
        for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1):
            yield points[run]
