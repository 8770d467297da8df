"""Where sequences end: with the points, with a pen-lift, or with their text.

Graves 2013, section 5.3, stops when the window stands behind the last character. The window runs ahead of the
pen, so a sequence whose window has passed is given the rest of the stroke under way, and one more that
belongs to the last character: the bar of a t, the dot of an i, the second mark of a quote. It begins near
where the pen was lifted, or to the left of it; a stroke that begins further to the right is the next
character's, and there is none. (Of 60 held-back lines 51 lift the pen once after their window has passed, and
6 twice.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
REST = 50  # points that a stroke may go on for when its text is written
MORE = 1  # strokes that may follow it
NEAR = 0.5  # how far to the right of the pen such a one may begin, in standard deviations of offsets


class Ending:
    """The lengths of a batch of sequences, found out as they are drawn, point by point.

    `points` is the most; a sequence also ends with pen-lift number `until` (0: does not), and with its text:
    where its window has stood on its place in `ends` (batch,). Strokes that still belong to the last
    character begin at the most `near` to the right, in the units of the steps that `draw` is given.
    `finished` is false for what the points ended before the rest of the text was written.
    """

    def __init__(self, batch: int, points: int, until: int, ends: IntArray | None, near: float) -> None:
        self.lengths = np.full(batch, points, np.int64)
        self.finished = np.full(batch, ends is None)
        self._until, self._ends, self._near = until, ends, near
        self._running = np.ones(batch, bool)
        self._up = np.zeros(batch, bool)
        self._lifted = np.zeros(batch, np.int64)
        self._passed = np.zeros(batch, bool)
        self._rest, self._more = np.zeros(batch, np.int64), np.zeros(batch, np.int64)

    @property
    def all_over(self) -> bool:
        """Whether no sequence goes on."""
        return not self._running.any()

    def look(self, attended: IntArray) -> None:
        """Before a point is drawn: the windows have moved on to the places `attended` (batch,)."""
        self._passed |= attended == self._ends

    def draw(self, t: int, steps: IntArray, lifts: BoolArray) -> None:
        """Point `t` was drawn: `steps` (2, batch) lead to it; behind it the pen `lifts` (batch,) or not."""
        if self._passed.any() and t:  # there is always one point
            begins = self._passed & self._up
            self._more += begins
            self._rest[begins] = 0
            self._rest += self._passed
            further = begins & ((steps[0] > self._near) | (self._more > MORE))
            self._end(further | (self._rest > REST), t)
        np.copyto(self._up, lifts)
        if self._until:
            self._lifted += lifts
            self._end(self._lifted >= self._until, t + 1)

    def _end(self, over: BoolArray, length: int) -> None:
        over = over & self._running
        if over.any():
            self.lengths[over] = length
            self.finished |= over
            self._running &= ~over
