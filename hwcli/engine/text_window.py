"""The soft window over text in NumPy: its vector, its position, and whether it has passed the end.

The counterpart of hwcli.network.text_window, which has the equations (Graves 2013, 46-51); hwcli.engine.cuda
has the same window in torch. Besides the characters it also weighs the position after the last one: sampling
ends when the window is there (Graves 2013, section 5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN, Shape

Array = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]


class Window:
    """The windows of a batch of sequences, each over its own text.

    `product` multiplies the window's weights by `state` (hidden + 1, batch), a view of the engine's z; it
    writes into an array (3 gaussians, batch). With `alone` each sequence has the bits that it has by itself.
    """

    def __init__(
        self,
        product: Callable[[Array, Array], Array],
        shape: Shape,
        state: Array,
        texts: Sequence[IntArray],
        alone: bool,
    ) -> None:
        k, batch, dtype = shape.gaussians, len(texts), state.dtype
        self._product, self._read = product, state
        self.ends = np.array([len(text) for text in texts], np.int64)  # the position after the last, from 0
        longest = int(self.ends.max())
        same = all(np.array_equal(text, texts[0]) for text in texts[1:])
        # (1, characters, longest) if all texts are the same, else (batch, characters, longest)
        self.onehot = np.stack(
            [_onehot(text, shape.characters, longest, dtype) for text in texts[: 1 if same else None]]
        )
        self.same = same
        self._each = alone and batch > 1
        self.kappa = np.zeros((k, 1, batch), dtype)
        self.phi = np.zeros((longest + 1, batch), dtype)  # from the first character to after the last
        self._beyond = None if same else np.arange(longest + 1)[:, None] > self.ends
        self._positions = np.arange(1, longest + 2, dtype=dtype)[:, None]
        self._raw = np.zeros((3 * k, batch), dtype)
        self._alpha, self._beta, self._step = (part[:, None] for part in np.split(self._raw, 3))
        self._beta_step = self._raw[k:]
        self._terms, self._square = (np.empty((k, longest + 1, batch), dtype) for _ in range(2))
        self._w = np.zeros((shape.characters, batch), dtype)
        self._most, self._least = dtype.type(WINDOW_MAX), dtype.type(WINDOW_MIN)

    def step(self) -> Array:
        """Advance by the first layer's output; return the window vector, (characters, batch)."""
        self._product(self._read, self._raw)
        np.minimum(self._raw, self._most, out=self._raw)
        np.exp(self._beta_step, self._beta_step)
        np.add(self.kappa, self._step, self.kappa)
        terms, square = self._terms, self._square
        np.subtract(self.kappa, self._positions, terms)
        np.multiply(terms, terms, square)
        np.multiply(square, self._beta, square)
        np.subtract(self._alpha, square, terms)
        np.maximum(terms, self._least, out=terms)
        np.exp(terms, terms)
        np.add.reduce(terms, 0, out=self.phi)
        if self._beyond is not None:
            np.copyto(self.phi, 0, where=self._beyond)
        if self._each:  # the sum over a longer text would have other bits
            for lane, end in enumerate(self.ends):
                onehot = self.onehot[0 if self.same else lane, :, :end]
                self._w[:, lane] = onehot.dot(self.phi[:end, lane])
            return self._w
        if self.same:
            return np.dot(self.onehot[0], self.phi[:-1], self._w)
        self._w[:] = np.matmul(self.onehot, self.phi[:-1].T[:, :, None])[:, :, 0].T
        return self._w

    def attended(self) -> IntArray:
        """Return the position with the most weight, (batch,), from 0; `ends` is the one after the last."""
        # far beyond the end all exponents are WINDOW_MIN, so no position has the most weight
        passed = np.minimum.reduce(self.kappa[:, 0]) > self.ends + 1
        return np.where(passed, self.ends, self.phi.argmax(0))


def _onehot(text: IntArray, characters: int, longest: int, dtype: np.dtype[Any]) -> Array:
    matrix = np.zeros((characters, longest), dtype)
    known = text < characters  # the number for "no character" has no row
    matrix[text[known], np.arange(len(text))[known]] = 1
    return matrix
