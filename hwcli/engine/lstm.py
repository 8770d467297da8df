"""The LSTM step in NumPy, for a batch of sequences that advance together.

The counterpart of hwcli.network.network (Graves 2013, sections 4 and 5), built from few and large operations:
a single sequence reads every weight once per step, so memory bandwidth sets the speed, and Python's overhead
is added to it. Tests compare the two in float64. hwcli.engine.cuda has the same layout in torch.

- The batch is the last axis, so every block below is contiguous, for one sequence and for many.
- One buffer z holds the outputs of all layers, each followed by a constant 1, the pen's row x and, in a
  synthesis network, the window vector w: h0 1 x w h1 1 x w … A layer's input (the layer below, the row, the
  window vector, its own last output) is one slice of z, and so is the input of the output layer. So each
  layer needs one product, biases included, and no copying.
- sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates. The inner halves are folded into the
  weights. The output gate's outer half is folded into the weights that read h, so z holds 2 h; the others are
  applied to the cell.
- The gates are ordered o, i, f, g, followed by the cell c, so that one product gives i g and f c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hwcli.engine.products import BySequence, InBlocks, block_rows
from hwcli.engine.text_window import Window
from hwcli.model.file import ModelFile
from hwcli.model.shape import PEN, Shape

Array = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
ROW_AND_ONE = PEN + 1  # dx, dy and eos, and the constant 1


@dataclass(frozen=True)
class Weights:
    """A model's weights in the engine's layout, made once for all batches."""

    shape: Shape
    layers: tuple[Array, ...]  # each (4 hidden, length of the layer's input)
    output: Array  # (6 m + 1, length of the output layer's input)
    window: Array | None = None  # (3 gaussians, hidden + 1): reads the first layer's output and the 1

    @classmethod
    def of(
        cls, model: ModelFile, dtype: DTypeLike = np.float32, told: NDArray[np.float64] | None = None
    ) -> Weights:
        """Convert the weights of a model file, for products in `dtype`.

        `told` (sources,) is what the network reads of the sources: 1 in the column of one, or None for none.
        Since it is the same at every step, it is a part of the biases.
        """
        layers = tuple(_layer_weight(model, layer, told).astype(dtype) for layer in range(model.shape.layers))
        window = _window_weight(model).astype(dtype) if model.shape.gaussians else None
        return cls(model.shape, layers, _output_weight(model).astype(dtype), window)

    @property
    def part(self) -> int:
        """The length of one layer's part of z."""
        return self.shape.hidden + ROW_AND_ONE + self.shape.characters

    @property
    def matrices(self) -> tuple[Array, ...]:
        """All weights, those of the output last."""
        return (*self.layers, *(() if self.window is None else (self.window,)), self.output)

    @cached_property
    def block_rows(self) -> tuple[int, ...]:
        """The rows of the blocks in which each of `matrices` is multiplied by several sequences."""
        return tuple(map(block_rows, self.matrices))


@dataclass(frozen=True)
class State:
    """The state of an engine, for a batch or for one sequence."""

    layers: Array  # (2, layers, hidden, batch): the outputs as z holds them, 2 h, and the cells
    kappa: Array | None = None  # (gaussians, 1, batch): the positions of the window's Gaussians
    w: Array | None = None  # (characters, batch): the window vector

    def part(self, which: IntArray) -> State:
        """Return the state of some sequences of the batch."""
        kappa, w = (None if part is None else part[..., which] for part in (self.kappa, self.w))
        return State(self.layers[..., which], kappa, w)


class Engine:
    """Runs the network on `batch` sequences together, one row per step, and keeps their state.

    A synthesis network needs the text of each sequence, as character numbers; TypeError otherwise. With
    `alone` each sequence has the very bits that it would have in a batch of its own; many sequences then take
    two to three times as long.

    >>> import numpy as np
    >>> from hwcli.model.file import read
    >>> from hwcli.weights.bundled import path_of
    >>> engine = Engine(Weights.of(read(path_of("iam-prediction"))), batch=2)
    >>> engine.step(np.zeros((3, 2), np.float32)).shape
    (121, 2)
    """

    window: Window | None = None

    def __init__(
        self, weights: Weights, batch: int, texts: Sequence[IntArray] | None = None, alone: bool = False
    ) -> None:
        self.shape = shape = weights.shape
        self._weights, self._texts, self._alone = weights, texts, alone
        dtype, hidden, part = weights.output.dtype, shape.hidden, weights.part
        self._z = np.zeros((shape.layers * part, batch), dtype)
        by_layer = self._z.reshape(shape.layers, part, batch)
        by_layer[:, hidden] = 1
        self._h, self._rows = by_layer[:, :hidden], by_layer[:, hidden + 1 : hidden + ROW_AND_ONE]
        self._w = by_layer[:, hidden + ROW_AND_ONE :]
        matrices: Sequence[Array | BySequence | InBlocks] = weights.matrices
        if alone and batch > 1:
            rows = weights.block_rows
            matrices = [BySequence(m, n, batch) for m, n in zip(weights.matrices, rows, strict=True)]
        elif batch > 1:
            matrices = [InBlocks(matrix, batch) for matrix in weights.matrices]
        if weights.window is not None:
            if texts is None or len(texts) != batch:
                raise TypeError("a synthesis network needs one text per sequence")
            self.window = Window(matrices[-2].dot, shape, self._z[: hidden + 1], texts, alone)
        self._layers: list[tuple[Any, ...]] = []
        self._cells: list[Array] = []
        for layer in range(shape.layers):
            first, last = max(layer - 1, 0) * part, layer * part + (hidden if layer else part)
            block = np.zeros((5 * hidden, batch), dtype)  # o, i, f, g and c
            o, i_f, g_c = block[:hidden], block[hidden : 3 * hidden], block[3 * hidden :]
            gates, sigmoids, cell = block[: 4 * hidden], block[: 3 * hidden], block[4 * hidden :]
            products = np.empty((2 * hidden, batch), dtype)  # i g and f c
            views = (gates, sigmoids, o, i_f, g_c, cell, products, products[:hidden], products[hidden:])
            self._layers.append((matrices[layer].dot, self._z[first:last], *views, self._h[layer]))
            self._cells.append(cell)
        self._one, self._half = dtype.type(1), dtype.type(0.5)  # faster than Python's numbers
        self._output = matrices[-1].dot
        end = (shape.layers - 1) * part + hidden + 1
        self._top = self._z[0 if shape.skip else end - hidden - 1 : end]

    def part(self, which: IntArray) -> Engine:
        """Return an engine that goes on with some sequences of the batch."""
        texts = None if self._texts is None else [self._texts[k] for k in which]
        engine = Engine(self._weights, len(which), texts, self._alone)
        engine.state = self.state.part(which)
        return engine

    @property
    def state(self) -> State:
        """A copy of the state; setting it takes a state of this batch, or of one sequence for all."""
        layers = np.stack([self._h, np.stack(self._cells)])
        if self.window is None:
            return State(layers)
        return State(layers, self.window.kappa.copy(), self._w[0].copy())

    @state.setter
    def state(self, state: State) -> None:
        self._h[:] = state.layers[0]
        for cell, value in zip(self._cells, state.layers[1], strict=True):
            cell[:] = value
        if self.window is not None:
            self.window.kappa[:] = state.kappa
            self._w[:] = state.w

    def state_of(self, k: int) -> State:
        """Return a copy of the state of sequence `k` of the batch."""
        layers = np.stack([self._h[:, :, k], np.stack([cell[:, k] for cell in self._cells])])[..., None]
        if self.window is None:
            return State(layers)
        return State(layers, self.window.kappa[..., k : k + 1].copy(), self._w[0, :, k : k + 1].copy())

    def begin(self, k: int, state: State) -> None:
        """Set the state of sequence `k` of the batch to that of one sequence."""
        self._h[..., k] = state.layers[0, ..., 0]
        for cell, value in zip(self._cells, state.layers[1], strict=True):
            cell[:, k] = value[:, 0]
        if self.window is not None and state.kappa is not None and state.w is not None:
            self.window.kappa[..., k] = state.kappa[..., 0]
            self._w[..., k] = state.w[..., 0]

    def step(self, rows: Array, out: Array | None = None) -> Array:
        """Read normalised `rows` (3, batch); return mixture vectors (6 m + 1, batch), in `out` if given."""
        one, half, window = self._one, self._half, self.window
        np.copyto(self._rows, rows)
        for product, read, gates, sigmoids, o, i_f, g_c, cell, products, i_g, f_c, h in self._layers:
            product(read, gates)
            np.tanh(gates, gates)
            np.add(sigmoids, one, sigmoids)
            np.multiply(i_f, g_c, products)
            np.add(i_g, f_c, cell)
            np.multiply(cell, half, cell)
            np.tanh(cell, i_g)
            np.multiply(o, i_g, h)
            if window is not None:  # after the first layer
                np.copyto(self._w, window.step())
                window = None
        return self._output(self._top, out)


def _layer_weight(model: ModelFile, layer: int, told: NDArray[np.float64] | None) -> Array:
    """Return (4 hidden, length of the layer's input): columns in the order of z, gates as o, i, f, g."""
    shape, hidden = model.shape, model.shape.hidden
    weight = model.tensors[f"lstm.{layer}.input"].astype(np.float64)
    below = hidden if layer else 0
    w = weight[:, below : below + shape.characters]
    row, sources = np.split(weight[:, below + shape.characters :], [PEN], axis=1)
    if not row.shape[1]:  # without skip connections, only the first layer reads it
        row = np.zeros((len(weight), PEN))
    recurrent = model.tensors[f"lstm.{layer}.recurrent"].astype(np.float64) / 2  # z holds 2 h
    bias = model.tensors[f"lstm.{layer}.bias"].astype(np.float64)[:, None]
    if told is not None and sources.shape[1]:
        bias = bias + sources @ told[:, None]
    parts = [bias, row, w]
    joined = np.concatenate([weight[:, :below] / 2, *parts, recurrent] if layer else [recurrent, *parts], 1)
    i, f, g, o = joined.reshape(4, hidden, -1)
    return np.concatenate([o / 2, i / 2, f / 2, g])


def _window_weight(model: ModelFile) -> Array:
    """Return (3 gaussians, hidden + 1): half of the weights, since z holds 2 h, and the bias."""
    weight = model.tensors["window.weight"].astype(np.float64) / 2
    return np.concatenate([weight, model.tensors["window.bias"].astype(np.float64)[:, None]], 1)


def _output_weight(model: ModelFile) -> Array:
    """Return (6 m + 1, length of the output layer's input): the bias is read from the last layer's 1."""
    shape, hidden = model.shape, model.shape.hidden
    parts = model.tensors["output.weight"].astype(np.float64).reshape(shape.outputs, -1, hidden) / 2
    padded = np.zeros((shape.outputs, parts.shape[1], hidden + ROW_AND_ONE + shape.characters))
    padded[:, :, :hidden] = parts
    padded[:, -1, hidden] = model.tensors["output.bias"]
    end = padded.shape[1] * padded.shape[2] - ROW_AND_ONE - shape.characters + 1  # ends with the last 1
    return padded.reshape(shape.outputs, -1)[:, :end]
