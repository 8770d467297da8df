"""Layout of a text's characters in rows below the ink, each under the strokes that belong to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Bounds, Indices, Points
from renderers.scene.text import cells, clean, em

Array = NDArray[np.float64]

# In ems. AWAY: from the ink down to the tops of the letters. From the baseline: ASCENT up to the tops, ROW
# down to the next row, UNDER to the underline, BOTTOM to the end of the layout.
AWAY, ASCENT, ROW, UNDER, BOTTOM = 0.35, 0.75, 1.35, 0.22, 0.4
# In ems: the gap between neighbours, and the distance between skipped letters without known neighbours, which
# is more than the widest letter.
BETWEEN, STEP = 0.12, 1.15


@dataclass(frozen=True, eq=False)
class Letters:
    """k printed characters in the order of the text; lengths are in the ink's units."""

    which: Indices  # (k,) index of each in the text
    texts: tuple[str, ...]  # (k,) the printed form of each
    middles: Array  # (k,) x
    baselines: Array  # (k,) y
    widths: Array  # (k,)
    skipped: NDArray[np.bool_]  # (k,) whether no point belongs to it
    size: float  # of an em

    @classmethod
    def of(cls, text: str, points: Points, characters: Indices, size: float) -> Letters:
        """Lay out the characters of `text`, with an em of `size`, under `points` (n, 2).

        `characters`, (n,), is the index in `text` of the character that each point belongs to; other numbers
        are ignored. A character is placed under the mean of its points and a skipped one between its
        neighbours; each line of the text is below the lowest of its points. Characters do not overlap, and
        whitespace is not printed.
        """
        corner = points.min(axis=0)
        inside = (characters >= 0) & (characters < len(text))
        of, (across, down) = characters[inside], (points[inside] - corner).T
        count = np.bincount(of, minlength=len(text))
        middle = np.bincount(of, across, len(text)) / np.maximum(count, 1)
        ends = np.array([c == "\n" for c in text])
        line = np.cumsum(ends) - ends
        # the points of a line break may lie on the way to the next line
        low = np.full(int(line[-1]) + 1, -np.inf)
        np.maximum.at(low, line[of][~ends[of]], down[~ends[of]])
        printed = [_printed(c) for c in text]
        widths = np.array([sum(map(em, one)) for one in printed]) * size
        visible = widths > 0
        for here in np.split(np.arange(len(text)), np.flatnonzero(ends) + 1):
            wanted = _interpolated(middle[here], count[here] > 0, STEP * size)
            here, wanted = here[visible[here]], wanted[visible[here]]
            middle[here] = spread(wanted, widths[here] + BETWEEN * size)
        which = np.flatnonzero(visible)
        rows, row = np.unique(line[which], return_inverse=True)
        lowest = float((points[:, 1] - corner[1]).max())
        baselines = _separated(_filled(low, lowest)[rows] + (AWAY + ASCENT) * size, ROW * size)
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
        """Bounds of all characters (at least one) and of the lines under them."""
        left, right = self.middles - self.widths / 2, self.middles + self.widths / 2
        top, bottom = self.baselines.min() - ASCENT * self.size, self.baselines.max() + BOTTOM * self.size
        return Bounds(float(left.min()), float(top), float(right.max()), float(bottom))


def spread(wanted: Array, widths: Array) -> Array:
    """Find the middles (k,) of intervals that do not overlap, as close to `wanted` as possible.

    The intervals have `widths`, (k,), and keep their order; close means least squares. Subtracting the widths
    to the left of each middle turns this into isotonic regression, solved by pool-adjacent-violators.
    """
    taken = np.cumsum(widths) - widths / 2
    pools: list[tuple[float, int]] = []
    for value in (wanted - taken).tolist():
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    means, counts = [mean for mean, _ in pools], [count for _, count in pools]
    return np.repeat(np.array(means, dtype=np.float64), counts) + taken


def _printed(character: str) -> str:
    """Printed form: empty for whitespace and unsafe characters; combining marks get a dotted circle."""
    text = clean(character)
    return "\u25cc" + text if text and not cells(text) else text


def _interpolated(middles: Array, drawn: NDArray[np.bool_], step: float) -> Array:
    """The middles of a line's characters, (k,), with skipped ones evenly between their neighbours."""
    places = np.arange(len(middles))
    known = np.flatnonzero(drawn)
    if not len(known):
        return np.asarray(step * (places + 0.5))
    before, after = np.minimum(places - known[0], 0), np.maximum(places - known[-1], 0)
    found: Array = np.interp(places, known, middles[known]) + step * (before + after)
    return found


def _filled(low: Array, lowest: float) -> Array:
    """The lowest point of each line, (lines,), copied from the previous or next line if it has no points."""
    known = np.flatnonzero(np.isfinite(low))
    if not len(known):
        return np.full(len(low), lowest)
    nearest = np.searchsorted(known, np.arange(len(low)), side="right") - 1
    return low[known[np.maximum(nearest, 0)]]


def _separated(baselines: Array, height: float) -> Array:
    """The baselines of rows, (rows,), moved down where they are closer than `height` to one above."""
    order = np.argsort(baselines, kind="stable")
    taken = height * np.arange(len(baselines))
    apart = np.empty_like(baselines)
    apart[order] = np.maximum.accumulate(baselines[order] - taken) + taken
    return apart
