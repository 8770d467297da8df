"""Ink at even steps of time, from the times that a recorder gave to its points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink

Array = NDArray[np.float64]
TIMES = "t"  # key of Ink.extra: one number per point, in any unit
UNEVEN = 0.5  # range of the middle four fifths of the time steps, in medians, from which they are uneven
LONGEST = 5.0  # a pause within a stroke, in median steps: a longer one is shortened
MOST = 20.0  # points per stroke, after to before


def at_even_steps(ink: Ink) -> Ink | None:
    """Return `ink` at even steps of time; None if it is so already, or has no usable times.

    Points of one time become one. The step is the median of the ink's; pauses are shortened. New points lie
    on the Hermite spline through the old ones. Every stroke keeps its first and last point.
    """
    times = _times(ink)
    if times is None:
        return None
    strokes = [_without_ties(*pair) for pair in zip(ink.strokes, times, strict=True)]
    tied = any(len(old) != len(new) for old, (new, _) in zip(ink.strokes, strokes, strict=True))
    steps = np.concatenate([np.diff(t) for _, t in strokes])
    if not len(steps):
        return None
    step = float(np.median(steps))
    low, high = np.quantile(steps, [0.1, 0.9])
    if not tied and high - low <= UNEVEN * step:
        return None
    even = tuple(_even(points, t, step) for points, t in strokes)
    return with_points(ink, even)


def with_points(ink: Ink, strokes: tuple[Array, ...]) -> Ink:
    """Return `ink` with other points, without what it says of each of the old ones.

    If their number is the same, only the prediction goes: it is of where the points were.
    """
    if [len(s) for s in strokes] == [len(s) for s in ink.strokes]:
        return replace(ink, strokes=strokes, prediction=None)
    n = len(ink)
    extra = {key: value for key, value in ink.extra.items() if not _is_of_points(value, n)}
    return replace(ink, strokes=strokes, prediction=None, trace=None, extra=extra)


def _is_of_points(value: Any, points: int) -> bool:
    return isinstance(value, list) and len(value) == points


def _times(ink: Ink) -> list[Array] | None:
    """Return the times of each stroke's points; None unless they are numbers that never decrease."""
    given = ink.extra.get(TIMES)
    if not isinstance(given, list) or len(given) != len(ink) or not given:
        return None
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return None
    try:
        times = np.array(given, dtype=np.float64)
    except OverflowError:
        return None
    ends = np.flatnonzero(ink.ends)[:-1] + 1
    strokes = np.split(times, ends)
    if not (np.abs(times) < 1e15).all() or any((np.diff(t) < 0).any() for t in strokes):
        return None
    return strokes


def _without_ties(points: Array, times: Array) -> tuple[Array, Array]:
    """Return the points of a stroke with the mean of those that have one time."""
    first = np.diff(times, prepend=-np.inf) > 0
    if first.all():
        return points, times
    group = first.cumsum() - 1
    mean = np.zeros((group[-1] + 1, 2))
    np.add.at(mean, group, points)
    mean /= np.bincount(group)[:, None]
    mean[[0, -1]] = points[[0, -1]]
    return mean, times[first]


def _even(points: Array, times: Array, step: float) -> Array:
    """Return points of the spline through `points` at `times`, at even steps of about `step`."""
    if len(points) < 2:
        return points
    clock = np.concatenate([[0.0], np.minimum(np.diff(times), LONGEST * step).cumsum()])
    count = max(min(round(clock[-1] / step), round(MOST * len(points))), 1) + 1
    at = np.linspace(0, clock[-1], count)
    slopes = np.gradient(points, clock, axis=0)
    here = np.clip(np.searchsorted(clock, at, "right") - 1, 0, len(points) - 2)
    span = (clock[here + 1] - clock[here])[:, None]
    t = (at - clock[here])[:, None] / span
    a, b, before, after = points[here], points[here + 1], slopes[here] * span, slopes[here + 1] * span
    even = a + t * (before + t * (3 * (b - a) - 2 * before - after + t * (2 * (a - b) + before + after)))
    even[[0, -1]] = points[[0, -1]]
    return np.asarray(even)
