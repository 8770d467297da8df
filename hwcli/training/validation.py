"""Scores of whole lines by one of the protocols of hwcli.protocols, computed by all processes of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from hwcli.console import Reporter
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.evaluation import Evaluation, LineScores
from hwcli.network.cell_mass import mass_loss
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.network import Network
from hwcli.normalisation import Normalisation
from hwcli.protocols import GRAVES, Protocol
from hwcli.training.line_scores import Cost, score_lines
from hwcli.training.processes import SINGLE, Processes


def evaluate(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    processes: Processes = SINGLE,
    texts: LineTexts | None = None,
    protocol: Protocol = GRAVES,
    report: Reporter | None = None,
) -> Evaluation:
    """Score `lines` teacher-forced, without dropout, in float32; return the means over them.

    The `processes` share the lines, and all get the result. `norm` is the normalisation that the network was
    trained with, the unit of the result; `batch_size` None chooses it. `report` receives this process's
    progress. The network's training or evaluation mode is restored afterwards.
    """
    device = network.output.weight.device
    own = slice(processes.rank, None, processes.size)
    was_training = network.training
    network.eval()
    cost = _cost(protocol, dataset, norm, device)
    scores = score_lines(network, dataset, lines[own], norm, batch_size, texts, cost, report)
    network.train(was_training)
    if processes.size > 1:
        full = torch.zeros(2, len(lines), dtype=torch.float64, device=device)
        full[:, own] = torch.from_numpy(np.stack([scores.nats, scores.squared_errors])).to(device)
        nats, squares = processes.all_reduce(full).cpu().numpy()
        scores = LineScores(nats, squares, dataset.lengths[list(lines)])
    return scores.mean()


def _cost(protocol: Protocol, dataset: Dataset, norm: Normalisation, device: torch.device) -> Cost:
    if not protocol.by_mass:
        return fused_log_loss
    half = [0.5 * dataset.normalisation.resolution / std for std in norm.std]
    return partial(mass_loss, half_cell=torch.tensor(half, dtype=torch.float64, device=device))
