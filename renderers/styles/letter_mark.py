"""A mark behind the printed character that is being written, for films."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.scene import Bounds, Indices, Raster
from renderers.styles.letters import ASCENT, BOTTOM, Letters

COLOR = (255, 217, 122)  # of a highlighter
PER_EM = 8  # pixels
MOST = 4096  # pixels on a side: the letters of a nearly flat ink are tiny beside its width
BESIDE = 0.1  # of the mark on either side of a character, in ems

Shades = NDArray[np.uint8]


def letter_mark(letters: Letters, characters: Indices) -> Raster:
    """Return an image that marks, point by point, the one of `letters` that each point belongs to.

    `characters`, (points,), are positions in the text. Without a point, and with all, nothing is marked.
    """
    left, top, right, bottom = letters.bounds
    beside = BESIDE * letters.size
    pixel = max(letters.size / PER_EM, (right - left + 2 * beside) / MOST, (bottom - top) / MOST)
    columns = int(np.ceil((right - left + 2 * beside) / pixel))
    rows = int(np.ceil((bottom - top) / pixel))
    bounds = Bounds(left - beside, top, left - beside + columns * pixel, top + rows * pixel)
    table = np.zeros((256, 4), np.uint8)
    table[1:] = (*COLOR, 255)
    shape, boxes = (rows, columns), _boxes(letters, bounds, pixel)
    which = np.full(int(max(characters.max(initial=0), letters.which.max())) + 2, -1)
    which[letters.which] = np.arange(len(letters.which))
    of_point = np.where(characters >= 0, which[np.maximum(characters, 0)], -1)
    return Raster(np.zeros(shape, np.uint8), table, bounds, lambda: MarkPainting(shape, boxes, of_point))


class MarkPainting:
    """The mark as it moves; a renderers.scene.scene.Painting. Unlike a density, it leaves where it was."""

    def __init__(self, shape: tuple[int, int], boxes: list[tuple[slice, slice]], of_point: Indices) -> None:
        self._shades = np.zeros(shape, np.uint8)
        self._boxes, self._of_point = boxes, of_point
        self._marked = -1

    @property
    def pixels(self) -> Shades:
        """(rows, columns) as they are now."""
        return self._shades

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Mark the character of the last of `points` points; return the rows and columns that changed."""
        within = 0 < points < len(self._of_point)
        now = int(self._of_point[points - 1]) if within else -1
        if now == self._marked:
            return None
        changed = [self._boxes[k] for k in (self._marked, now) if k >= 0]
        for k, shade in ((self._marked, 0), (now, 255)):
            if k >= 0:
                self._shades[self._boxes[k]] = shade
        self._marked = now
        rows, columns = zip(*changed, strict=True)
        return _joined(rows), _joined(columns)


def _boxes(letters: Letters, bounds: Bounds, pixel: float) -> list[tuple[slice, slice]]:
    """Return the rows and columns of each character."""
    half = letters.widths / 2 + BESIDE * letters.size
    edges = [
        letters.baselines - ASCENT * letters.size - bounds.top,
        letters.baselines + BOTTOM * letters.size - bounds.top,
        letters.middles - half - bounds.left,
        letters.middles + half - bounds.left,
    ]
    whole = np.rint(np.array(edges) / pixel).astype(int).clip(0)
    return [(slice(top, bottom), slice(left, right)) for top, bottom, left, right in whole.T.tolist()]


def _joined(parts: tuple[slice, ...]) -> slice:
    return slice(min(one.start for one in parts), max(one.stop for one in parts))
