"""Learning changes of low rank: each weight matrix W becomes W + left right, and the biases move freely.

LoRA (Hu et al. 2021, arXiv 2106.09685). The network computes with the changed matrices themselves, so it runs
as fast as ever. Its gradient G = d loss / d W gives those of the factors: G right^T and left^T G. At first
`left` is 0, so learning starts from the model as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hwcli.hands.learned import LEFT, RIGHT
from hwcli.network.network import Network

CLIP = 1.0  # largest norm of the gradient of all weights
BETAS = (0.9, 0.98)  # of Adam: a few dozen updates in all


@dataclass(frozen=True)
class _Matrix:
    """A weight matrix, as it was and as it is, and the factors of the change."""

    weight: Tensor
    before: Tensor
    left: nn.Parameter
    right: nn.Parameter


class LowRank:
    """The changes of a network's weights, with their optimiser."""

    def __init__(self, network: Network, rank: int, seed: int) -> None:
        self._network = network
        generator = torch.Generator().manual_seed(seed)
        self._matrices: dict[str, _Matrix] = {}
        self._biases: list[nn.Parameter] = []
        for name, weight in network.named_parameters():
            if weight.ndim == 1:
                if "bias_hh" not in name:  # it is added to the other one
                    self._biases.append(weight)
                continue
            width, dtype = weight.shape[1], weight.dtype
            right = torch.randn(rank, width, generator=generator, dtype=dtype) / width**0.5
            left = torch.zeros(len(weight), rank, dtype=dtype)
            before = weight.detach().clone()
            self._matrices[name] = _Matrix(weight, before, nn.Parameter(left), nn.Parameter(right))
        factors = [f for matrix in self._matrices.values() for f in (matrix.left, matrix.right)]
        self._optimiser = torch.optim.Adam([*factors, *self._biases], betas=BETAS)
        self._start = {name: tensor.copy() for name, tensor in network.tensors().items()}

    def step(self, loss: Tensor, rate: float) -> None:
        """Move the changes down the gradient of `loss`, a mean over points, at the learning rate `rate`.

        A gradient that is not finite changes nothing.
        """
        weights = list(self._network.parameters())
        for weight in weights:
            weight.grad = None
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        norm = torch.nn.utils.clip_grad_norm_(weights, CLIP)
        if not bool(norm.isfinite()):
            return
        for matrix in self._matrices.values():
            gradient = matrix.weight.grad
            assert gradient is not None
            matrix.left.grad = gradient @ matrix.right.detach().T
            matrix.right.grad = matrix.left.detach().T @ gradient
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        with torch.no_grad():
            for matrix in self._matrices.values():
                matrix.weight.copy_(matrix.before + matrix.left @ matrix.right)
        self._network.pin_reset()

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the changes by the names of a hand's file (hwcli.hands.learned)."""
        found: dict[str, NDArray[np.float32]] = {}
        for name, matrix in self._matrices.items():
            left, right = (f.detach().numpy().copy() for f in (matrix.left, matrix.right))
            stored = _stored_name(name)
            if stored.endswith(".input"):
                right = right[:, :-1]  # without the column of the reset flag, which is pinned
            found |= {stored + LEFT: left, stored + RIGHT: np.ascontiguousarray(right)}
        for name, tensor in self._network.tensors().items():
            if tensor.ndim == 1:
                found[name] = tensor - self._start[name]
        return found


def _stored_name(name: str) -> str:
    """Return a model file's name of one of the network's weight matrices."""
    if not name.startswith("lstm."):
        return name
    layer, weight = name.removeprefix("lstm.").split(".")
    return f"lstm.{layer}.{'recurrent' if weight.startswith('weight_hh') else 'input'}"
