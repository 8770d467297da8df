"""The LSTM step in NumPy, for a batch of sequences that advance together.

The counterpart of hwcli.network.network, laid out for few and large operations: a single sequence reads every
weight once a step, so memory sets the pace, and whatever Python does comes on top.

- The batch is the last axis: every block below is contiguous, for one sequence as for many.
- One buffer holds the states of all layers, each with a constant 1, the pen's row and, in a synthesis
  network, what the window holds: h0 1 x w h1 1 x w … A layer's input (the layer below, the row, the window,
  its own last state) is one slice of it, as is the output's. So there is one product a layer, biases
  included, and nothing is copied together.
- sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates. The halves inside are in the weights; of
  those outside, the output gate's is in the weights that read h: the buffer holds 2 h.
- The gates stand as o, i, f, g with the cell behind them, so that one product gives i g and f c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hwcli.engine.text_window import Window
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape

Array = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
ROW = 3  # the pen's row: dx, dy, eos
EXTRA = ROW + 1  # with the constant 1


@dataclass(frozen=True)
class Weights:
    """A model's weights as the engine reads them: once for all batches."""

    shape: Shape
    layers: tuple[Array, ...]  # (4 hidden, what the layer reads)
    output: Array  # (6 m + 1, what the output reads)
    window: Array | None = None  # (3 gaussians, hidden + 1), of the first layer's state and the 1

    @classmethod
    def of(cls, model: ModelFile, dtype: DTypeLike = np.float32) -> Weights:
        """From a model file, for products in `dtype`."""
        layers = tuple(_layer_weight(model, layer).astype(dtype) for layer in range(model.shape.layers))
        window = _window_weight(model).astype(dtype) if model.shape.gaussians else None
        return cls(model.shape, layers, _output_weight(model).astype(dtype), window)

    @property
    def part(self) -> int:
        """The length of a layer's part of the buffer."""
        return self.shape.hidden + EXTRA + self.shape.characters


@dataclass(frozen=True)
class State:
    """What an engine remembers, of a batch or of one sequence."""

    layers: Array  # (2, layers, hidden, batch): the states as the buffer holds them, and the cells
    kappa: Array | None = None  # (gaussians, 1, batch): where the window's Gaussians stand
    held: Array | None = None  # (characters, batch): what the window holds


class Engine:
    """`batch` sequences in step. The state is inside; `step` moves it on by one row.

    `texts`, characters by their numbers for each sequence, are what a synthesis network writes.
    """

    window: Window | None = None

    def __init__(self, weights: Weights, batch: int, texts: Sequence[IntArray] | None = None) -> None:
        self.shape = shape = weights.shape
        dtype, hidden, part = weights.output.dtype, shape.hidden, weights.part
        self._z = np.zeros((shape.layers * part, batch), dtype)
        by_layer = self._z.reshape(shape.layers, part, batch)
        by_layer[:, hidden] = 1
        self._h, self._rows = by_layer[:, :hidden], by_layer[:, hidden + 1 : hidden + EXTRA]
        self._held = by_layer[:, hidden + EXTRA :]
        if weights.window is not None:
            if texts is None or len(texts) != batch:
                raise TypeError("a synthesis network needs a text for every sequence")
            self.window = Window(weights.window, shape, self._z[: hidden + 1], texts)
        self._layers: list[tuple[Array, ...]] = []
        self._cells: list[Array] = []
        for layer, weight in enumerate(weights.layers):
            first, last = max(layer - 1, 0) * part, layer * part + (hidden if layer else part)
            block = np.zeros((5 * hidden, batch), dtype)  # o, i, f, g and the cell
            o, i_f, g_c = block[:hidden], block[hidden : 3 * hidden], block[3 * hidden :]
            gates, sigmoids, cell = block[: 4 * hidden], block[: 3 * hidden], block[4 * hidden :]
            products = np.empty((2 * hidden, batch), dtype)  # i g and f c
            views = (gates, sigmoids, o, i_f, g_c, cell, products, products[:hidden], products[hidden:])
            self._layers.append((weight, self._z[first:last], *views, self._h[layer]))
            self._cells.append(cell)
        self._one, self._half = dtype.type(1), dtype.type(0.5)  # Python's numbers take longer
        self._output = weights.output
        end = (shape.layers - 1) * part + hidden + 1
        self._top = self._z[0 if shape.skip else end - hidden - 1 : end]

    @property
    def state(self) -> State:
        """A copy of the state."""
        layers = np.stack([self._h, np.stack(self._cells)])
        if self.window is None:
            return State(layers)
        return State(layers, self.window.kappa.copy(), self._held[0].copy())

    @state.setter
    def state(self, state: State) -> None:
        """Take over a state of this batch, or of one sequence for all."""
        self._h[:] = state.layers[0]
        for cell, value in zip(self._cells, state.layers[1], strict=True):
            cell[:] = value
        if self.window is not None:
            self.window.kappa[:] = state.kappa
            self._held[:] = state.held

    def step(self, rows: Array, out: Array | None = None) -> Array:
        """Read normalised `rows` (3, batch); gives mixture vectors (6 m + 1, batch), in `out` if given."""
        one, half, window = self._one, self._half, self.window
        np.copyto(self._rows, rows)
        for weight, read, gates, sigmoids, o, i_f, g_c, cell, products, i_g, f_c, h in self._layers:
            np.dot(weight, read, gates)
            np.tanh(gates, gates)
            np.add(sigmoids, one, sigmoids)
            np.multiply(i_f, g_c, products)
            np.add(i_g, f_c, cell)
            np.multiply(cell, half, cell)
            np.tanh(cell, i_g)
            np.multiply(o, i_g, h)
            if window is not None:  # after the first layer
                np.copyto(self._held, window.step())
                window = None
        result: Array = np.dot(self._output, self._top, out)
        return result


def _layer_weight(model: ModelFile, layer: int) -> Array:
    """(4 hidden, what the layer reads): the columns in the buffer's order, the gates as o, i, f, g."""
    shape, hidden = model.shape, model.shape.hidden
    weight = model.tensors[f"lstm.{layer}.input"].astype(np.float64)
    below = hidden if layer else 0
    held = weight[:, below : below + shape.characters]
    row = weight[:, below + shape.characters :]
    if not row.shape[1]:  # without skip connections it is read by the first layer alone
        row = np.zeros((len(weight), ROW))
    recurrent = model.tensors[f"lstm.{layer}.recurrent"].astype(np.float64) / 2  # the buffer holds 2 h
    bias = model.tensors[f"lstm.{layer}.bias"].astype(np.float64)[:, None]
    parts = [bias, row, held]
    joined = np.concatenate([weight[:, :below] / 2, *parts, recurrent] if layer else [recurrent, *parts], 1)
    i, f, g, o = joined.reshape(4, hidden, -1)
    return np.concatenate([o / 2, i / 2, f / 2, g])


def _window_weight(model: ModelFile) -> Array:
    """(3 gaussians, hidden + 1): the halves of what reads the state, and the bias."""
    weight = model.tensors["window.weight"].astype(np.float64) / 2
    return np.concatenate([weight, model.tensors["window.bias"].astype(np.float64)[:, None]], 1)


def _output_weight(model: ModelFile) -> Array:
    """(6 m + 1, what the output reads): of every layer's part the state's columns, and the bias once."""
    shape, hidden = model.shape, model.shape.hidden
    parts = model.tensors["output.weight"].astype(np.float64).reshape(shape.outputs, -1, hidden) / 2
    padded = np.zeros((shape.outputs, parts.shape[1], hidden + EXTRA + shape.characters))
    padded[:, :, :hidden] = parts
    padded[:, -1, hidden] = model.tensors["output.bias"]
    end = padded.shape[1] * padded.shape[2] - EXTRA - shape.characters + 1  # nothing behind the last 1
    return padded.reshape(shape.outputs, -1)[:, :end]
