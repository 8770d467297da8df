"""Smoothing: the mean over a window of steps, and how wide a window suits a run."""

from __future__ import annotations

import numpy as np

from hwcli.plotting.history import Column
from renderers.axes import round_up

# A window has at least so many rows.
LEAST_ROWS = 4


def window_for(columns: list[Column], parts: float) -> float:
    """A round number of steps, about the longest of `columns` in so many `parts`; 0 for nothing to smooth."""
    least = span = 0.0
    for column in columns:
        if len(column) > LEAST_ROWS:
            least = max(least, LEAST_ROWS * float(np.median(np.diff(column.steps))))
            span = max(span, float(column.steps[-1] - column.steps[0]))
    return round_up(max(least, span / parts)) if least else 0.0


def smoothed(column: Column, window: float) -> Column:
    """Every value the mean of those within half a `window` of steps to either side.

    Towards the first step the window shrinks on both sides alike, since the loss falls there fast; at the
    last one it ends where the values do. What is not finite stays so, and counts in no mean.
    """
    steps, values = column.steps, column.values
    if window <= 0 or not len(column):
        return column
    half = np.minimum(window / 2, steps - steps[0])
    first = np.searchsorted(steps, steps - half, side="left")
    end = np.searchsorted(steps, steps + half, side="right")
    finite = np.isfinite(values)
    # slices are summed each by itself: running sums would lose all that comes after one huge value
    slices = np.column_stack([first, end]).ravel()
    sums = np.add.reduceat(np.append(np.where(finite, values, 0.0), 0.0), slices)[::2]
    counts = np.add.reduceat(np.append(finite, False).astype(np.intp), slices)[::2]
    return Column(steps, np.where(finite, sums / np.maximum(counts, 1), np.nan))
