"""Scores of whole lines by a network in training: teacher-forced, without dropout, in float32.

On the CPU, hwcli.evaluation.scoring runs it in NumPy, as in `hw evaluate`. On a GPU, PyTorch runs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hwcli.console import Reporter
from hwcli.dataset.epochs.batches import ArrayBatch
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.evaluation import scoring
from hwcli.evaluation.scores import Evaluation, LineScores
from hwcli.evaluation.scoring import LANES, Cost, cost_of, groups_to_score, scores_of_groups, sums_of_points
from hwcli.model.file import ModelFile
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import mean_of_outputs
from hwcli.network.network import Network
from hwcli.network.window_steps import Text
from hwcli.normalisation import Normalisation
from hwcli.protocols import GRAVES, Protocol
from hwcli.training.processes import SINGLE, Processes

POINTS = 1_000_000  # per group: bounds the memory of its arrays
STEPS = 128  # computed together: always as many, so that they can be replayed


def evaluate(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    processes: Processes = SINGLE,
    texts: LineTexts | None = None,
    protocol: Protocol = GRAVES,
    told: ToldSources | None = None,
    report: Reporter | None = None,
) -> Evaluation:
    """Score `lines` teacher-forced, without dropout, in float32; return the means over them.

    The `processes` share the lines, and all get the result. `norm` is the normalisation that the network was
    trained with, the unit of the result; `batch_size` None chooses it. `report` receives this process's
    progress. The network's training or evaluation mode is restored afterwards.
    """
    device = network.output.weight.device
    own = slice(processes.rank, None, processes.size)
    how = (norm, batch_size, texts, protocol, told, report)
    if device.type == "cpu":
        model = ModelFile(network.shape, norm, network.tensors())
        threads = torch.get_num_threads()
        scores = scoring.score_lines(model, dataset, lines[own], *how[1:], threads=threads)
    else:
        scores = score_in_torch(network, dataset, lines[own], *how)
    if processes.size > 1:
        full = torch.zeros(2, len(lines), dtype=torch.float64, device=device)
        full[:, own] = torch.from_numpy(np.stack([scores.nats, scores.squared_errors])).to(device)
        nats, squares = processes.all_reduce(full).cpu().numpy()
        scores = LineScores(nats, squares, dataset.lengths[list(lines)])
    return scores.mean()


def score_in_torch(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    texts: LineTexts | None = None,
    protocol: Protocol = GRAVES,
    told: ToldSources | None = None,
    report: Reporter | None = None,
) -> LineScores:
    """Return what each of `lines` costs, by the network in PyTorch on its device.

    The arguments are those of `hwcli.evaluation.scoring.score_lines`.
    """
    groups = groups_to_score(dataset, lines, POINTS, batch_size or LANES, told)
    by_mass = cost_of(protocol, dataset, norm) if protocol.by_mass else None
    was_training = network.training
    try:
        with torch.no_grad(), _without_tf32():
            sums = _Scorer(network.eval(), by_mass)
            return scores_of_groups(dataset, lines, groups, norm, sums, 1, texts, told, report)
    finally:
        network.train(was_training)


class _Scorer:
    """Runs the network on STEPS steps at once. The cost `by_mass` is computed in NumPy."""

    def __init__(self, network: Network, by_mass: Cost | None) -> None:
        self.network, self.device = network, network.output.weight.device
        self.by_mass, self.sigma_min = by_mass, network.sigma_min

    def __call__(self, batch: ArrayBatch) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        steps, lanes, columns = batch.inputs.shape
        state = self.network.zero_state(lanes)
        text = None if batch.text is None else Text(torch.from_numpy(batch.text.codes).to(self.device), (0,))
        for begin in range(0, steps, STEPS):
            count = min(STEPS, steps - begin)
            inputs = torch.zeros(STEPS, lanes, self.network.shape.row)  # sources that are not told are 0
            reset = torch.zeros(STEPS, lanes)
            inputs[:count, :, :columns] = torch.from_numpy(batch.inputs[begin : begin + count])
            raw, state = self.network(inputs.to(self.device), reset.to(self.device), state, text)
            yield begin, count, self._sums(raw[:count], batch, begin)

    def _sums(self, raw: Tensor, batch: ArrayBatch, begin: int) -> NDArray[np.float64]:
        """Return nats and squared errors, (2, lanes), summed over the steps of `raw` (steps, lanes, …)."""
        steps, lanes, _ = raw.shape
        if self.by_mass is not None:
            outputs = raw.movedim(-1, 0).contiguous().cpu().numpy()
            sigma_min = self.sigma_min.double().cpu().numpy()
            return sums_of_points(outputs, batch, begin, lanes, self.by_mass, sigma_min)
        arrays = (batch.targets, batch.offset_weight, batch.eos_weight)
        targets, offset_weight, eos_weight = (
            torch.from_numpy(array[begin : begin + steps]).to(raw.device) for array in arrays
        )
        nats = fused_log_loss(raw, targets, offset_weight, eos_weight, self.sigma_min)
        errors = ((targets[..., :2] - mean_of_outputs(raw)) ** 2).sum(-1) * offset_weight
        sums: NDArray[np.float64] = torch.stack([nats.double().sum(0), errors.double().sum(0)]).cpu().numpy()
        return sums


@contextmanager
def _without_tf32() -> Iterator[None]:
    """In the block, let cuDNN compute in float32."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
