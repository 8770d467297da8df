"""The network of a reader of pictures in NumPy, for one line at a time.

Its counterpart in torch, which trains it, is in benchmarks/picture_reader.py; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.model.picture_shape import ALONG, CHANNELS, HEIGHT, STRIDES
from hwcli.reader.engine import log_probabilities

Array = NDArray[np.float32]
GROUPS = 4  # of channels that are normalised together
EPSILON = 1e-5


@dataclass(frozen=True)
class PictureWeights:
    """The tensors of a network by their names: a stem, blocks, what leads to frames, and their classes."""

    tensors: Mapping[str, Array]

    def convolved(self, name: str, x: Array, stride: tuple[int, int], padding: tuple[int, int]) -> Array:
        """Return the convolution `name` of x, (channels, rows, columns)."""
        kernel, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        if kernel.ndim == 3:  # along the line
            kernel = kernel[:, :, None]
        outputs, *size = kernel.shape
        (down, across), (above, beside) = stride, padding
        padded = np.pad(x, ((0, 0), (above, above), (beside, beside)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, size[1:], (1, 2))[:, ::down, ::across]
        rows, columns = windows.shape[1:3]
        under = windows.transpose(0, 3, 4, 1, 2).reshape(-1, rows * columns)
        found = kernel.reshape(outputs, -1) @ under + bias[:, None]
        return found.reshape(outputs, rows, columns)

    def normalised(self, name: str, x: Array) -> Array:
        """Return x with each group of channels at mean 0 and variance 1, scaled (Wu and He 2018)."""
        groups = x.reshape(GROUPS, -1)
        mean, variance = groups.mean(1, keepdims=True), groups.var(1, keepdims=True)
        even = ((groups - mean) / np.sqrt(variance + EPSILON)).reshape(x.shape)
        scale, shift = (self.tensors[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
        found: Array = even * scale + shift
        return found


def classify(weights: PictureWeights, rows: Array) -> NDArray[np.float64]:
    """Return log-probabilities (frames, classes) of a picture, (columns, CHANNELS x HEIGHT)."""
    x = rows.reshape(-1, CHANNELS, HEIGHT).transpose(1, 2, 0)
    x = weights.convolved("stem", x, (1, 1), (1, 1))
    for block, stride in enumerate(STRIDES):
        x = _silu(x)
        name = f"blocks.{block}"
        inner = _silu(
            weights.normalised(f"{name}.norm", weights.convolved(f"{name}.first", x, stride, (1, 1)))
        )
        x = weights.convolved(f"{name}.shortcut", x, stride, (0, 0))
        x += weights.convolved(f"{name}.second", inner, (1, 1), (1, 1))
    x = _silu(weights.convolved("down", _silu(x), (1, 1), (0, 1)))
    for k in range(ALONG):
        x += _silu(weights.convolved(f"along.{k}", weights.normalised(f"norms.{k}", x), (1, 1), (0, 2)))
    output, bias = weights.tensors["output.weight"], weights.tensors["output.bias"]
    return log_probabilities(x[:, 0].T @ output.T + bias)


def _silu(x: Array) -> Array:
    found: Array = x * (np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * x)))
    return found
