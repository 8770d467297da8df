"""The LSTM step in NumPy, for a batch of sequences that advance together.

The counterpart of hwcli.model.network, laid out for few and large operations: a single sequence reads every
weight once a step, so memory sets the pace, and whatever Python does comes on top.

- The batch is the last axis: every block below is contiguous, for one sequence as for many.
- One buffer holds the states of all layers with the pen's row and a constant 1 after each: h0 x 1 h1 x 1 …
  A layer's input (the layer below, the row, its own last state) is one slice of it, as is the output's. So
  there is one product a layer, biases included, and nothing is copied together.
- sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates. The halves inside are in the weights; of
  those outside, the output gate's is in the weights that read h: the buffer holds 2 h.
- The gates stand as o, i, f, g with the cell behind them, so that one product gives i g and f c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hwcli.model.file import ModelFile
from hwcli.model.layout import Shape

Array = NDArray[np.floating[Any]]
ROW = 3  # the pen's row: dx, dy, eos
EXTRA = ROW + 1  # with the constant 1


@dataclass(frozen=True)
class Weights:
    """A model's weights as the engine reads them: once for all batches."""

    shape: Shape
    layers: tuple[Array, ...]  # (4 hidden, what the layer reads)
    output: Array  # (6 m + 1, what the output reads)

    @classmethod
    def of(cls, model: ModelFile, dtype: DTypeLike = np.float32) -> Weights:
        """From a model file, for products in `dtype`."""
        layers = tuple(_layer_weight(model, layer).astype(dtype) for layer in range(model.shape.layers))
        return cls(model.shape, layers, _output_weight(model).astype(dtype))


class Engine:
    """`batch` sequences in step. The state is inside; `step` moves it on by one row."""

    def __init__(self, weights: Weights, batch: int) -> None:
        self.shape = shape = weights.shape
        dtype, hidden, part = weights.output.dtype, shape.hidden, shape.hidden + EXTRA
        self._z = np.zeros((shape.layers * part, batch), dtype)
        by_layer = self._z.reshape(shape.layers, part, batch)
        by_layer[:, -1] = 1
        self._h, self._rows = by_layer[:, :hidden], by_layer[:, hidden : hidden + ROW]
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
        self._top = self._z if shape.skip else self._z[-part:]

    @property
    def state(self) -> Array:
        """A copy of the state, (2, layers, hidden, batch): what the engine reads of itself, and its cells."""
        return np.stack([self._h, np.stack(self._cells)])

    @state.setter
    def state(self, state: Array) -> None:
        """Take over a state of this batch, or of one sequence for all."""
        self._h[:] = state[0]
        for cell, value in zip(self._cells, state[1], strict=True):
            cell[:] = value

    def step(self, rows: Array, out: Array | None = None) -> Array:
        """Read normalised `rows` (3, batch); gives mixture vectors (6 m + 1, batch), in `out` if given."""
        one, half = self._one, self._half
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
        result: Array = np.dot(self._output, self._top, out)
        return result


def _layer_weight(model: ModelFile, layer: int) -> Array:
    """(4 hidden, what the layer reads): the columns in the buffer's order, the gates as o, i, f, g."""
    shape, hidden = model.shape, model.shape.hidden
    below, row = _columns(model.tensors[f"lstm.{layer}.input"].astype(np.float64), layer, shape)
    recurrent = model.tensors[f"lstm.{layer}.recurrent"].astype(np.float64) / 2  # the buffer holds 2 h
    bias = model.tensors[f"lstm.{layer}.bias"].astype(np.float64)[:, None]
    joined = np.concatenate([recurrent, row, bias] if layer == 0 else [below, row, bias, recurrent], 1)
    i, f, g, o = joined.reshape(4, hidden, -1)
    return np.concatenate([o / 2, i / 2, f / 2, g])


def _columns(weight: Array, layer: int, shape: Shape) -> tuple[Array, Array]:
    """An input weight's columns for the layer below, halved, and for the pen's row (0 where it has none)."""
    if layer == 0:
        return weight[:, :0], weight
    below, row = weight[:, : shape.hidden] / 2, weight[:, shape.hidden :]
    return below, row if shape.skip else np.zeros((len(weight), ROW))


def _output_weight(model: ModelFile) -> Array:
    """(6 m + 1, what the output reads): of every layer's part the state's columns, and the bias once."""
    shape, hidden = model.shape, model.shape.hidden
    weight = model.tensors["output.weight"].astype(np.float64)
    parts = weight.reshape(shape.outputs, -1, hidden) / 2
    padded = np.zeros((shape.outputs, parts.shape[1], hidden + EXTRA))
    padded[:, :, :hidden] = parts
    padded[:, -1, -1] = model.tensors["output.bias"]
    return padded.reshape(shape.outputs, -1)
