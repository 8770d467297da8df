"""One optimisation step of a network that writes: its loss, and the state after it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from hwcli.config.sections import TrainConfig
from hwcli.network.network import Network, State
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import training_loss
from hwcli.training.muon import Muon, square_matrices
from hwcli.training.processes import Processes
from hwcli.training.run.optimisation import Optimisation

Loss = Callable[[Tensor, Batch, Tensor], Tensor]


class Learner(Optimisation[Network]):
    """A network that writes, with its optimiser and the average of its weights."""

    def __init__(
        self, network: Network, config: TrainConfig, bfloat16: bool, seed: int, processes: Processes
    ) -> None:
        self.bfloat16 = bfloat16
        self.distributed = processes.distribute(network)
        optimiser: torch.optim.AdamW
        if config.optimiser == "muon":
            optimiser = Muon(
                network.parameters(), square_matrices(network), config.lr, config.weight_decay, bfloat16
            )
        else:
            optimiser = torch.optim.AdamW(
                network.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
            )
        super().__init__(network, optimiser, config, seed, processes)
        self.loss: Loss = training_loss

    def step(self, batch: Batch, state: State, number: int, rate: float) -> tuple[State, Tensor]:
        """Learn from one batch; return the state after it, and the results of `Optimisation.descend`.

        `number`, counted from 0, and the seed determine the step's dropout; `rate` is the learning rate.
        """
        self.prepare(number, rate)
        raw, after = self.distributed(
            batch.inputs, batch.reset, state, batch.text, bfloat16=self.bfloat16, generator=self.generator
        )
        nats = self.loss(raw, batch, self.network.sigma_min).sum()
        results = self.descend(nats, batch.points, number)
        return _restore_nonfinite_lanes(after, state), results

    def settle(self, network: Network) -> None:
        """Keep the weights that read the reset where they belong."""
        network.pin_reset()


def _restore_nonfinite_lanes(after: State, before: State) -> State:
    """Return the state `after` a step, with `before` in every lane that is not finite."""
    finite = torch.stack([t.isfinite().all(-1) for pair in after for t in pair]).all(0).unsqueeze(-1)
    return [
        (torch.where(finite, h, old_h), torch.where(finite, c, old_c))
        for (h, c), (old_h, old_c) in zip(after, before, strict=True)
    ]
