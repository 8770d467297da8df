"""One step of learning: loss, gradient, clipping, optimiser, and the running average of the weights.

Nothing here waits for the device: what is to be known of a step (its loss, its gradient's norm, whether both
were finite) stays there as a tensor until somebody asks. So on a GPU the next step is queued while this one
runs. A step without a finite loss and gradient changes no weight: the fused optimiser is told so by the same
tensor (`found_inf`, as a gradient scaler tells it).
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
from hwcli.training.loss import Batch, learning_loss
from hwcli.training.muon import Muon
from hwcli.training.processes import Processes

Loss = Callable[[Tensor, Batch, Tensor], Tensor]


class Learner:
    """A network that learns, in this process as in all that share it."""

    def __init__(
        self, network: Network, config: TrainConfig, bfloat16: bool, seed: int, processes: Processes
    ) -> None:
        self.network, self.config, self.bfloat16 = network, config, bfloat16
        self.seed, self.processes = seed, processes
        self.device = network.output.weight.device
        self.shared = processes.shared(network)
        self.optimiser: torch.optim.AdamW
        if config.optimiser == "muon":
            self.optimiser = Muon(network, config.lr, config.weight_decay, bfloat16)
        else:
            self.optimiser = torch.optim.AdamW(
                network.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
            )
        self.average = copy.deepcopy(network).requires_grad_(False) if config.average else None
        self.generator = torch.Generator(self.device)
        self.loss: Loss = learning_loss

    @property
    def result(self) -> Network:
        """The network to validate, keep and sample from: the average of the weights where there is one."""
        return self.average or self.network

    def step(self, batch: Batch, state: State, number: int, rate: float) -> tuple[State, Tensor]:
        """Learn from one window; gives the state to carry on and (3,) nats, gradient norm, 1 if skipped.

        `number` is the step's own, counted from 0: what is drawn at random in a step depends on it and the
        seed alone. The nats are the window's sum over all processes; the norm is of the whole gradient.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        seed = np.random.SeedSequence([self.seed, number, self.processes.rank])
        self.generator.manual_seed(int(seed.generate_state(1, np.uint64)[0] >> 1))
        raw, after = self.shared(
            batch.inputs, batch.reset, state, batch.text, bfloat16=self.bfloat16, generator=self.generator
        )
        nats = self.loss(raw, batch, self.network.sigma_min).sum()
        self.optimiser.zero_grad(set_to_none=True)
        # DistributedDataParallel takes the mean over the processes, and the loss is the mean over all points
        mean = nats * (self.processes.size / max(batch.points, 1))
        mean.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip or math.inf)
        total = self.processes.add(nats.detach().clone())
        skipped = (~(total.isfinite() & norm.isfinite())).float()
        self.optimiser.found_inf = skipped  # type: ignore[attr-defined]  # what a gradient scaler sets
        self.optimiser.step()
        self.network.pin_reset()
        if self.average is not None:
            self._move_average(number)
        return _last_whole(after, state), torch.stack([total, norm, skipped])

    @torch.no_grad()
    def _move_average(self, number: int) -> None:
        assert self.average is not None
        # in the first steps over fewer of them, or the average would remember the first weights for long
        keep = min(self.config.average, (1 + number) / (10 + number))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)
        self.average.pin_reset()


def _last_whole(after: State, before: State) -> State:
    """The state after a step, but where a lane of it blew up, the one before: it must not be carried on."""
    whole = torch.stack([t.isfinite().all(-1) for pair in after for t in pair]).all(0).unsqueeze(-1)
    return [
        (torch.where(whole, h, old_h), torch.where(whole, c, old_c))
        for (h, c), (old_h, old_c) in zip(after, before, strict=True)
    ]
