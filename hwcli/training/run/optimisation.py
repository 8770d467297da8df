"""The second half of an optimisation step: gradient, clipping, optimiser, running average of the weights.

A step never waits for the device. Its loss, its gradient norm and whether both were finite stay there as a
tensor until they are read, so on a GPU the next step is queued while this one runs. A step whose loss or
gradient is not finite, or whose gradient has exploded, changes no weight: the fused optimiser reads the same
tensor as `found_inf`, the attribute that torch's gradient scaler sets.
"""

from __future__ import annotations

import copy
import math
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from hwcli.config.sections import TrainConfig
from hwcli.training.processes import Processes

# Norm of the gradient of a mean loss that has exploded: even clipped, it is a step in no good direction.
# Healthy runs stay below 100.
EXPLODED = 1e6

N = TypeVar("N", bound=nn.Module)


class Optimisation(Generic[N]):
    """A network with its optimiser and the average of its weights, identical in all processes."""

    def __init__(
        self,
        network: N,
        optimiser: torch.optim.Optimizer,
        config: TrainConfig,
        seed: int,
        processes: Processes,
    ) -> None:
        self.network, self.optimiser, self.config = network, optimiser, config
        self.seed, self.processes = seed, processes
        self.device = next(network.parameters()).device
        self.average = copy.deepcopy(network).requires_grad_(False) if config.average else None
        for module in self.average.modules() if self.average else ():
            if isinstance(module, nn.LSTM):
                module.flatten_parameters()  # a copy is not
        self.generator = torch.Generator(self.device)

    @property
    def result(self) -> N:
        """The network to validate, save and sample from: the averaged one if there is one."""
        return self.average or self.network

    def prepare(self, number: int, rate: float) -> None:
        """Set the learning rate, and seed the dropout of step `number`, counted from 0."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        seed = np.random.SeedSequence([self.seed, number, self.processes.rank])
        self.generator.manual_seed(int(seed.generate_state(1, np.uint64)[0] >> 1))

    def descend(self, nats: Tensor, units: int, number: int) -> Tensor:
        """Take step `number` down the gradient of `nats` / `units`; return a tensor (3,) of results.

        `nats` is this process's part of the batch's loss, `units` counts what all of it is a mean over. The
        results are the batch's nats summed over all processes, the norm of the whole gradient, and 1 if the
        step was skipped, otherwise 0.
        """
        self.optimiser.zero_grad(set_to_none=True)
        # DistributedDataParallel averages over the processes; the loss is the mean over all units
        mean = nats * (self.processes.size / max(units, 1))
        mean.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip or math.inf)
        total = self.processes.all_reduce(nats.detach().clone())
        skipped = (~(total.isfinite() & (norm < EXPLODED))).float()
        self.optimiser.found_inf = skipped  # type: ignore[attr-defined]  # as torch's gradient scaler does
        self.optimiser.step()
        self.settle(self.network)
        if self.average is not None:
            self._update_average(self.average, number)
        return torch.stack([total, norm, skipped])

    def settle(self, network: N) -> None:
        """Restore what an update of the weights must not change; by default there is nothing."""

    @torch.no_grad()
    def _update_average(self, average: N, number: int) -> None:
        # a shorter average at first, or the initial weights would count for too long
        decay = min(self.config.average, (1 + number) / (10 + number))
        torch._foreach_lerp_(list(average.parameters()), list(self.network.parameters()), 1 - decay)
        self.settle(average)
