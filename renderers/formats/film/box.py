"""Rectangles of pixels that have changed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Box(NamedTuple):
    """Pixels from (left, top) to before (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: NDArray[np.float64], reach: float) -> Box:
        """Return all pixels that something within `reach` of the `points`, (n, 2), can touch."""
        left, top = np.floor(points.min(axis=0) - reach - 1).astype(int).tolist()
        right, bottom = np.ceil(points.max(axis=0) + reach + 1).astype(int).tolist()
        return cls(left, top, right, bottom)

    @property
    def empty(self) -> bool:
        """Whether the box contains no pixel."""
        return self.left >= self.right or self.top >= self.bottom

    def joined(self, other: Box | None) -> Box:
        """Return the smallest box that contains both."""
        if other is None:
            return self
        low = min(self.left, other.left), min(self.top, other.top)
        return Box(*low, max(self.right, other.right), max(self.bottom, other.bottom))

    def within(self, width: int, height: int) -> Box:
        """Clip the box to an image of this size."""
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        return Box(left, top, max(min(self.right, width), left), max(min(self.bottom, height), top))
