"""The weights of a window over text: how much of each character a network read at each point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Weights below this share of a point's largest are not kept: a window is narrow, and a text long.
NEGLIGIBLE = 1e-3


@dataclass(frozen=True, eq=False)
class Attention:
    """The window's weights φ(t, u) at each of n points (Graves 2013, eq. 46), as a band of w characters.

    >>> import numpy as np
    >>> attention = Attention.of(np.array([[0.9, 0.1, 0, 0], [0, 0, 0, 0.5]]))
    >>> attention.first.tolist(), attention.weights.tolist()
    ([0, 3], [[0.8999999761581421, 0.10000000149011612], [0.5, 0.0]])

    Raises ValueError for arrays that do not fit together, and for numbers that are not weights.
    """

    first: NDArray[np.int64]  # (n,) position in the text of the first weight of each point
    weights: NDArray[np.float32]  # (n, w) at least 0

    def __post_init__(self) -> None:
        first, weights = np.asarray(self.first), np.asarray(self.weights, dtype=np.float32)
        if first.ndim != 1 or weights.ndim != 2 or len(first) != len(weights):
            raise ValueError("attention: first must be (n,) and weights (n, w)")
        if len(first) and not np.issubdtype(first.dtype, np.integer):
            raise ValueError("attention: first must be whole numbers")
        if (first < 0).any() or not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError("attention: positions and weights must be at least 0")
        object.__setattr__(self, "first", first.astype(np.int64))
        object.__setattr__(self, "weights", weights)

    @classmethod
    def of(cls, dense: ArrayLike) -> Attention:
        """Return the weights `dense`, (n, characters), without those that are negligible beside others."""
        weights: NDArray[Any] = np.asarray(dense, dtype=np.float32)
        kept = weights > NEGLIGIBLE * weights.max(axis=1, initial=0, keepdims=True)
        any_kept = kept.any(axis=1)
        first = np.where(any_kept, kept.argmax(axis=1) if weights.shape[1] else 0, 0)
        last = weights.shape[1] - (kept[:, ::-1].argmax(axis=1) if weights.shape[1] else 0)
        width = int((last - first)[any_kept].max(initial=0))
        columns = first[:, None] + np.arange(width)
        inside = columns < weights.shape[1]
        band = np.take_along_axis(np.where(kept, weights, 0), np.where(inside, columns, 0), axis=1)
        return cls(first, np.where(inside, band, 0))

    def __len__(self) -> int:
        return len(self.first)

    def dense(self, characters: int) -> NDArray[np.float32]:
        """Return the weights of a text of this many characters, (n, characters)."""
        rows = np.zeros((len(self), characters), dtype=np.float32)
        columns = self.first[:, None] + np.arange(self.weights.shape[1])
        row, k = np.nonzero((columns < characters) & (self.weights > 0))
        rows[row, columns[row, k]] = self.weights[row, k]
        return rows

    def rows(self, which: NDArray[np.integer[Any]]) -> Attention:
        """Return the weights of the points `which`; those of -1 have no weight."""
        known = which >= 0
        return Attention(np.where(known, self.first[which], 0), self.weights[which] * known[:, None])

    def moved(self, by: int) -> Attention:
        """Return the weights of a text before which `by` characters are added."""
        return Attention(self.first + by, self.weights)

    def then(self, after: Attention) -> Attention:
        """Return the rows of this attention followed by those of `after`."""
        width = max(self.weights.shape[1], after.weights.shape[1])
        bands = [np.pad(one.weights, ((0, 0), (0, width - one.weights.shape[1]))) for one in (self, after)]
        return Attention(np.concatenate([self.first, after.first]), np.concatenate(bands))

    @classmethod
    def none(cls, points: int) -> Attention:
        """Return the attention of points at which no text was read."""
        return cls(np.zeros(points, np.int64), np.zeros((points, 0), np.float32))
