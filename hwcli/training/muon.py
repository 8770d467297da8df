"""Muon: AdamW, but the large matrices of the LSTM move by orthogonalised momentum.

K. Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the size of its steps after
Liu et al. 2025 (arXiv 2502.16982): as large, entry by entry, as Adam's typically are, so that one learning
rate and one weight decay serve both.

Which weights are meant: those from cells to cells, recurrent and from the layer below, each of the four gates
a matrix of its own. The pen's columns, the biases and the output move by AdamW, as does everything in the
first layer that is not recurrent. (torch.optim.Muon takes whole parameters only, and nn.LSTM holds the four
gates, the pen's columns and the reset's in one.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from hwcli.network.network import Network

MOMENTUM = 0.95
RMS = 0.2  # of a step's entries, times the learning rate: what Adam's have
STEPS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the odd polynomial that draws singular values towards 1


class Muon(torch.optim.AdamW):
    """Takes the place of AdamW for a `Network`; `bfloat16` orthogonalises in that type.

    Where the attribute `found_inf` is 1 a step changes nothing, momentum included.
    """

    found_inf: Tensor | None = None

    def __init__(self, network: Network, lr: float, weight_decay: float, bfloat16: bool) -> None:
        super().__init__(network.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
        self.hidden = network.shape.hidden
        self.dtype = torch.bfloat16 if bfloat16 else torch.float32
        names = [
            (lstm, name)
            for layer, lstm in enumerate(network.layers)
            for name in ("weight_ih_l0", "weight_hh_l0")[layer == 0 :]
        ]
        # the cells' columns stand first; after them the pen's and the reset's
        self.matrices = [lstm.get_parameter(name) for lstm, name in names]

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure: the loss is known
        """One step from the gradients that lie in `grad`."""
        group = self.param_groups[0]
        rate, kept = group["lr"], 1 - group["lr"] * group["weight_decay"]
        before = [p[:, : self.hidden].clone() for p in self.matrices]
        super().step(closure)
        for p, old in zip(self.matrices, before, strict=True):
            assert p.grad is not None
            gradient, memory = p.grad[:, : self.hidden], self.state[p]
            momentum = memory.get("momentum_buffer")
            momentum = torch.zeros_like(old) if momentum is None else momentum
            fresh = momentum.lerp(gradient, 1 - MOMENTUM)
            ahead = gradient.lerp(fresh, MOMENTUM)  # Nesterov's
            gates = orthogonal(ahead.view(4, self.hidden, self.hidden).to(self.dtype))
            moved = kept * old - rate * RMS * self.hidden**0.5 * gates.view_as(old).to(old.dtype)
            if self.found_inf is not None:
                fresh = torch.where(self.found_inf > 0, momentum, fresh)
                moved = torch.where(self.found_inf > 0, old, moved)
            memory["momentum_buffer"] = fresh
            p[:, : self.hidden] = moved


def orthogonal(matrices: Tensor) -> Tensor:
    """`matrices` (…, n, n) with their singular vectors, and singular values near 1 (tiny ones less).

    Newton and Schulz's iteration with coefficients that trade exactness for speed (Jordan et al.).
    """
    a, b, c = COEFFICIENTS
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for _ in range(STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x
