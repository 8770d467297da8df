"""Where the characters of a text stand in rows below its ink, each under what was drawn of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Bounds, Indices, Points
from renderers.scene.text import cells, clean, em

Array = NDArray[np.float64]

# In letters (ems): from the ink down to the letters' tops and on to where they stand, from there to the next
# row, down to a line under a letter and to the end of everything; between neighbours; and from one skipped
# letter to the next, more than the widest has, where nothing says where they would be.
AWAY, ASCENT, ROW, UNDER, BOTTOM = 0.35, 0.75, 1.35, 0.22, 0.4
BETWEEN, STEP = 0.12, 1.15


@dataclass(frozen=True, eq=False)
class Letters:
    """Characters that are printed, in the order of the text."""

    which: Indices  # (k,) number of each in the text
    texts: tuple[str, ...]  # (k,) what is printed of each
    middles: Array  # (k,)
    baselines: Array  # (k,)
    widths: Array  # (k,)
    skipped: NDArray[np.bool_]  # (k,) whether no point is of it
    size: float  # an em

    @classmethod
    def of(cls, text: str, points: Points, characters: Indices, size: float) -> Letters:
        """The characters of `text`, `size` to an em, under `points` (n, 2), each of which is of one of them.

        A character stands under the mean of its points, a skipped one between its neighbours, each line of
        the text below the lowest point of its own; none overlaps another. Numbers in `characters`, (n,), that
        are none of the text's count for nothing. Blanks are not printed.
        """
        corner = points.min(axis=0)
        inside = (characters >= 0) & (characters < len(text))
        of, (across, down) = characters[inside], (points[inside] - corner).T
        count = np.bincount(of, minlength=len(text))
        middle = np.bincount(of, across, len(text)) / np.maximum(count, 1)
        ends = np.array([c == "\n" for c in text])
        line = np.cumsum(ends) - ends
        # what is drawn at a line's end may be on the way to the next one
        low = np.full(int(line[-1]) + 1, -np.inf)
        np.maximum.at(low, line[of][~ends[of]], down[~ends[of]])
        printed = [_printed(c) for c in text]
        widths = np.array([sum(map(em, one)) for one in printed]) * size
        seen = widths > 0
        for here in np.split(np.arange(len(text)), np.flatnonzero(ends) + 1):
            wanted = _wanted(middle[here], count[here] > 0, STEP * size)
            here, wanted = here[seen[here]], wanted[seen[here]]
            middle[here] = spread(wanted, widths[here] + BETWEEN * size)
        which = np.flatnonzero(seen)
        rows, row = np.unique(line[which], return_inverse=True)
        lowest = float((points[:, 1] - corner[1]).max())
        baselines = _below(_filled(low, lowest)[rows] + (AWAY + ASCENT) * size, ROW * size)
        return cls(
            which,
            tuple(printed[k] for k in which.tolist()),
            middle[which] + corner[0],
            baselines[row] + corner[1],
            widths[which],
            count[which] == 0,
            size,
        )

    @property
    def bounds(self) -> Bounds:
        """Around all of them, of which there is one at least, and the lines under them."""
        left, right = self.middles - self.widths / 2, self.middles + self.widths / 2
        top, bottom = self.baselines.min() - ASCENT * self.size, self.baselines.max() + BOTTOM * self.size
        return Bounds(float(left.min()), float(top), float(right.max()), float(bottom))


def spread(wanted: Array, widths: Array) -> Array:
    """Middles (k,) as near as possible (least squares) to those `wanted`, in order and without overlap.

    Neighbours are at least half the sum of their `widths` apart.
    """
    # less the room that is taken up before them, middles need only never fall: neighbours that do are pooled
    taken = np.cumsum(widths) - widths / 2
    pools: list[tuple[float, int]] = []
    for value in (wanted - taken).tolist():
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    means, counts = [mean for mean, _ in pools], [count for _, count in pools]
    middles: Array = np.repeat(np.array(means, dtype=np.float64), counts) + taken
    return middles


def _printed(character: str) -> str:
    """What is printed of it: nothing of blanks and of what must not be drawn; marks stand on a circle."""
    text = clean(character)
    return "\u25cc" + text if text and not cells(text) else text


def _wanted(middles: Array, drawn: NDArray[np.bool_], step: float) -> Array:
    """Where the characters of a line, (k,), should stand: skipped ones evenly between their neighbours."""
    places = np.arange(len(middles))
    known = np.flatnonzero(drawn)
    if not len(known):
        return np.asarray(step * (places + 0.5))
    before, behind = np.minimum(places - known[0], 0), np.maximum(places - known[-1], 0)
    wanted: Array = np.interp(places, known, middles[known]) + step * (before + behind)
    return wanted


def _filled(low: Array, lowest: float) -> Array:
    """The lines' lowest points, (lines,): one that was not drawn is where that before it is, or behind it."""
    known = np.flatnonzero(np.isfinite(low))
    if not len(known):
        return np.full(len(low), lowest)
    nearest = np.searchsorted(known, np.arange(len(low)), side="right") - 1
    filled: Array = low[known[np.maximum(nearest, 0)]]
    return filled


def _below(baselines: Array, height: float) -> Array:
    """The rows' baselines, (rows,), none within `height` of another: the lower ones move down."""
    order = np.argsort(baselines, kind="stable")
    taken = height * np.arange(len(baselines))
    apart = np.empty_like(baselines)
    apart[order] = np.maximum.accumulate(baselines[order] - taken) + taken
    return apart
