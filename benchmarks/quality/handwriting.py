"""Quantities of handwriting measured on lines of ink, and how much they vary from line to line.

Every function works alike on people's lines and on samples, in the units of a tablet of IAM-OnDB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_size import Size
from renderers.ink import Ink

Values = NDArray[np.float64]
DRAWS = 2000  # bootstrap draws for the intervals


@dataclass(frozen=True)
class Line:
    """Ink with the number of characters, spaces included, that it shows."""

    ink: Ink
    characters: int

    @property
    def height(self) -> float:
        """The height of the hand in units of the ink: `hwcli.ink_size.Size.height`; NaN without extent."""
        size = Size.of(self.ink)
        return size.height if size else np.nan


def width(line: Line) -> float:
    """Return the width of the line per character, in heights of its hand."""
    return float(np.ptp(line.ink.points[:, 0])) / line.characters / line.height


def points(line: Line) -> float:
    """Return the points per character."""
    return len(line.ink) / line.characters


def strokes(line: Line) -> float:
    """Return the strokes per character."""
    return len(line.ink.strokes) / line.characters


def slant(line: Line) -> float:
    """Return the slant in degrees: 0 upright, positive if the writing leans to the right; NaN if unknown.

    It is the mean angle from the vertical of the downstrokes, weighted by length. A downstroke is a pen-down
    step between two points that goes down more than sideways.
    """
    x, y = line.ink.offsets[1:, :2][~line.ink.ends[:-1]].T  # y grows downwards
    down = y > np.abs(x)
    if not down.any():
        return np.nan
    angles = np.degrees(np.arctan2(-x[down], y[down]))
    return float(np.average(angles, weights=np.hypot(x[down], y[down])))


def height(line: Line) -> float:
    """Return the height of the hand: the standard deviation of the path about its baseline, in units."""
    return line.height


QUANTITIES: dict[str, Callable[[Line], float]] = {
    "width per character, heights": width,
    "points per character": points,
    "strokes per character": strokes,
    "slant, degrees": slant,
    "height, units": height,
}


def measured(lines: Sequence[Line]) -> Values:
    """Return all QUANTITIES of all lines, (lines, quantities)."""
    return np.array([[quantity(line) for quantity in QUANTITIES.values()] for line in lines])


def halves(line: Line, attended: NDArray[np.int64]) -> tuple[Line, Line]:
    """Cut a line where its pen reaches the middle of its text, and return both parts.

    `attended` (points,) says which character each point belongs to. Raises ValueError if a part is empty.
    """
    middle = line.characters // 2
    cut = int(np.argmax(attended >= middle)) if (attended >= middle).any() else 0
    if not 0 < cut < len(line.ink):
        raise ValueError("one half of the line has no ink")
    first, second = slice(None, cut), slice(cut, None)
    at, ends = line.ink.points, line.ink.ends
    return (
        Line(Ink.from_points(at[first], ends[first]), middle),
        Line(Ink.from_points(at[second], ends[second]), line.characters - middle),
    )


def spread(values: Values) -> Values:
    """Return the standard deviation over lines of `values` (…, lines, quantities), leaving out NaN."""
    result: Values = np.nanstd(values, axis=-2, ddof=1)
    return result


def components(first: Values, second: Values) -> tuple[Values, Values]:
    """Split the spread of half lines into the part between lines and the part within them.

    The values of a line's two halves are taken as h + e1 and h + e2, with h the line's own and e1, e2
    independent. So h has the halves' covariance, and e half the variance of their difference. `first` and
    `second` are (lines, quantities). Returns the standard deviations of h, 0 if the covariance is negative,
    and of e, each (quantities,).
    """
    kept = np.isfinite(first + second)
    between, within = [], []
    for a, b, both in zip(first.T, second.T, kept.T, strict=True):
        between.append(np.sqrt(max(np.cov(a[both], b[both])[0, 1], 0.0)))
        within.append(np.sqrt(np.var(a[both] - b[both], ddof=1) / 2))
    return np.array(between), np.array(within)


def ratio(values: Values, people: Values, seed: int = 1) -> tuple[Values, Values, Values]:
    """Return the ratio of the spreads of `values` to those of `people`, and its 95 % interval.

    Both are (lines, quantities), and row k of both has the same text, so the bootstrap draws rows of both
    together. Each result is (quantities,).
    """
    random = np.random.default_rng(seed)
    rows = random.integers(len(values), size=(DRAWS, len(values)))
    ratios = spread(values[rows]) / spread(people[rows])
    low, high = np.quantile(ratios, [0.025, 0.975], axis=0)
    return spread(values) / spread(people), low, high


def distance(a: Values, b: Values) -> float:
    """Return the Kolmogorov-Smirnov distance between two sets of values: 0 the same, 1 without overlap."""
    both = np.sort(np.concatenate([a, b]))
    at_a, at_b = (np.searchsorted(np.sort(v), both, "right") / len(v) for v in (a, b))
    return float(np.abs(at_a - at_b).max())
