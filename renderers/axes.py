"""Axes: which range of values is worth showing, and where its ticks are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Values farther than so many interquartile ranges off the middle half are not worth flattening the rest for.
FAR = 3.0
# Empty room above and below, of the range; and the narrowest range, of its largest value, that has ticks.
ROOM, NARROWEST = 0.05, 1e-9
# Differences below this are none: their steps would leave what doubles can hold.
TINY = 1e-100
# From here on, and for steps below, numbers are written with an exponent.
LARGE, SMALL = 1e7, 1e-5


class Range(NamedTuple):
    """From low to high."""

    low: float
    high: float

    @property
    def narrow(self) -> bool:
        """Whether it is empty, or too narrow for numbers along it to be told apart."""
        return not self.high - self.low > max(NARROWEST * max(abs(self.low), abs(self.high)), TINY)


class Ticks(NamedTuple):
    """Values at equal steps of 1, 2 or 5 times a power of ten, and how each is written."""

    values: tuple[float, ...]
    labels: tuple[str, ...]


def bulk(values: NDArray[np.float64]) -> Range | None:
    """Where the `values` lie, but for those far off the middle half of them; None where none is finite."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    low, high = float(finite.min()), float(finite.max())
    quarter, three = np.quantile(finite, [0.25, 0.75]).tolist()
    far = FAR * (three - quarter)
    if not far:  # more than half of them are one number, so that nothing says what is far from it
        return Range(low, high)
    return Range(max(low, quarter - far), min(high, three + far))


def roomy(parts: Iterable[Range], least: float | None = None) -> Range:
    """A range around all `parts`, with a little room; it begins at `least` where that is given."""
    every = list(parts)
    low, high = min(part.low for part in every), max(part.high for part in every)
    if least is not None:
        low = min(low, least)
    if Range(low, high).narrow:
        size = max(abs(low), abs(high))
        more = 0.1 * size if size > TINY else 1.0
        low, high = low - more * (low != least), high + more
    room = ROOM * (high - low)
    return Range(low - room * (low != least), high + room)


def ticks(low: float, high: float, most: int, whole: bool = False) -> Ticks:
    """At most `most` (at least 2) ticks from `low` to `high`, as many as round steps allow: one or more.

    `whole` keeps to whole numbers where there are several.
    """
    step = round_up((high - low) / (most + 1))
    if whole and step < 1 and high - low >= 2:
        step = 1.0
    while True:
        # counted in steps and multiplied, so that no rounding adds up
        first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
        if last - first < most:
            break
        step = round_up(1.5 * step)
    values = tuple(k * step for k in range(first, last + 1))
    return Ticks(values, tuple(written(value, step) for value in values))


def round_up(size: float) -> float:
    """The least of 1, 2 and 5 times powers of ten that is not below `size` (but for rounding)."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= size * (1 - 1e-9))


def written(value: float, step: float) -> str:
    """`value`, a multiple of `step`, with the digits that tell it from its neighbours, and a real minus."""
    if value == 0:
        return "0"
    if abs(value) >= LARGE or step < SMALL:
        digits = max(math.floor(math.log10(abs(value))) - math.floor(math.log10(step) + 1e-9), 0)
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:,.{max(-math.floor(math.log10(step) + 1e-9), 0)}f}"
    return text.replace("-", "−")
