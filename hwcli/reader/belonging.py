"""Which points of the ink belong to which character of its text.

Every character has a frame in which it is most probably read. Between two of them the ink is cut where the
pen lifts, if it does. Dots and bars that are written later belong to the letter that they stand over.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hwcli.model.reader_shape import STRIDE
from hwcli.reader.pen_path import Features, PenPath

IntArray = NDArray[np.int64]
BEGINS = 5  # the feature that flags the first step of a stroke
MARKED = "ijtfxäöüáéíóúàèùâêîôûçñåTFEHAJXQ!?;:%='\""  # characters with a part that may be written later
BACK = 0.3  # heights that the middle of a late stroke lies behind the rightmost ink, at least
NEAR = 1.0  # heights from its letter, at most


def points_of_characters(features: Features, path: PenPath, places: IntArray, text: str) -> IntArray:
    """Return the position in `text` that each point of the ink belongs to, (points,); -1 without text.

    `places` are the frames of the characters. Spaces have no points.
    """
    visible = np.array([k for k, c in enumerate(text) if not c.isspace()], dtype=np.int64)
    if not len(visible):
        return np.full(len(path.points), -1)
    steps = np.minimum(STRIDE * places[visible], len(features.rows) - 1)
    begins = np.flatnonzero(features.rows[:, BEGINS])
    cuts = [_cut(int(a), int(b), begins) for a, b in pairwise(steps)]
    # the last step that is not behind the point: moves with the pen up lead to the point after them
    step_of_point = np.searchsorted(features.points, np.arange(len(path.points)), side="right") - 1
    owner = visible[np.searchsorted(cuts, step_of_point, side="right")]
    return _with_late_strokes(owner, path, text)


def _cut(left: int, right: int, begins: IntArray) -> int:
    """Return the first step of the right one of two characters, read at steps `left` and `right`."""
    between = begins[(begins > left) & (begins <= right)]
    middle = (left + right + 1) // 2
    return int(between[np.abs(between - middle).argmin()]) if len(between) else middle


def _with_late_strokes(owner: IntArray, path: PenPath, text: str) -> IntArray:
    """Give strokes that go back, such as dots, to the nearest earlier character that has such a part."""
    owner = owner.copy()
    x, right = path.points[:, 0], -np.inf
    for stroke in np.split(np.arange(len(owner)), np.flatnonzero(path.ends)[:-1] + 1):
        middle = (x[stroke].min() + x[stroke].max()) / 2
        if middle < right - BACK:
            earlier = np.arange(stroke[0])
            marked = earlier[[text[k] in MARKED for k in owner[earlier]]]
            distances = np.abs(x[marked] - middle)
            if len(marked) and distances.min() < NEAR:
                owner[stroke] = owner[marked[distances.argmin()]]
        right = max(right, float(x[stroke].max()))
    return owner
