"""Pieces of lines: characters and words that one person wrote apart, at one size, on a baseline at y = 0.

A character is placed by its box: that of its kind in real lines (hwcli.refining.extents), whose height it is
scaled to. A word is placed by its lower ends, and scaled by the height that its text leads to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.body_height import X_HEIGHT, expected_middle, expected_spread
from hwcli.ink_size import Size
from hwcli.pages.baseline import Baseline
from hwcli.pages.levelling import levelled
from hwcli.refining.extents import EXTENTS, Extent
from hwcli.refining.level import has_baseline, level
from renderers.ink import Ink

Points = NDArray[np.float64]
Flags = NDArray[np.bool_]
ON_THE_LINE = 0.15  # x-heights from the baseline up to which a lower end stands on it
TALL = 0.6  # height of a character, in x-heights, from which it says how large the character is
DOT = 0.3  # width, in x-heights, below which a flat sign is a dot rather than a dash
ALIEN = 2.2  # size over that of its kind, either way, from which ink is not what its label says
WIDER = 2.5  # the same for its width, beside that of its kind
NARROWEST = 0.5  # x-heights that a character may be wide in any case
SIGNS = (0.5, 1.2)  # limits of a flat sign's size, beside the other characters of its hand
SPACED = 1.5  # x-heights per character from which a word is letters in the boxes of a form
TWO_STROKES = frozenset('"=:;!?%i')  # with only one stroke, a part of them is missing


@dataclass(frozen=True)
class Piece:
    """Ink of a character or a word, its left end at x = 0 and its baseline at y = 0, at one body height."""

    points: Points  # (n, 2)
    ends: Flags  # (n,)
    text: str
    id: str  # of the line that it was


def is_tall(text: str) -> bool:
    """Return whether `text` is a character whose height says how large it is: not a dash or a dot."""
    return text in EXTENTS and EXTENTS[text].height >= TALL


def character(points: Points, ends: Flags, text: str, id_: str, scale: float) -> Piece | None:
    """Place a character; None if it cannot be what its label says.

    `scale` is what the tall characters of its hand are to be multiplied by.
    """
    kind = EXTENTS.get(text)
    if kind is None or (text in TWO_STROKES and ends.sum() < 2):
        return None
    own = _scale(points, kind, scale)
    if own is None or np.ptp(points[:, 0]) * own > max(WIDER * kind.width, NARROWEST) * X_HEIGHT:
        return None
    points = points * own
    low, high = points.min(0), points.max(0)
    # what stands on the line has its lower end there; what hangs below or floats has its box in the middle
    if abs(kind.bottom) < ON_THE_LINE:
        down = -kind.bottom * X_HEIGHT - high[1]
    else:
        down = -(kind.top + kind.bottom) / 2 * X_HEIGHT - (low[1] + high[1]) / 2
    return Piece(points + np.array([-low[0], down]), ends, text, id_)


def _scale(points: Points, kind: Extent, scale: float) -> float | None:
    """Return what a character is to be multiplied by; None if it is of another size than its hand."""
    width, height = np.ptp(points, axis=0)
    if kind.height >= TALL:
        own = kind.height * X_HEIGHT / height if height > 0 else math.inf
        return own if 1 / ALIEN < own / scale < ALIEN else None
    if not max(width, height) > 0:
        return scale
    own = max(kind.width, kind.height) * X_HEIGHT / max(width, height)
    return scale * float(np.clip(own / scale, *SIGNS)) if kind.width < DOT else own


def word(points: Points, ends: Flags, text: str, id_: str) -> Piece | None:
    """Place a word; None if it is not of the size that its text leads to, or its letters are far apart."""
    size, spread = Size.of_points(points, ends), expected_spread(text)
    if size is None or spread is None:
        return None
    ratio = size.height / (spread * X_HEIGHT)
    if not 1 / ALIEN < ratio < ALIEN:
        return None
    points, height = points / math.sqrt(ratio), size.height / math.sqrt(ratio)  # half of that is its text
    if np.ptp(points[:, 0]) > SPACED * len(text) * X_HEIGHT:
        return None
    if has_baseline(text):
        made = level(points, ends)
        points = points if made is None else made.points
    lengths = np.hypot(*np.diff(points, axis=0).T) * ~ends[:-1]
    middle = float(lengths @ (points[:-1, 1] + points[1:, 1]) / 2 / lengths.sum())
    expected = middle + expected_middle(text) * X_HEIGHT
    points = levelled(points, Baseline.of(Ink.from_points(points, ends), height, expected))
    return Piece(points - [points[:, 0].min(), 0.0], ends, text, id_)
