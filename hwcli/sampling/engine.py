"""The LSTM step in NumPy, for a batch of sequences that advance together.

The counterpart of hwcli.model.network. One matrix product a layer: inputs and state stand in one buffer, and
their weights in one matrix. The gates are ordered i, f, o, g, with the weights of the first three halved, so
that one tanh serves all: sigmoid(x) = (1 + tanh(x / 2)) / 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hwcli.model.file import ModelFile

Array = NDArray[np.floating[Any]]


class Engine:
    """`batch` sequences in step. The state is inside; `step` moves it on by one row."""

    def __init__(self, model: ModelFile, batch: int, dtype: DTypeLike = np.float32) -> None:
        self.shape = shape = model.shape
        self.hidden = hidden = shape.hidden
        tensors = model.tensors
        self.weights: list[Array] = []  # (inputs + hidden, 4 hidden)
        self.biases: list[Array] = []  # (4 hidden,)
        self.buffers: list[Array] = []  # (batch, inputs + hidden): what a layer reads
        for layer in range(shape.layers):
            joined = np.concatenate([tensors[f"lstm.{layer}.input"], tensors[f"lstm.{layer}.recurrent"]], 1)
            bias = tensors[f"lstm.{layer}.bias"]
            self.weights.append(_gates(joined.astype(dtype), hidden).T.copy())
            self.biases.append(_gates(bias.astype(dtype)[:, None], hidden)[:, 0].copy())
            self.buffers.append(np.zeros((batch, shape.inputs(layer) + hidden), dtype))
        self.output_weight = tensors["output.weight"].astype(dtype).T.copy()
        self.output_bias = tensors["output.bias"].astype(dtype)
        self.output_buffer = np.zeros((batch, shape.output_inputs), dtype)
        self.cells = [np.zeros((batch, hidden), dtype) for _ in range(shape.layers)]
        self._gates = np.empty((batch, 4 * hidden), dtype)
        self._scratch = np.empty((batch, hidden), dtype)

    def step(self, rows: Array, out: Array | None = None) -> Array:
        """Read normalised `rows` (batch, 3); gives mixture vectors (batch, 6 m + 1), in `out` if given."""
        hidden, gates, scratch, skip = self.hidden, self._gates, self._scratch, self.shape.skip
        top = self.shape.layers - 1
        for layer, buffer in enumerate(self.buffers):
            if layer == 0:
                buffer[:, :3] = rows
            elif skip:
                buffer[:, hidden : hidden + 3] = rows
            np.matmul(buffer, self.weights[layer], out=gates)
            gates += self.biases[layer]
            np.tanh(gates, out=gates)
            sigmoids = gates[:, : 3 * hidden]
            sigmoids *= 0.5
            sigmoids += 0.5
            cell = self.cells[layer]
            cell *= gates[:, hidden : 2 * hidden]  # f c
            np.multiply(gates[:, :hidden], gates[:, 3 * hidden :], out=scratch)  # i g
            cell += scratch
            np.tanh(cell, out=scratch)
            h = buffer[:, -hidden:]
            np.multiply(scratch, gates[:, 2 * hidden : 3 * hidden], out=h)  # o tanh(c)
            if layer < top:
                self.buffers[layer + 1][:, :hidden] = h
            if skip:
                self.output_buffer[:, layer * hidden : (layer + 1) * hidden] = h
            elif layer == top:
                self.output_buffer[:] = h
        raw: Array = np.matmul(self.output_buffer, self.output_weight, out=out)
        raw += self.output_bias
        return raw


def _gates(matrix: Array, hidden: int) -> Array:
    """Rows in the order i, f, g, o → i, f, o, g, with i, f and o halved."""
    i, f, g, o = matrix.reshape(4, hidden, -1)
    return np.concatenate([0.5 * i, 0.5 * f, 0.5 * o, g]).astype(matrix.dtype)
