"""Completing a sample with what its network left to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.lettering.finishing import finished
from hwcli.lettering.spelling import Spelling
from hwcli.reader.reader import Reader
from renderers.ink import Ink

IntArray = NDArray[np.int64]


def completed(
    ink: Ink,
    spelling: Spelling,
    reader: Reader | None,
    entropy: Sequence[int],
    before: NDArray[np.float64] | None = None,
    start: int = 0,
) -> Ink:
    """Return `ink`, which is to say `spelling.text`, with its marks and signs drawn.

    Its text has `spelling.text` from position `start` on. `reader` finds the ink of each character; without
    one, or if it cannot read the ink, the ink's trace has to do, which is less exact. See `finished` for
    `entropy` and `before`.
    """
    owner = None
    if reader is not None and reader.knows(spelling.written):
        with suppress(HwError):  # the reader takes it for something else than a line of handwriting
            owner = reader.characters(ink, spelling.written)
    if owner is None:
        owner = _traced(ink, spelling, start)
    return finished(ink, spelling, owner, entropy, before, start)


def _traced(ink: Ink, spelling: Spelling, start: int) -> IntArray:
    """Return the character of `spelling.written` that each point belongs to by the ink's trace; -1: none.

    The points of a character that is written as several are shared out evenly.
    """
    owner = np.full(len(ink), -1, np.int64)
    if ink.trace is None:
        return owner
    first = 0
    for place, one in enumerate(spelling.recipes):
        points = np.flatnonzero(ink.trace.characters - start == place)
        owner[points] = first + np.arange(len(points)) * len(one.written) // max(len(points), 1)
        first += len(one.written)
    return owner
