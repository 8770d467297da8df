"""The lines of ink that has several, cut where the pen goes back to begin a new one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink
from renderers.page.text_lines import text_lines

FAR_BACK = 0.5  # how far the pen goes back to a new line, as a share of the width of the last, at least
BELOW = 2.0  # typical heights of a stroke that a new line lies below the one before, at least
FEWEST = 4  # strokes that ink of several lines has at least


def split_lines(ink: Ink) -> list[Ink]:
    """Return each line of `ink` by itself, in writing order; ink of one line as it is."""
    if (known := _known(ink)) is not None:
        return known
    if len(ink.strokes) < FEWEST:
        return [ink]
    boxes = np.array([(*stroke.min(0), *stroke.max(0)) for stroke in ink.strokes])
    tall = float(np.median(boxes[:, 3] - boxes[:, 1]))
    begins = _begins(boxes, BELOW * tall)
    if len(begins) == 1:
        return [ink]
    ends = [*begins[1:], len(ink.strokes)]
    return [Ink(strokes=ink.strokes[a:b]) for a, b in zip(begins, ends, strict=True)]


def _known(ink: Ink) -> list[Ink] | None:
    """Return the lines of a page, which knows where it was written; None for other ink.

    Short lines that are indented, such as a signature, cannot be told apart by their places.
    """
    lines = text_lines(ink) if ink.frame is not None else None
    if lines is None or not len(ink):
        return None
    begins = np.flatnonzero(np.concatenate([[True], ink.ends[:-1]]))
    of_each = lines[begins]  # stroke
    return [
        Ink(strokes=tuple(ink.strokes[k] for k in np.flatnonzero(of_each == line)))
        for line in np.unique(of_each)
    ]


def _begins(boxes: NDArray[np.float64], below: float) -> Sequence[int]:
    """Return the numbers of the strokes that begin a line; `boxes` are left, top, right, bottom of each."""
    begins = [0]
    left, right = boxes[0, 0], boxes[0, 2]  # of the line so far
    for k in range(1, len(boxes)):
        goes_back = boxes[k, 0] < right - FAR_BACK * (right - left)
        if goes_back and (boxes[k, 1] + boxes[k, 3]) / 2 > _middle(boxes[begins[-1] : k]) + below:
            begins.append(k)
            left, right = boxes[k, 0], boxes[k, 2]
        left, right = min(left, boxes[k, 0]), max(right, boxes[k, 2])
    return begins


def _middle(boxes: NDArray[np.float64]) -> float:
    return float(np.median((boxes[:, 1] + boxes[:, 3]) / 2))
