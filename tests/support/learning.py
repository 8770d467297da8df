"""Single steps of learning for tests."""

from __future__ import annotations

import torch

from hwcli.config.sections import ModelConfig, TrainConfig
from hwcli.dataset.batches import Epoch
from hwcli.model.shape import Shape
from hwcli.network.network import Network
from hwcli.training.learner import Learner
from hwcli.training.loss import Batch
from hwcli.training.prefetch import feed
from hwcli.training.processes import ALONE

CPU = torch.device("cpu")


def learner(data, dropout=0.0, **settings) -> Learner:
    network = Network(Shape.of(ModelConfig(2, 12, 3, skip=True)), data.normalisation.sigma_min, dropout)
    network.initialise(torch.Generator().manual_seed(1))
    return Learner(network.train(), TrainConfig(**settings), False, 7, ALONE)


def batches(data, lanes=3, window=8, part=slice(None)) -> list[Batch]:
    return list(feed(Epoch(data, data.split("train"), lanes, window, 1, 0, part), 0, CPU))


def weights(network) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def same(a, b) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def learn(who: Learner, some: list[Batch], rate=0.01) -> list[torch.Tensor]:
    state = who.network.zero_state(some[0].inputs.shape[1])
    numbers = []
    for k, batch in enumerate(some):
        state, told = who.step(batch, state, k, rate)
        numbers.append(told)
    return numbers
