"""Words in a chart, each where it covers the least of what is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Bounds, Label
from renderers.sheet import Sheet

# Points that may be drawn under a word, a third of a letter from one to the next: a line that cuts a corner.
MOST_COVERED = 5


class Place(NamedTuple):
    """Where a text may stand: its baseline's beginning, middle or end (`anchor`)."""

    x: float
    y: float
    anchor: str


class Words:
    """The words of one chart within `area`.

    `drawn`, (n, 2), are points that they should not cover, and `taken` boxes that they cannot.
    """

    def __init__(
        self, sheet: Sheet, area: Bounds, drawn: NDArray[np.float64], taken: Iterable[Bounds] = ()
    ) -> None:
        self._sheet, self._area, self._drawn = sheet, area, drawn
        self._taken = list(taken)

    def put(self, text: str, places: Iterable[Place], color: str, anyway: bool = False) -> Label | None:
        """`text` at that of the `places`, the nearest first, where the least lies under it.

        None where it would run into other words at all of them, or lie in a thicket of lines (unless it is
        to be there `anyway`).
        """
        best: tuple[int, Place, Bounds] | None = None
        for rank, place in enumerate(places):
            box = self._sheet.box(text, *place)
            if not _within(box, self._area) or any(_meet(box, other) for other in self._taken):
                continue
            x, y = self._drawn.T
            inside = (x >= box.left) & (x <= box.right) & (y >= box.top) & (y <= box.bottom)
            under = int(inside.sum())
            if under > MOST_COVERED and not (anyway or self._sheet.characters):
                continue  # letters among lines are hard to read; in a terminal they take the lines' place
            covered = 3 * under + rank
            if best is None or covered < best[0]:
                best = covered, place, box
        if best is None:
            return None
        self._taken.append(best[2])
        return Label(text, best[1].x, best[1].y, self._sheet.letter, best[1].anchor, color)


def around(x: float, y: float, away: float, sheet: Sheet) -> list[Place]:
    """Places for a text beside a point, `away` from it: the nearest first."""
    under, over = sheet.under(y, away), sheet.over(y, away)
    level = y + sheet.middle
    return [
        Place(x, under, "middle"),
        Place(x, over, "middle"),
        Place(x - away, level, "end"),
        Place(x + away, level, "start"),
        *(Place(x - away, v, "end") for v in (under, over)),
        *(Place(x + away, v, "start") for v in (under, over)),
        Place(x, under + sheet.line, "middle"),
        Place(x, over - sheet.line, "middle"),
    ]


def along(left: float, right: float, y: float, away: float, sheet: Sheet) -> list[Place]:
    """Places for a text on or under a level line."""
    return [
        Place(at, v, anchor)
        for v in (sheet.over(y, away), sheet.under(y, away))
        for at, anchor in ((right, "end"), (left, "start"), ((left + right) / 2, "middle"))
    ]


def _within(box: Bounds, area: Bounds) -> bool:
    return (
        box.left >= area.left
        and box.right <= area.right
        and box.top >= area.top
        and box.bottom <= area.bottom
    )


def _meet(one: Bounds, other: Bounds) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )
