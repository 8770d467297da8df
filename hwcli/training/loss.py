"""The log-loss of windows, Graves 2013 equation 26, and of whole lines by the protocol `graves`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hwcli.dataset.store import Dataset, Normalisation
from hwcli.dataset.windows import Window, padded_batches
from hwcli.model.mixture import eos_log_probability, mean_offset, mixture, offset_log_density
from hwcli.model.network import Network, State


@dataclass(frozen=True)
class Batch:
    """A window's arrays on the device of the network."""

    inputs: Tensor
    reset: Tensor
    targets: Tensor
    offset_weight: Tensor
    eos_weight: Tensor

    @classmethod
    def of(cls, window: Window, device: torch.device) -> Batch:
        """Move a window over; from pinned memory, so that a GPU need not wait for it."""

        def move(array: np.ndarray) -> Tensor:
            tensor = torch.from_numpy(array)
            if device.type == "cuda":
                return tensor.pin_memory().to(device, non_blocking=True)
            return tensor

        return cls(*(move(getattr(window, name)) for name in cls.__dataclass_fields__))


def log_loss(raw: Tensor, batch: Batch, sigma_min: Tensor) -> Tensor:
    """Nats at every step, (time, batch): the offset's and the end-of-stroke's, where they are targets."""
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, batch.targets[..., :2]) * batch.offset_weight
    eos = eos_log_probability(mix, batch.targets[..., 2]) * batch.eos_weight
    return -(offset + eos)


@dataclass(frozen=True)
class Evaluation:
    """The protocol `graves` over whole lines.

    Offsets normalised by axis to mean 0 and standard deviation 1; for each line the offsets of points 2…T
    given those before plus the end-of-stroke terms, summed; no component narrower than half a grid step.
    """

    nats_per_sequence: float
    nats_per_point: float
    sse_per_point: float  # squared distance to the mixture's mean, in normalised units
    lines: int
    points: int


@torch.no_grad()
def evaluate(network: Network, dataset: Dataset, lines: Sequence[int], norm: Normalisation) -> Evaluation:
    """Score `lines` teacher-forced, dropout off, in float32; the network is left in the mode it was in.

    `norm` is the one that the network was trained with, and the unit of the result.
    """
    device = network.output.weight.device
    was_training = network.training
    network.eval()
    nats = sse = 0.0
    points = 0
    for window in padded_batches(dataset, lines, norm):
        batch = Batch.of(window, device)
        raw, _ = network(batch.inputs, batch.reset, network.zero_state(batch.inputs.shape[1]))
        nats += float(log_loss(raw, batch, network.sigma_min).sum(dtype=torch.float64))
        error = batch.targets[..., :2] - mean_offset(mixture(raw, network.sigma_min))
        sse += float(((error**2).sum(-1) * batch.offset_weight).sum(dtype=torch.float64))
        points += int(window.eos_weight.sum())
    network.train(was_training)
    n = max(points, 1)
    return Evaluation(nats / max(len(lines), 1), nats / n, sse / n, len(lines), points)


def window_loss(
    network: Network, batch: Batch, state: State, bfloat16: bool, generator: torch.Generator
) -> tuple[Tensor, State]:
    """The mean log-loss a point of one training window, and the state to carry on."""
    raw, after = network(batch.inputs, batch.reset, state, bfloat16=bfloat16, generator=generator)
    total = log_loss(raw, batch, network.sigma_min).sum()
    return total / batch.eos_weight.sum().clamp(min=1), after
