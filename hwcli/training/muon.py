"""Muon: AdamW, except that the large LSTM matrices move by orthogonalised momentum.

K. Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks". The step size follows Liu et
al. 2025 (arXiv 2502.16982): entry by entry it is as large as Adam's typically is, so that one learning rate
and one weight decay serve both.

A matrix is a part of a parameter that holds the weights of four gates, one below the other; each gate is
orthogonalised as a matrix of its own. Everything else moves by AdamW. (torch.optim.Muon only takes whole
parameters, and nn.LSTM stores the four gates in one. It also always orthogonalises in bfloat16, which CPUs
without units for it emulate.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from hwcli.network.network import Network
from hwcli.network.reader_network import ReaderNetwork

MOMENTUM = 0.95
RMS = 0.2  # of the entries of a step, relative to the learning rate; Adam's is about the same
ITERATIONS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the odd polynomial that moves singular values towards 1
GATES = 4


class GateMatrix(NamedTuple):
    """The first `columns` columns of a parameter with four gates, (4 cells, …)."""

    parameter: Tensor
    columns: int


def square_matrices(network: Network) -> list[GateMatrix]:
    """Return the weights from cells to cells: the recurrent ones and those from the layer below.

    The pen's columns and the reset's come behind them. They move by AdamW, as do the biases, the output and
    the first layer's input weights.
    """
    return [
        GateMatrix(lstm.get_parameter(name), network.shape.hidden)
        for layer, lstm in enumerate(network.layers)
        for name in ("weight_ih_l0", "weight_hh_l0")[layer == 0 :]
    ]


def reader_matrices(network: ReaderNetwork) -> list[GateMatrix]:
    """Return all weights of the LSTM layers; the convolution, the biases and the output move by AdamW."""
    parameters = (
        lstm.get_parameter(name) for _, lstm in network.lstms() for name in ("weight_ih_l0", "weight_hh_l0")
    )
    return [GateMatrix(p, p.shape[1]) for p in parameters]


class Muon(torch.optim.AdamW):
    """AdamW with Muon for some matrices; `bfloat16` orthogonalises in that type, otherwise in float32."""

    found_inf: Tensor | None = None  # if it is 1, a step changes nothing, including the momentum

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        matrices: Sequence[GateMatrix],
        lr: float,
        weight_decay: float,
        bfloat16: bool = False,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, weight_decay=weight_decay, fused=True)
        self.dtype = torch.bfloat16 if bfloat16 else torch.float32
        sizes: dict[tuple[int, int], list[GateMatrix]] = {}
        for matrix in matrices:
            sizes.setdefault((len(matrix.parameter), matrix.columns), []).append(matrix)
        self.groups = list(sizes.values())  # matrices of one size are multiplied together

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # closures are not supported
        """Take one step with the gradients in `grad`."""
        old = [torch.stack([p[:, :columns] for p, columns in group]) for group in self.groups]
        super().step(closure)
        for group, weights in zip(self.groups, old, strict=True):
            self._move(group, weights)

    def _move(self, group: Sequence[GateMatrix], old: Tensor) -> None:
        """Move matrices of one size from their weights `old`, (matrices, 4 cells, columns), by Muon."""
        settings = self.param_groups[0]
        rate, kept = settings["lr"], 1 - settings["lr"] * settings["weight_decay"]
        memories = [self.state[p] for p, _ in group]
        if "momentum_buffer" not in memories[0]:
            for memory, like in zip(memories, old, strict=True):
                memory["momentum_buffer"] = torch.zeros_like(like)
        before = torch.stack([memory["momentum_buffer"] for memory in memories])
        gradient = torch.stack([_gradient(p)[:, :columns] for p, columns in group])
        momentum = before.lerp(gradient, 1 - MOMENTUM)
        nesterov = gradient.lerp(momentum, MOMENTUM)
        cells, columns = old.shape[1] // GATES, old.shape[2]
        gates = orthogonalise(nesterov.view(-1, GATES, cells, columns).to(self.dtype))
        moved = kept * old - rate * RMS * max(cells, columns) ** 0.5 * gates.view_as(old).to(old.dtype)
        if self.found_inf is not None:
            momentum = torch.where(self.found_inf > 0, before, momentum)
            moved = torch.where(self.found_inf > 0, old, moved)
        for (p, _), memory, new, mean in zip(group, memories, moved, momentum, strict=True):
            # a view would put all of them into each one's checkpoint
            memory["momentum_buffer"] = mean.clone()
            p[:, :columns] = new


def _gradient(p: Tensor) -> Tensor:
    assert p.grad is not None
    return p.grad


def orthogonalise(matrices: Tensor) -> Tensor:
    """Return `matrices` (…, m, n) with the same singular vectors and singular values near 1.

    Newton-Schulz iteration with coefficients that trade exactness for speed (Jordan et al.). Tiny singular
    values stay below 1.
    """
    a, b, c = COEFFICIENTS
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x
