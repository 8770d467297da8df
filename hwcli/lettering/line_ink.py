"""A line of ink in work: its points by letter, its measures, what is moved, removed and added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_size import Size
from renderers.ink import Ink

Points = NDArray[np.float64]
IntArray = NDArray[np.int64]
LOW = "aceimnorsuvwxz"  # letters whose body, without dots, is one x-height high
X_HEIGHT = 1.75  # x-height over Size.height where there are no such letters; half of the lines: 1.5 … 2.1
FIGURE = 1.5, 2.0  # height of figures and capitals in x-heights, at least and at most
DOT = 0.6  # largest extent of the dot of an i, in x-heights
SHARED = 0.5  # of the width of a letter's second stroke that the first one shares
STEEP = 1.2  # height to width of the pieces of path that show the slant
MOST_SLANT = 0.7


@dataclass(frozen=True)
class Added:
    """Strokes that were drawn for the character at `place` of the written text, after `point` of the ink."""

    point: int
    place: int
    strokes: list[Points]


@dataclass(frozen=True)
class Box:
    """The extent of some points; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, points: Points) -> Box:
        """Return the box of `points`, (n, 2), n at least 1."""
        return cls(*points.min(0).tolist(), *points.max(0).tolist())

    @property
    def width(self) -> float:
        """Its width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height."""
        return self.bottom - self.top


class LineInk:
    """The points of `ink`, each of which belongs to the character of `text` at its `owner`; -1: to none."""

    def __init__(self, ink: Ink, text: str, owner: IntArray) -> None:
        self.points, self.ends = ink.points.copy(), ink.ends.copy()
        self.text, self.owner = text, owner
        self.kept = np.ones(len(self.points), bool)
        self.added: list[Added] = []
        self._strokes = np.concatenate([[0], np.cumsum(self.ends[:-1])]).astype(np.int64)
        size = Size.of(ink)
        self.spacing = float(size.spacing) if size else 1.0
        self.slant = _slant(self.points, self.ends)
        self.x_height = self._height_of(LOW) or X_HEIGHT * (size.height if size else 1.0)
        tall = self._height_of("123456789ABCDEFGHIKLMNPRSTUVWYZbdhkl")
        least, most = FIGURE
        self.figure = min(max(tall or 0.0, least * self.x_height), most * self.x_height)

    def of(self, first: int, stop: int) -> IntArray:
        """Return the points of the characters from `first` to before `stop` that are still there."""
        return np.flatnonzero((self.owner >= first) & (self.owner < stop) & self.kept)

    def letter(self, place: int) -> IntArray:
        """Return the points of the letter at `place`: without a dot, and what may belong to a neighbour.

        Small letters are mostly one stroke. Other strokes are only theirs if they stand over it or cross it.
        """
        points = self.of(place, place + 1)
        if not self.text[place].islower() or not len(points):
            return points
        parts = np.split(points, np.flatnonzero(np.diff(self._strokes[points])) + 1)
        large = [part for part in parts if not self.is_small(part)] or parts
        box = self.box(large[0])
        return np.concatenate([part for part in large if _shared(self.box(part), box) > SHARED])

    def is_small(self, points: IntArray) -> bool:
        """Return whether some points are no larger than the dot of an i."""
        box = self.box(points)
        return max(box.width, box.height) < DOT * self.x_height

    def box(self, points: IntArray) -> Box:
        """Return the box of some points."""
        return Box.of(self.points[points])

    def whole_strokes(self, points: IntArray) -> list[IntArray]:
        """Return the pen strokes that consist only of `points`."""
        numbers = np.unique(self._strokes[points])
        parts = [np.flatnonzero(self._strokes == number) for number in numbers]
        return [part for part in parts if np.isin(part, points).all()]

    def baseline(self, place: int) -> float:
        """Return the y on which the letters around character `place` stand."""
        near = sorted(
            (k for k, c in enumerate(self.text) if c.isalnum() and c not in "gjpqyfQJ"),
            key=lambda k: abs(k - place),
        )
        bottoms = [self.box(points).bottom for k in near[:5] if len(points := self.of(k, k + 1))]
        return float(np.median(bottoms)) if bottoms else float(self.points[:, 1].max())

    def remove(self, points: IntArray) -> None:
        """Take away `points`; a stroke that goes through them becomes two."""
        self.kept[points] = False

    def push(self, after: int, by: float) -> None:
        """Move all characters from `after` on to the right by `by`."""
        self.points[self.owner >= after, 0] += by
        self.added = [
            replace(one, strokes=[s + np.array([by, 0.0]) for s in one.strokes])
            if one.place >= after
            else one
            for one in self.added
        ]

    def add(self, point: int, place: int, strokes: list[Points]) -> None:
        """Draw `strokes` after `point`, for the character at `place`."""
        self.added.append(Added(point, place, strokes))

    def end_of_word(self, place: int) -> int:
        """Return the last point of the pen stroke that ends the word around character `place`."""
        space = self.text.find(" ", place)
        first, stop = self.text.rfind(" ", 0, place) + 1, len(self.text) if space < 0 else space
        last = int(self.of(first, stop).max(initial=0))
        return last + int(np.argmax(self.ends[last:])) if self.ends[last:].any() else len(self.points) - 1

    def _height_of(self, characters: str) -> float | None:
        """Return the usual height of `characters`; None if there are none in the line."""
        places = [k for k, c in enumerate(self.text) if c in characters]
        heights = [self._body(points).height for k in places if len(points := self.of(k, k + 1)) > 2]
        return float(np.median(heights)) if heights and np.median(heights) > 0 else None

    def _body(self, points: IntArray) -> Box:
        """Return the box of the largest part of a letter: without the dot of an i."""
        parts = np.split(points, np.flatnonzero(np.diff(self._strokes[points])) + 1)
        return max((self.box(part) for part in parts), key=lambda box: box.height)


def _shared(one: Box, other: Box) -> float:
    """Return the part of the narrower box's width that lies over or under the other."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared / max(min(one.width, other.width), 1e-9)


def _slant(points: Points, ends: NDArray[np.bool_]) -> float:
    """Return how far downstrokes lean: x to the right per y upwards."""
    dx, dy = np.diff(points, axis=0)[~ends[:-1]].T
    steep = dy > STEEP * np.abs(dx)  # going down
    if not steep.any():
        return 0.0
    return float(np.clip(-dx[steep].sum() / dy[steep].sum(), -MOST_SLANT, MOST_SLANT))


def points_in_order(line: LineInk) -> tuple[Points, NDArray[np.bool_], IntArray, IntArray]:
    """Return the finished line: its points, the ends of strokes, and where each point comes from.

    Of a point that was there: its old position, and its owner. Of an added one: -1, and its character.
    """
    pieces: list[tuple[Points, NDArray[np.bool_], IntArray, IntArray]] = []
    begin = 0
    for one in sorted(line.added, key=lambda added: added.point):
        pieces.append(_old(line, begin, one.point + 1))
        begin = max(begin, one.point + 1)
        pieces += [_new(stroke, one.place) for stroke in one.strokes]
    pieces.append(_old(line, begin, len(line.points)))
    points, ends, old, owner = (np.concatenate(part) for part in zip(*pieces, strict=True))
    if len(ends):
        ends[-1] = True
    return points, ends, old, owner


def _old(line: LineInk, begin: int, end: int) -> tuple[Points, NDArray[np.bool_], IntArray, IntArray]:
    """Return the points from `begin` to before `end` that are kept, as strokes that end with the range."""
    at = np.flatnonzero(line.kept[begin:end]) + begin
    ends = line.ends[at].copy()
    ends[:-1] |= np.diff(at) > 1
    if len(ends):
        ends[-1] |= end < len(line.points) or at[-1] < end - 1
    return line.points[at], ends, at, line.owner[at]


def _new(stroke: Points, place: int) -> tuple[Points, NDArray[np.bool_], IntArray, IntArray]:
    ends = np.zeros(len(stroke), bool)
    ends[-1] = True
    return stroke, ends, np.full(len(stroke), -1), np.full(len(stroke), place)


def joined_strokes(strokes: Sequence[Points]) -> Points:
    """Return the points of all `strokes`."""
    return np.concatenate(list(strokes))
