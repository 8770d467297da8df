"""Where sequences end: at the limit of points, at a pen lift, or at the end of their text.

Graves 2013, section 5.3, stops when the window is past the last character. The window runs ahead of the pen,
so the pen may then finish its current stroke and draw one more that belongs to the last character: the bar of
a t, the dot of an i, the second mark of a quote. That stroke begins near where the pen was lifted, or to the
left of it. A stroke that begins further to the right would belong to a next character, and is not drawn. (Of
60 held-out lines, 51 lift the pen once after their window has passed the end, and 6 twice.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
REST = 50  # points that a stroke may still have once the window has passed the text
EXTRA_STROKES = 1  # strokes that may follow it
NEAR = 0.5  # how far right of the pen these may begin, in standard deviations of the offsets


class Ending:
    """Determines the lengths of a batch of sequences while they are drawn, point by point.

    A sequence has at most as many points as its limit in `points` (batch,). It also ends at pen lift number
    `until` (0: never), and with its text, after its window has reached its position in `ends` (batch,).
    Strokes that still belong to the last character begin at most `near` to the right of the pen, in the units
    of the steps passed to `after_point`.
    `finished` is False for sequences that ran out of points before their text was complete.
    """

    def __init__(self, points: IntArray, until: int, ends: IntArray | None, near: float) -> None:
        batch = len(points)
        self.lengths = points.copy()
        self.finished = np.full(batch, ends is None)
        self._points, self._until, self._ends, self._near = points, until, ends, near
        self._stops: IntArray | None = None
        self._stopped = np.zeros(batch, bool)
        self._running = np.ones(batch, bool)
        self._up = np.zeros(batch, bool)
        self._lifted = np.zeros(batch, np.int64)
        self._passed = np.zeros(batch, bool)
        self._stroke_points, self._strokes = np.zeros(batch, np.int64), np.zeros(batch, np.int64)

    def stop_at(self, places: Sequence[int | None]) -> None:
        """End sequences as soon as their windows are at these `places`; None: with the text."""
        if any(place is not None for place in places):
            never = np.iinfo(np.int64).max
            self._stops = np.array([never if place is None else place for place in places], np.int64)

    @property
    def all_ended(self) -> bool:
        """Whether all sequences have ended."""
        return not self._running.any()

    @property
    def running(self) -> BoolArray:
        """Whether each sequence, (batch,), has not ended."""
        return self._running

    def before_point(self, attended: IntArray) -> None:
        """Note, before a point is drawn, that the windows are at the positions `attended` (batch,)."""
        if self._stops is not None:
            self._stopped |= attended >= self._stops
        self._passed |= attended == self._ends

    def after_point(self, t: int, steps: IntArray, lifts: BoolArray) -> None:
        """Note that point `t` was drawn: `steps` (2, batch) lead to it, and then the pen `lifts` (batch,)."""
        if self._stops is not None and t:
            self._end(self._stopped, t)
        if self._passed.any() and t:  # every sequence has at least one point
            begins = self._passed & self._up
            self._strokes += begins
            self._stroke_points[begins] = 0
            self._stroke_points += self._passed
            further = begins & ((steps[0] > self._near) | (self._strokes > EXTRA_STROKES))
            self._end(further | (self._stroke_points > REST), t)
        np.copyto(self._up, lifts)
        if self._until:
            self._lifted += lifts
            self._end(self._lifted >= self._until, t + 1)
        self._running &= self._points > t + 1

    def _end(self, over: BoolArray, length: int) -> None:
        over = over & self._running
        if over.any():
            self.lengths[over] = length
            self.finished |= over
            self._running &= ~over
