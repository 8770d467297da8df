"""The log-loss of windows, Graves 2013 equation 26, and of whole lines by hwcli.evaluation's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hwcli.dataset.batches import ArrayBatch, padded_batches
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.evaluation import Evaluation
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import eos_log_probability, mean_offset, mixture, offset_log_density
from hwcli.network.network import Network
from hwcli.network.text_window import Text
from hwcli.normalisation import Normalisation
from hwcli.training.processes import ALONE, Processes


@dataclass(frozen=True)
class Batch:
    """A window's arrays on the device of the network."""

    inputs: Tensor
    reset: Tensor
    targets: Tensor
    offset_weight: Tensor
    eos_weight: Tensor
    points: int  # of the whole window, over the lanes of all processes
    text: Text | None = None  # what is written, for a network with a window over text

    @classmethod
    def of(cls, window: ArrayBatch, device: torch.device, points: int | None = None) -> Batch:
        """Move a window over; from pinned memory, so that a GPU need not wait for it."""

        def move(array: np.ndarray) -> Tensor:
            tensor = torch.from_numpy(array)
            if device.type == "cuda":
                return tensor.pin_memory().to(device, non_blocking=True)
            return tensor

        return cls(
            move(window.inputs),
            move(window.reset),
            move(window.targets),
            move(window.offset_weight),
            move(window.eos_weight),
            int(window.eos_weight.sum()) if points is None else points,
            None if window.text is None else Text(move(window.text.codes), window.text.begins),
        )


def log_loss(raw: Tensor, batch: Batch, sigma_min: Tensor) -> Tensor:
    """Nats at every step, (time, batch): the offset's and the end-of-stroke's, where they are targets."""
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, batch.targets[..., :2]) * batch.offset_weight
    eos = eos_log_probability(mix, batch.targets[..., 2]) * batch.eos_weight
    return -(offset + eos)


def learning_loss(raw: Tensor, batch: Batch, sigma_min: Tensor) -> Tensor:
    """`log_loss`, with its gradient computed in the same pass."""
    return fused_log_loss(raw, batch.targets, batch.offset_weight, batch.eos_weight, sigma_min)


@torch.no_grad()
def evaluate(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    processes: Processes = ALONE,
    texts: LineTexts | None = None,
) -> Evaluation:
    """Score `lines` teacher-forced, dropout off, in float32; the network is left in the mode it was in.

    `norm` is the one that the network was trained with, and the unit of the result. A batch has `batch_size`
    lines (None: as many as fit well). Several processes share the lines and all get the result. `texts` are
    for a network with a window over text.
    """
    device = network.output.weight.device
    was_training = network.training
    network.eval()
    sums = torch.zeros(3, dtype=torch.float64, device=device)  # nats, squared error, points
    for window in padded_batches(
        dataset, lines[processes.rank :: processes.size], norm, batch_size=batch_size, texts=texts
    ):
        batch = Batch.of(window, device)
        raw, _ = network(batch.inputs, batch.reset, network.zero_state(batch.inputs.shape[1]), batch.text)
        sums[0] += log_loss(raw, batch, network.sigma_min).sum(dtype=torch.float64)
        error = batch.targets[..., :2] - mean_offset(mixture(raw, network.sigma_min))
        sums[1] += ((error**2).sum(-1) * batch.offset_weight).sum(dtype=torch.float64)
        sums[2] += batch.points
    network.train(was_training)
    nats, sse, points = processes.add(sums).tolist()
    return Evaluation.of(nats, sse, len(lines), int(points))
