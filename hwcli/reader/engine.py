"""The reader's network in NumPy, for one line at a time.

The counterpart of hwcli.network.reader_network; tests compare the two. A line is always computed by itself,
so what is read does not depend on what else is read. sigmoid(x) = (1 + tanh(x / 2)) / 2, so that one tanh
serves all gates; the inner halves are folded into the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hwcli.model.reader_shape import KERNEL, STRIDE, ReaderShape

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class _Layer:
    """A bidirectional layer: forward and backward weights stacked, gates as i, f, o, g."""

    input: Array  # (2, 4 hidden, inputs)
    bias: Array  # (2, 4 hidden)
    recurrent: Array  # (2, 4 hidden, hidden)


@dataclass(frozen=True)
class ReaderWeights:
    """A reader's weights in the engine's layout."""

    frame: Array  # (FRAME, KERNEL x CHANNELS)
    frame_bias: Array  # (FRAME,)
    layers: tuple[_Layer, ...]
    output: Array  # (classes, 2 hidden)
    output_bias: Array  # (classes,)

    @classmethod
    def of(
        cls, shape: ReaderShape, tensors: Mapping[str, NDArray[Any]], dtype: DTypeLike = np.float32
    ) -> ReaderWeights:
        """Convert the `tensors` of a model file, for products in `dtype`."""
        frame = tensors["frame.weight"].transpose(0, 2, 1).reshape(len(tensors["frame.weight"]), -1)
        layers = tuple(_layer(shape, tensors, layer, dtype) for layer in range(shape.layers))
        parts = frame, tensors["frame.bias"], tensors["output.weight"], tensors["output.bias"]
        frame, frame_bias, output, output_bias = (np.ascontiguousarray(p, dtype) for p in parts)
        return cls(frame, frame_bias, layers, output, output_bias)


def classify(weights: ReaderWeights, rows: Array) -> NDArray[np.float64]:
    """Return log-probabilities (frames, classes) of a line's features, (steps, CHANNELS).

    Class 0 is CTC's blank, the others are the characters. Frame t is centred on step STRIDE t.
    """
    dtype = weights.output.dtype
    frames = (len(rows) - 1) // STRIDE + 1
    padded = np.zeros(((frames - 1) * STRIDE + KERNEL, rows.shape[1]), dtype)
    padded[STRIDE : STRIDE + len(rows)] = rows[: len(padded) - STRIDE]
    windows = np.lib.stride_tricks.sliding_window_view(padded, KERNEL, 0)[::STRIDE]  # (frames, channels, K)
    x: Array = windows.transpose(0, 2, 1).reshape(frames, -1) @ weights.frame.T + weights.frame_bias
    x *= (1 + np.tanh(x / 2)) / 2  # SiLU
    for layer in weights.layers:
        x = _bidirectional(layer, x)
    return log_probabilities(x @ weights.output.T + weights.output_bias)


def log_probabilities(logits: Array) -> NDArray[np.float64]:
    """Return log-probabilities (frames, classes) of the outputs of a network."""
    logs: NDArray[np.float64] = logits.astype(np.float64)
    logs -= logs.max(1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(1, keepdims=True))
    return logs


def _bidirectional(layer: _Layer, x: Array) -> Array:
    """Return the outputs (frames, 2 hidden) of both directions of a layer."""
    frames, hidden = len(x), layer.recurrent.shape[2]
    gates = np.stack([x @ layer.input[0].T, x[::-1] @ layer.input[1].T], 1) + layer.bias
    out = np.zeros((frames + 1, 2, hidden), x.dtype)
    cell, products = np.zeros((2, hidden), x.dtype), np.empty((2, 2 * hidden), x.dtype)
    there, back = layer.recurrent
    half = x.dtype.type(0.5)
    for t in range(frames):
        z = gates[t]
        z[0] += there @ out[t, 0]
        z[1] += back @ out[t, 1]
        np.tanh(z, z)
        z[:, : 3 * hidden] += 1  # twice the sigmoids
        i, f, o, g = (z[:, k * hidden : (k + 1) * hidden] for k in range(4))
        np.multiply(f, cell, cell)
        np.multiply(i, g, products[:, :hidden])
        cell += products[:, :hidden]
        cell *= half
        np.tanh(cell, products[:, :hidden])
        np.multiply(o, products[:, :hidden], out[t + 1])
        out[t + 1] *= half
    return np.concatenate([out[1:, 0], out[:0:-1, 1]], 1)


def _layer(shape: ReaderShape, tensors: Mapping[str, NDArray[Any]], layer: int, dtype: DTypeLike) -> _Layer:
    def stacked(part: str) -> Array:
        both = [tensors[f"lstm.{layer}.{name}.{part}"].astype(np.float64) for name in ("there", "back")]
        i, f, g, o = np.split(np.stack(both), 4, axis=1)
        return np.ascontiguousarray(np.concatenate([i / 2, f / 2, o / 2, g], 1), dtype)

    return _Layer(stacked("input"), stacked("bias"), stacked("recurrent"))
