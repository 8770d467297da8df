"""Splits the strokes of a whole form into its lines.

People write a form line by line, so its lines are runs of strokes in the order of time. The best runs are
found by dynamic programming: a run should lie along a straight line, and the pen should return to the left
between two runs. A stroke that was added later, such as a forgotten dot, lies on an earlier line than the run
around it, and is given to that line. benchmarks/quality/form_lines.py measures how often this is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_LINES = 20  # lines of a form whose number of lines is unknown
LINE_COST = 2.0  # what a further line must save, if their number is unknown
RETURN_WORTH = 3.0  # what a return of the pen over the form's whole width is worth as a break between lines
SLOPE_COST = 0.1  # regularises the slope of a line of few strokes
# a stroke belongs to an earlier line if it is farther than FAR from its run and nearer than NEAR to that line
FAR, NEAR = 0.6, 0.45  # in distances between lines
LONG = 0.25  # a run of this share of the longest one's ink is a line for sure
SAME = 0.3  # two runs less than this share of the largest step apart are on the same line
MEMORY_PER_PAIR = 80  # bytes, for each stroke and each stroke: the costs of all runs
ROUNDS = 6  # after this many, strokes that change lines back and forth stay where they are


@dataclass(frozen=True)
class _Strokes:
    """What the search reads of each stroke; x in widths of the form, y in four median heights of a stroke."""

    x: Array  # middle
    y: Array
    weight: Array  # 1 for a stroke of 20 points or more
    start: Array  # x of its first point
    end: Array  # x of its last point

    @classmethod
    def of(cls, strokes: Sequence[NDArray[Any]]) -> _Strokes:
        low = np.array([stroke.min(0) for stroke in strokes], float)
        high = np.array([stroke.max(0) for stroke in strokes], float)
        heights = (high - low)[:, 1]
        width = max(high[:, 0].max() - low[:, 0].min(), 1.0)
        height = 4 * float(np.median(heights[heights > 0])) if heights.any() else 1.0
        middle = (low + high) / 2
        return cls(
            middle[:, 0] / width,
            middle[:, 1] / height,
            np.minimum([len(stroke) for stroke in strokes], 20) / 20,
            np.array([stroke[0, 0] for stroke in strokes]) / width,
            np.array([stroke[-1, 0] for stroke in strokes]) / width,
        )

    def __getitem__(self, chosen: NDArray[Any]) -> _Strokes:
        return _Strokes(*(values[chosen] for values in vars(self).values()))


def line_of_each(strokes: Sequence[NDArray[Any]], lines: int | None = None) -> tuple[NDArray[np.int64], bool]:
    """Return the line, from 0, of each stroke, and whether the ink looks like `lines` lines.

    `strokes` are (points, 2), in the order in which they were written. `lines` is the number of lines, or
    None to estimate it. At most as many lines are found as there are strokes.
    """
    everything = _Strokes.of(strokes)
    late = np.zeros(len(strokes), bool)
    for _ in range(ROUNDS):
        on_time = np.flatnonzero(~late)
        rows = _rows(everything[on_time])
        run = _runs(everything[on_time], lines or rows)
        fits = _fits(everything[on_time], run)
        distance = fits.distances(everything) / fits.spacing()  # (lines, strokes)
        # the run that a late stroke was written in: that of the last stroke before it
        place = np.searchsorted(on_time, np.arange(len(strokes)), side="right") - 1
        own = run[np.maximum(place, 0)]
        nearest = distance.argmin(0)
        off = np.take_along_axis(distance, own[None], 0)[0] > FAR
        found = off & (nearest < own) & (distance.min(0) < NEAR)
        if (found == late).all():
            break
        late = found
    return np.where(late, nearest, own), lines in (None, rows)


def _rows(strokes: _Strokes) -> int:
    """Estimate the number of lines. A run on the line of a longer one, as of late strokes, is not a line."""
    run = _runs(strokes, None)
    fits = _fits(strokes, run)
    long = np.flatnonzero(fits.weight >= LONG * fits.weight.max())
    spacing = fits[long].spacing()
    rows: list[int] = []
    for k in (*long, *np.setdiff1d(np.arange(len(fits.weight)), long)):
        middle = np.abs(fits.y[k] - fits[np.array(rows, int)].at(fits.x[k]))
        if (middle > NEAR * spacing).all():
            rows.append(int(k))
    return len(rows)


def _runs(strokes: _Strokes, lines: int | None) -> NDArray[np.int64]:
    """Return the run of each stroke, from 0, in the cheapest division into `lines` runs (None: any number).

    A run costs the weighted squares of its strokes' distances, in y, from the straight line through them,
    less what the return of the pen before it is worth. The squares of all runs come from cumulative sums.
    """
    x, y, w, n = strokes.x, strokes.y, strokes.weight, len(strokes.x)
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (w, w * x, w * y, w * x * x, w * x * y, w * y * y)]
    total, sx, sy, sxx, sxy, syy = (s[:, None] - s[None, :] for s in sums)  # [end, start]
    total = np.maximum(total, 1e-9)
    cost = syy - sy**2 / total - (sxy - sx * sy / total) ** 2 / (sxx - sx**2 / total + SLOPE_COST)
    cost[~np.tri(n + 1, k=-1, dtype=bool)] = np.inf  # runs that end before they begin
    back = np.zeros(n + 1)
    back[1:-1] = strokes.end[:-1] - strokes.start[1:]
    best, before, costs = cost[:, 0], [], [cost[n, 0]]
    for _ in range(1, min(lines or MOST_LINES, n)):
        candidates = cost + (best - RETURN_WORTH * back)
        before.append(candidates.argmin(1))  # where the last run starts, for each end
        best = np.take_along_axis(candidates, before[-1][:, None], 1)[:, 0]
        costs.append(best[n])
    count = len(costs) if lines else int(np.argmin(costs + LINE_COST * np.arange(len(costs)))) + 1
    run, end = np.zeros(n, np.int64), n
    for starts in reversed(before[: count - 1]):
        end = int(starts[end])
        run[end:] += 1
    return run


@dataclass(frozen=True)
class _Fits:
    """The straight lines through runs of strokes, one value per run."""

    x: Array  # the middle of a run
    y: Array
    slope: Array
    weight: Array

    def __getitem__(self, chosen: NDArray[Any]) -> _Fits:
        return _Fits(*(values[chosen] for values in vars(self).values()))

    def at(self, x: float) -> Array:
        """Return the height of each line at `x`."""
        return self.y + self.slope * (x - self.x)

    def distances(self, strokes: _Strokes) -> Array:
        """Return the distance, in y, of every stroke from every line, (lines, strokes)."""
        return np.abs(strokes.y - self.y[:, None] - self.slope[:, None] * (strokes.x - self.x[:, None]))

    def spacing(self) -> float:
        """Return the median distance between one line and the next; runs on the same line do not count."""
        steps = np.diff(self.y)
        steps = steps[steps > SAME * steps.max(initial=0.0)]
        return float(np.median(steps)) if len(steps) else np.inf


def _fits(strokes: _Strokes, run: NDArray[Any]) -> _Fits:
    """Fit a straight line to the strokes of each run, by least squares with a small ridge on the slope."""
    w, weight = strokes.weight, np.bincount(run, strokes.weight)
    x, y = (np.bincount(run, w * values) / weight for values in (strokes.x, strokes.y))
    dx, dy = strokes.x - x[run], strokes.y - y[run]
    slope = np.bincount(run, w * dx * dy) / (np.bincount(run, w * dx * dx) + SLOPE_COST)
    return _Fits(x, y, slope, weight.astype(float))
