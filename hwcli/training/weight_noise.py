"""Training on perturbed weights, so that no weight can be tuned to single lines.

Gaussian noise on all weights (Graves 2013, section 4.2.1, without its adaptive part), and DropConnect on the
recurrent matrices (Wan et al. 2013; for LSTMs Merity et al. 2018, arXiv 1708.02182): a share of the recurrent
weights is 0, the others grow by as much. Both change once per step and are the same at all of its time steps.
The weights are changed in place and restored, so it works with every implementation of the layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from hwcli.network.network import Network


class WeightNoise:
    """Perturbs the weights of a network during the forward and the backward pass of a step."""

    def __init__(self, network: Network, deviation: float, drop: float) -> None:
        self.parameters = list(network.parameters()) if deviation else []
        self.recurrent = [lstm.get_parameter("weight_hh_l0") for lstm in network.layers] if drop else []
        self.deviation, self.drop, self.network = deviation, drop, network

    @contextmanager
    def perturbed(self, generator: torch.Generator) -> Iterator[None]:
        """Perturb the weights within the block; leave the gradients of the unperturbed ones in `grad`."""
        changed = self.parameters or self.recurrent
        before = [p.detach().clone() for p in changed]
        factors = self._perturb(generator)
        try:
            yield
        finally:
            with torch.no_grad():
                for p, old in zip(changed, before, strict=True):
                    p.copy_(old)
        for p, factor in zip(self.recurrent, factors, strict=True):
            if p.grad is not None:
                p.grad.mul_(factor)

    @torch.no_grad()
    def _perturb(self, generator: torch.Generator) -> list[Tensor]:
        """Change the weights; return the factors of the recurrent ones."""
        for p in self.parameters:
            noise = torch.empty_like(p).normal_(0, self.deviation, generator=generator)
            p.add_(noise)
        factors = []
        for p in self.recurrent:
            kept = torch.empty_like(p).uniform_(generator=generator) >= self.drop
            factors.append(kept / (1 - self.drop))
            p.mul_(factors[-1])
        if self.parameters:
            self.network.pin_reset()
        return factors
