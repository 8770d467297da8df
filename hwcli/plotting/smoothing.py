"""Moving averages of noisy series."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from hwcli.plotting.history import Series

# A moving average spans at least this many values, and about this fraction of the longest run.
LEAST_VALUES, FRACTION = 4, 1 / 60


def window_for(series: Iterable[Series]) -> float:
    """A round width in steps (1, 2 or 5 times a power of ten) for all `series`; 0 if all are too short."""
    least = span = 0.0
    for one in series:
        if len(one.x) > LEAST_VALUES:
            least = max(least, LEAST_VALUES * float(np.median(np.diff(one.x))))
            span = max(span, float(one.x[-1] - one.x[0]))
    if not least:
        return 0.0
    width = max(least, FRACTION * span)
    power = 10.0 ** math.floor(math.log10(width))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= width * (1 - 1e-9))


def smoothed(series: Series, window: float) -> Series:
    """Replace every value by the mean of those within half a `window` of steps on either side.

    Near the first step the window shrinks symmetrically, because the loss falls steeply there; near the last
    it is cut off. NaN stays NaN and does not enter any mean.
    """
    x, y = series.x, series.y
    if window <= 0 or not len(x):
        return series
    half = np.minimum(window / 2, x - x[0])
    first = np.searchsorted(x, x - half, side="left")
    end = np.searchsorted(x, x + half, side="right")
    finite = np.isfinite(y)
    # each slice is summed separately: a running sum would lose all precision after one huge value
    slices = np.column_stack([first, end]).ravel()
    sums = np.add.reduceat(np.append(np.where(finite, y, 0.0), 0.0), slices)[::2]
    counts = np.add.reduceat(np.append(finite, False).astype(np.intp), slices)[::2]
    return Series(x, np.where(finite, sums / np.maximum(counts, 1), np.nan))
