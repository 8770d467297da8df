"""Single optimisation steps for tests."""

from __future__ import annotations

import torch

from hwcli.config.sections import ModelConfig, TrainConfig
from hwcli.dataset.epochs.batches import Epoch
from hwcli.model.shape import Shape
from hwcli.network.network import Network
from hwcli.training.batch_tensors import Batch
from hwcli.training.learner import Learner
from hwcli.training.prefetch import prefetch
from hwcli.training.processes import SINGLE

CPU = torch.device("cpu")
HIDDEN = 12  # cells per layer


def learner(data, dropout=0.0, **settings) -> Learner:
    """A learner of a small network with two layers; its settings are the defaults, except for those given."""
    network = Network(Shape.of(ModelConfig(2, HIDDEN, 3, skip=True)), data.normalisation.sigma_min, dropout)
    network.initialise(torch.Generator().manual_seed(1))
    return Learner(network.train(), TrainConfig(**settings), False, 7, SINGLE)


def batches(data, lanes=3, window=8, part=slice(None)) -> list[Batch]:
    """The batches of one epoch."""
    return list(prefetch(Epoch(data, data.split("train"), lanes, window, 1, 0, part), 0, CPU))


def weights(network) -> list[torch.Tensor]:
    """A copy of the network's parameters."""
    return [p.detach().clone() for p in network.parameters()]


def same(a, b) -> bool:
    """Whether two sequences of tensors are equal, bit for bit."""
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def run_steps(learner: Learner, some: list[Batch], rate=0.01) -> list[torch.Tensor]:
    """Take one step per batch and return the results, each (3,)."""
    state = learner.network.zero_state(some[0].inputs.shape[1])
    results = []
    for k, batch in enumerate(some):
        state, result = learner.step(batch, state, k, rate)
        results.append(result)
    return results
