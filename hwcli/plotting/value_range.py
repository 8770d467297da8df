"""The range of values that a chart shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

# Values further than this many interquartile ranges from the middle half are outliers.
OUTLIER = 3.0
# The last or best value of a run is shown unless it lies further than this many ranges away: it diverged.
REACH = 2.0
# Room above and below the values, and the narrowest range, both as fractions.
MARGIN, NARROWEST = 0.05, 1e-9
# Smaller differences count as none: tick marks between them could underflow.
TINY = 1e-100


def typical(values: NDArray[np.float64]) -> list[float]:
    """The lowest and highest finite value that is not an outlier; empty if no value is finite."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return []
    low, quarter, three, high = np.quantile(finite, [0, 0.25, 0.75, 1]).tolist()
    limit = OUTLIER * (three - quarter)
    if not limit:  # most values are equal, so there is no scale to call others outliers by
        return [low, high]
    return [max(low, quarter - limit), min(high, three + limit)]


def value_range(
    groups: Sequence[NDArray[np.float64]], notable: Iterable[float], fixed: Iterable[float]
) -> tuple[float, float]:
    """The lowest and highest value to show.

    Outliers of each of the `groups` are left out, such as the losses of the first steps. `notable` values are
    included if they are not too far from the rest, `fixed` ones always.
    """
    shown = [end for group in groups for end in typical(group)]
    low, high = widened(min(shown), max(shown))
    reach = REACH * (high - low)
    shown += [value for value in notable if low - reach < value < high + reach]
    shown += fixed
    return widened(min(shown), max(shown))


def widened(low: float, high: float) -> tuple[float, float]:
    """The range with a margin on both sides; an empty one becomes wide enough for tick marks."""
    if is_narrow(low, high):
        size = max(abs(low), abs(high))
        extra = 0.1 * size if size > TINY else 1.0
        low, high = low - extra, high + extra
    margin = MARGIN * (high - low)
    return low - margin, high + margin


def is_narrow(low: float, high: float) -> bool:
    """Whether the range is empty, reversed, or too narrow to tell numbers along it apart."""
    return not high - low > max(NARROWEST * max(abs(low), abs(high)), TINY)
