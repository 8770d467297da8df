"""The body height of handwriting: one measure for lines of text, words, single letters, capitals and digits.

A line's height (`Size.height`) is the spread of its path about the baseline. It depends on the text as well
as on the hand: a line of capitals or digits spreads less than a line of small letters with ascenders and
descenders, a single `e` less again. A character's part in it is a length of path, a middle and a spread, so
the spread that a text leads to follows from sums over its characters (the law of total variance). The height
divided by that spread, times that of a typical line, is the body height.
"""

from __future__ import annotations

import math
import unicodedata
from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from hwcli.ink_size import Size

# The unit: median height and spacing of the 10,193 lines of IAM-OnDB that the bundled models learned from. It
# is fixed, so that datasets of any year mix.
BODY = Size(82.17, 20.04)
TYPICAL = 0.52  # spread, in x-heights, that the text of a line leads to: the median of IAM-OnDB's texts
# Letters of one word do not stand on one straight line, so they spread more together than apart. Measured
# as if they did, words and lines came out some 10 % larger than single characters of the same hands.
TOGETHER = 1.1
X_HEIGHT = BODY.height / TYPICAL  # of ink at one body height


class _Extent(NamedTuple):
    """The path of a character, in x-heights."""

    length: float
    middle: float  # mean height above the baseline, along the path
    spread: float  # standard deviation about the middle


# medians over the ink files of some 17,000 isolated characters of UNIPEN (docs/results.md)
_EXTENTS = {
    "acemnorsuvwxz": _Extent(3.2, 0.49, 0.31),
    "i": _Extent(1.3, 0.58, 0.47),
    "t": _Extent(3.3, 0.83, 0.44),
    "bdfhkl": _Extent(4.3, 0.80, 0.52),
    "gjpqy": _Extent(5.2, 0.12, 0.59),
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ()[]{}!?/\\|#&%$@": _Extent(5.0, 0.88, 0.52),
    "0123456789": _Extent(4.1, 0.80, 0.49),
}
_EXTENT_OF = {character: extent for characters, extent in _EXTENTS.items() for character in characters}


# heights above the baseline of signs that have no part in the measure, in x-heights
_SIGNS = {**dict.fromkeys(".,_", 0.0), **dict.fromkeys("'\"`^", 1.6), **dict.fromkeys("-=+~<>*:;", 0.5)}


def expected_middle(text: str) -> float:
    """Return the height above the baseline, in x-heights, of the middle of the path that `text` leads to.

    >>> round(expected_middle("e"), 2), round(expected_middle("p"), 2), expected_middle("-")
    (0.49, 0.12, 0.5)
    """
    known = [_EXTENT_OF[c] for c in unicodedata.normalize("NFKD", text) if c in _EXTENT_OF]
    if not known:
        return max((_SIGNS.get(c, 0.5) for c in text), default=0.5)
    return sum(e.length * e.middle for e in known) / sum(e.length for e in known)


def expected_spread(text: str) -> float | None:
    """Return the spread, in x-heights, that `text` leads to; None if it has no character of known extent.

    Accents, punctuation and characters of other scripts are ignored.

    >>> round(expected_spread("e"), 2), round(expected_spread("6"), 2), round(expected_spread("high"), 2)
    (0.31, 0.49, 0.69)
    """
    known = [_EXTENT_OF[c] for c in unicodedata.normalize("NFKD", text) if c in _EXTENT_OF]
    if not known:
        return None
    length = sum(e.length for e in known)
    middle = sum(e.length * e.middle for e in known) / length
    square = sum(e.length * (e.spread**2 + e.middle**2) for e in known) / length
    return math.sqrt(square - middle**2) * (TOGETHER if len(known) > 1 else 1.0)


def body_size(items: Iterable[tuple[Size, str | None]]) -> Size | None:
    """Return body height and spacing of ink by one hand: medians over the measured `items` and their texts.

    Where no text has a character of known extent, every item counts as a typical line. None without items.
    """
    rows = array("d")
    for size, text in items:
        spread = expected_spread(text or "")
        rows.extend((size.height, size.spacing, math.nan if spread is None else spread))
    if not rows:
        return None
    heights, spacings, spreads = np.array(rows).reshape(-1, 3).T
    known = ~np.isnan(spreads)
    if not known.any():
        spreads, known = np.full(len(spreads), TYPICAL), ~known
    heights = heights[known] * TYPICAL / spreads[known]
    return Size(float(np.median(heights)), float(np.median(spacings[known])))
