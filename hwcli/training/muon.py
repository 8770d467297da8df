"""Muon: AdamW, except that the large LSTM matrices move by orthogonalised momentum.

K. Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks". The step size follows Liu et
al. 2025 (arXiv 2502.16982): entry by entry it is as large as Adam's typically is, so that one learning rate
and one weight decay serve both.

Muon moves the weights from cells to cells: the recurrent ones and those from the layer below, each of the
four gates as a matrix of its own. The pen's columns, the biases, the output and the first layer's input
weights move by AdamW. (torch.optim.Muon only takes whole parameters, and nn.LSTM stores the four gates, the
pen's columns and the reset column in one.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from hwcli.network.network import Network

MOMENTUM = 0.95
RMS = 0.2  # of the entries of a step, relative to the learning rate; Adam's is about the same
ITERATIONS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the odd polynomial that moves singular values towards 1


class Muon(torch.optim.AdamW):
    """AdamW for a `Network`, with Muon for its square matrices; `bfloat16` orthogonalises in that type."""

    found_inf: Tensor | None = None  # if it is 1, a step changes nothing, including the momentum

    def __init__(self, network: Network, lr: float, weight_decay: float, bfloat16: bool) -> None:
        super().__init__(network.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
        self.hidden = network.shape.hidden
        self.dtype = torch.bfloat16 if bfloat16 else torch.float32
        names = [
            (lstm, name)
            for layer, lstm in enumerate(network.layers)
            for name in ("weight_ih_l0", "weight_hh_l0")[layer == 0 :]
        ]
        # the cells' columns come first, then the pen's and the reset's
        self.matrices = [lstm.get_parameter(name) for lstm, name in names]

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # closures are not supported
        """Take one step with the gradients in `grad`."""
        group = self.param_groups[0]
        rate, kept = group["lr"], 1 - group["lr"] * group["weight_decay"]
        old = torch.stack([p[:, : self.hidden] for p in self.matrices])
        super().step(closure)
        memories = [self.state[p] for p in self.matrices]
        if "momentum_buffer" not in memories[0]:
            for memory, like in zip(memories, old, strict=True):
                memory["momentum_buffer"] = torch.zeros_like(like)
        before = torch.stack([memory["momentum_buffer"] for memory in memories])
        gradient = torch.stack([_gradient(p)[:, : self.hidden] for p in self.matrices])
        momentum = before.lerp(gradient, 1 - MOMENTUM)
        nesterov = gradient.lerp(momentum, MOMENTUM)
        gates = orthogonalise(nesterov.view(-1, 4, self.hidden, self.hidden).to(self.dtype))
        moved = kept * old - rate * RMS * self.hidden**0.5 * gates.view_as(old).to(old.dtype)
        if self.found_inf is not None:
            momentum = torch.where(self.found_inf > 0, before, momentum)
            moved = torch.where(self.found_inf > 0, old, moved)
        for p, memory, new, mean in zip(self.matrices, memories, moved, momentum, strict=True):
            memory["momentum_buffer"] = (
                mean.clone()
            )  # a view would put all of them into each one's checkpoint
            p[:, : self.hidden] = new


def _gradient(p: Tensor) -> Tensor:
    assert p.grad is not None
    return p.grad


def orthogonalise(matrices: Tensor) -> Tensor:
    """Return `matrices` (…, n, n) with the same singular vectors and singular values near 1.

    Newton-Schulz iteration with coefficients that trade exactness for speed (Jordan et al.). Tiny singular
    values stay below 1.
    """
    a, b, c = COEFFICIENTS
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x
