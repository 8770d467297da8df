"""A larger network that begins as a smaller one: it computes the same, and has room to learn more.

New cells and layers read what they like (their incoming weights are fresh), but nothing old listens to them
yet: the weights from new to old are 0. So the first step of the larger network stands where the last one of
the smaller stood (the idea is Net2Net's: Chen, Goodfellow & Shlens, arXiv 1511.05641).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import UsageError
from hwcli.model.shape import Shape

Tensors = Mapping[str, NDArray[np.float32]]


def grow(old: Tensors, old_shape: Shape, fresh: Tensors, shape: Shape) -> dict[str, NDArray[np.float32]]:
    """The weights `old` in a network of `shape`, with the new parts from `fresh`, weights of that shape.

    UsageError where `shape` cannot hold the old network without changing what it computes.
    """
    _check(old_shape, shape)
    h, new_h = old_shape.hidden, shape.hidden
    cells = np.arange(h)
    gates = np.concatenate([gate * new_h + cells for gate in range(4)])
    grown = {name: array.copy() for name, array in fresh.items()}
    for layer in range(old_shape.layers):
        columns = _columns(layer, old_shape, shape)
        for name, seen in ((f"lstm.{layer}.input", columns), (f"lstm.{layer}.recurrent", cells)):
            grown[name][gates] = 0
            grown[name][np.ix_(gates, seen)] = old[name]
        grown[f"lstm.{layer}.bias"][gates] = old[f"lstm.{layer}.bias"]
    read = range(old_shape.layers) if shape.skip else (0,)
    grown["output.weight"][:] = 0
    grown["output.weight"][:, np.concatenate([k * new_h + cells for k in read])] = old["output.weight"]
    grown["output.bias"][:] = old["output.bias"]
    if old_shape.gaussians:
        grown["window.weight"][:] = 0
        grown["window.weight"][:, cells] = old["window.weight"]
        grown["window.bias"][:] = old["window.bias"]
    return grown


def _columns(layer: int, old: Shape, new: Shape) -> NDArray[np.int64]:
    """Where a layer's inputs stand in the new network: the layer below, the window's characters, the row."""
    below = np.arange(old.hidden if layer else 0)
    held = np.arange(old.characters) + (new.hidden if layer else 0)
    row = np.arange(old.inputs(layer) - len(below) - len(held))
    return np.concatenate([below, held, row + new.inputs(layer) - len(row)])


def _check(old: Shape, new: Shape) -> None:
    hint = "a model grows in layers and hidden cells, and a prediction network into one for synthesis"
    if old.gaussians and (old.gaussians, old.characters) != (new.gaussians, new.characters):
        raise UsageError(
            f"a model for synthesis with {old.gaussians} Gaussians over text goes on as one of as many", hint
        )
    if (old.mixtures, old.skip) != (new.mixtures, new.skip):
        raise UsageError(
            f"a model of {old.mixtures} mixtures {_skip(old)} cannot go on as one of {new.mixtures} "
            f"{_skip(new)}",
            hint,
        )
    if new.layers < old.layers or new.hidden < old.hidden:
        raise UsageError(
            f"a model of {old.layers} x {old.hidden} cannot go on as one of {new.layers} x {new.hidden}", hint
        )
    if new.layers > old.layers and not new.skip:
        raise UsageError(
            "a model without skip connections cannot grow in layers: all goes through the last", hint
        )


def _skip(shape: Shape) -> str:
    return "with skip connections" if shape.skip else "without skip connections"
