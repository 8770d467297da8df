"""One optimisation step of a reader."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from hwcli.config.sections import TrainConfig
from hwcli.network.reader_network import BLANK, ReaderNetwork
from hwcli.training.muon import Muon, reader_matrices
from hwcli.training.processes import SINGLE
from hwcli.training.reader.batches import ReaderBatch
from hwcli.training.run.optimisation import Optimisation

BETAS = (0.9, 0.98)  # of Adam: a shorter memory than usual; CTC's gradient changes when letters emerge


def ctc_loss(logs: Tensor, frames: Tensor, batch: ReaderBatch) -> Tensor:
    """Return the nats of each line's text, (lines,); 0 where it has more characters than frames."""
    return functional.ctc_loss(
        logs, batch.codes, frames, batch.sizes, BLANK, reduction="none", zero_infinity=True
    )


class ReaderLearner(Optimisation[ReaderNetwork]):
    """A reader with its optimiser and the average of its weights."""

    def __init__(self, network: ReaderNetwork, config: TrainConfig, seed: int) -> None:
        optimiser: torch.optim.AdamW
        if config.optimiser == "muon":
            matrices = reader_matrices(network)
            optimiser = Muon(network.parameters(), matrices, config.lr, config.weight_decay, betas=BETAS)
        else:
            optimiser = torch.optim.AdamW(
                network.parameters(), config.lr, BETAS, weight_decay=config.weight_decay, fused=True
            )
        super().__init__(network, optimiser, config, seed, SINGLE)
        self.loss: Callable[[Tensor, Tensor, ReaderBatch], Tensor] = ctc_loss
        self.losses: Tensor | None = None  # nats of each line of the last batch, (lines,)

    def step(self, batch: ReaderBatch, number: int, rate: float) -> Tensor:
        """Learn from one batch; return the results of `Optimisation.descend`.

        `number`, counted from 0, and the seed determine the step's dropout; `rate` is the learning rate.
        """
        self.prepare(number, rate)
        logs, frames = self.network(batch.steps, batch.lengths, self.generator)
        losses = self.loss(logs, frames, batch)
        self.losses = losses.detach()
        return self.descend(losses.sum(), batch.points, number)
