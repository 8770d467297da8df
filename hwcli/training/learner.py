"""One optimisation step: loss, gradient, clipping, optimiser, and the running average of the weights.

A step never waits for the device. Its loss, its gradient norm and whether both were finite stay there as a
tensor until they are read, so on a GPU the next step is queued while this one runs. A step whose loss or
gradient is not finite changes no weight: the fused optimiser reads the same tensor as `found_inf`, the
attribute that torch's gradient scaler sets.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from hwcli.config.sections import TrainConfig
from hwcli.network.network import Network, State
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import training_loss
from hwcli.training.muon import Muon
from hwcli.training.processes import Processes

Loss = Callable[[Tensor, Batch, Tensor], Tensor]


class Learner:
    """A network with its optimiser and the average of its weights, identical in all processes."""

    def __init__(
        self, network: Network, config: TrainConfig, bfloat16: bool, seed: int, processes: Processes
    ) -> None:
        self.network, self.config, self.bfloat16 = network, config, bfloat16
        self.seed, self.processes = seed, processes
        self.device = network.output.weight.device
        self.distributed = processes.distribute(network)
        self.optimiser: torch.optim.AdamW
        if config.optimiser == "muon":
            self.optimiser = Muon(network, config.lr, config.weight_decay, bfloat16)
        else:
            self.optimiser = torch.optim.AdamW(
                network.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
            )
        self.average = copy.deepcopy(network).requires_grad_(False) if config.average else None
        for lstm in self.average.layers if self.average else ():
            lstm.flatten_parameters()  # a copy is not
        self.generator = torch.Generator(self.device)
        self.loss: Loss = training_loss

    @property
    def result(self) -> Network:
        """The network to validate, save and sample from: the averaged one if there is one."""
        return self.average or self.network

    def step(self, batch: Batch, state: State, number: int, rate: float) -> tuple[State, Tensor]:
        """Learn from one batch; return the state after it, and a tensor (3,) of results.

        The results are the batch's nats summed over all processes, the norm of the whole gradient, and 1 if
        the step was skipped, otherwise 0. `number`, counted from 0, and the seed determine the step's
        dropout; `rate` is the learning rate.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        seed = np.random.SeedSequence([self.seed, number, self.processes.rank])
        self.generator.manual_seed(int(seed.generate_state(1, np.uint64)[0] >> 1))
        raw, after = self.distributed(
            batch.inputs, batch.reset, state, batch.text, bfloat16=self.bfloat16, generator=self.generator
        )
        nats = self.loss(raw, batch, self.network.sigma_min).sum()
        self.optimiser.zero_grad(set_to_none=True)
        # DistributedDataParallel averages over the processes; the loss is the mean over all points
        mean = nats * (self.processes.size / max(batch.points, 1))
        mean.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip or math.inf)
        total = self.processes.all_reduce(nats.detach().clone())
        skipped = (~(total.isfinite() & norm.isfinite())).float()
        self.optimiser.found_inf = skipped  # type: ignore[attr-defined]  # as torch's gradient scaler does
        self.optimiser.step()
        self.network.pin_reset()
        if self.average is not None:
            self._update_average(number)
        return _restore_nonfinite_lanes(after, state), torch.stack([total, norm, skipped])

    @torch.no_grad()
    def _update_average(self, number: int) -> None:
        assert self.average is not None
        # a shorter average at first, or the initial weights would count for too long
        decay = min(self.config.average, (1 + number) / (10 + number))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)
        self.average.pin_reset()


def _restore_nonfinite_lanes(after: State, before: State) -> State:
    """Return the state `after` a step, with `before` in every lane that is not finite."""
    finite = torch.stack([t.isfinite().all(-1) for pair in after for t in pair]).all(0).unsqueeze(-1)
    return [
        (torch.where(finite, h, old_h), torch.where(finite, c, old_c))
        for (h, c), (old_h, old_c) in zip(after, before, strict=True)
    ]
