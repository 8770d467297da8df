"""Lines of the text that ink was written from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink


def text_lines(ink: Ink) -> NDArray[np.intp] | None:
    r"""Return the line of its text that each point of `ink` belongs to, (n,), from 0; None if not known.

    All points of a stroke belong to one line.

    >>> from renderers.ink import Trace
    >>> trace = Trace(np.array([0, 1, -1, 2]))
    >>> text_lines(Ink(([[0, 0], [1, 0]], [[0, 5], [1, 5]]), text="a\nb", trace=trace)).tolist()
    [0, 0, 1, 1]
    """
    if ink.trace is None or not ink.text or not len(ink):
        return None
    characters = ink.trace.characters
    known = (characters >= 0) & (characters < len(ink.text))
    is_break = np.array([character == "\n" for character in ink.text])
    line_of = np.cumsum(is_break) - is_break  # a line break ends its line
    line = np.where(known, line_of[np.where(known, characters, 0)], 0)
    # the first points of a line may belong to no character yet; they are on the line of their stroke, and
    # strokes of no character on the line that was begun before
    begins = np.flatnonzero(np.concatenate([[True], ink.ends[:-1]]))
    of_stroke = np.maximum.accumulate(np.maximum.reduceat(line, begins))
    return np.repeat(of_stroke, np.diff([*begins, len(ink)])).astype(np.intp)
