"""The log-loss of whole lines by the protocol of hwcli.evaluation, computed by torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hwcli.dataset.batches import padded_batches
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.evaluation import Evaluation
from hwcli.network.mixture import mean_offset, mixture
from hwcli.network.network import Network
from hwcli.normalisation import Normalisation
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import log_loss
from hwcli.training.processes import SINGLE, Processes


@torch.no_grad()
def evaluate(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    processes: Processes = SINGLE,
    texts: LineTexts | None = None,
) -> Evaluation:
    """Score `lines` teacher-forced, without dropout, in float32.

    The `processes` share the lines, and all get the result. `norm` is the normalisation that the network was
    trained with, the unit of the result; `batch_size` None chooses it by line length. The network's training
    or evaluation mode is restored afterwards.
    """
    device = network.output.weight.device
    was_training = network.training
    network.eval()
    sums = torch.zeros(3, dtype=torch.float64, device=device)  # nats, squared error, points
    for arrays in padded_batches(
        dataset, lines[processes.rank :: processes.size], norm, batch_size=batch_size, texts=texts
    ):
        batch = Batch.of(arrays, device)
        raw, _ = network(batch.inputs, batch.reset, network.zero_state(batch.inputs.shape[1]), batch.text)
        sums[0] += log_loss(raw, batch, network.sigma_min).sum(dtype=torch.float64)
        error = batch.targets[..., :2] - mean_offset(mixture(raw, network.sigma_min))
        sums[1] += ((error**2).sum(-1) * batch.offset_weight).sum(dtype=torch.float64)
        sums[2] += batch.points
    network.train(was_training)
    nats, sse, points = processes.all_reduce(sums).tolist()
    return Evaluation.of(nats, sse, len(lines), int(points))
