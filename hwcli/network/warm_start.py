"""First weights of a run that starts from a trained model instead of from random numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import UsageError
from hwcli.model.shape import PEN, Shape

Tensors = Mapping[str, NDArray[np.float32]]


def warm_start(
    old: Tensors, old_shape: Shape, fresh: Tensors, shape: Shape, like: int | None = None
) -> dict[str, NDArray[np.float32]]:
    """Weights for a network of `shape` that computes exactly what the model with the weights `old` computes.

    The shapes must be equal (else UsageError), except that a prediction network may become a synthesis
    network, and there may be further characters and sources, after those of the model. Its text window is
    then taken from `fresh`, random weights of `shape`, and initially has no effect: the weights with which
    the LSTM layers read it are 0, and so are those for further characters. Further sources are written in the
    manner of the source number `like` of the model, or of all together.
    """
    _check_sizes(old_shape, shape)
    tensors = {name: old.get(name, array).copy() for name, array in fresh.items()}
    for layer in range(shape.layers):
        below = shape.hidden if layer else 0
        name = f"lstm.{layer}.input"  # its columns: the layer below, the window's characters, the row
        window = below + old_shape.characters
        parts = [old[name][:, :window], _unread(shape, shape.characters - old_shape.characters)]
        parts.append(old[name][:, window:])
        if layer == 0 or shape.skip:
            further = _unread(shape, shape.sources - old_shape.sources)
            if like is not None:
                further += old[name][:, window + PEN + like, None]
            parts.append(further)
        tensors[name] = np.concatenate(parts, 1)
    return tensors


def _unread(shape: Shape, columns: int) -> NDArray[np.float32]:
    return np.zeros((4 * shape.hidden, columns), np.float32)


def _check_sizes(old: Shape, new: Shape) -> None:
    names = ["layers", "hidden", "mixtures", "skip"]
    if old.gaussians:
        names += ["gaussians"] if new.gaussians else ["kind"]
    if not new.sources:  # otherwise they are those of the model and further ones
        names += ["sources"]
    differing = [name for name in names if getattr(old, name) != getattr(new, name)]
    if differing:
        has, asked = (
            ", ".join(f"{name} = {getattr(shape, name)}" for name in differing) for shape in (old, new)
        )
        raise UsageError(
            f"--from cannot change the network: the model has {has}; the settings ask for {asked}",
            "leave these settings out, or train a new model without --from",
        )
