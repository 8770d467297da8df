"""Scores of whole lines by a protocol of hwcli.protocols: teacher-forced, without dropout, in float32.

On the CPU, the NumPy engine runs the network. It only goes forward, so nothing is kept over time and memory
does not grow with the lines. Groups of lines run side by side in threads, each with its own products: with
products on several threads, all of these would wait for each other at every step. On a GPU, torch runs the
network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hwcli.console import Reporter
from hwcli.dataset.epochs.batches import ArrayBatch, groups_by_length, whole_lines
from hwcli.dataset.epochs.told_sources import NONE, ToldSources
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.threads import run_in_threads
from hwcli.evaluation import Evaluation, LineScores
from hwcli.model.file import ModelFile
from hwcli.model.shape import PEN
from hwcli.network.cell_mass import mass_loss
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import mean_of_outputs
from hwcli.network.network import Network
from hwcli.network.window_steps import Text
from hwcli.normalisation import Normalisation
from hwcli.protocols import GRAVES, Protocol
from hwcli.training.processes import SINGLE, Processes

LANES = 256  # lines per group on the CPU: more make the products no faster
GROUPS = 3  # at least so many per thread, so that the threads end at about the same time
CPU_POINTS, GPU_POINTS = 300_000, 1_000_000  # per group: bounds the memory of its arrays
TOGETHER = 8192  # points whose cost is computed together
STEPS = 128  # on a GPU, computed together: always as many, so that they can be replayed
ENDED = 0.1  # share of the lanes whose lines have ended at which the engine goes on without them

# nats (…) from outputs (…, 6 m + 1), targets (…, 3), weights (…) of offset and end-of-stroke, sigma_min (2,)
Cost = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
# first step, and outputs (steps, lanes, 6 m + 1) of those first lanes whose lines have not ended
Outputs = Iterable[tuple[int, Tensor]]


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
    was_training = network.training
    network.eval()
    cost = _cost(protocol, dataset, norm, device)
    scores = score_lines(network, dataset, lines[own], norm, batch_size, texts, cost, told, report)
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


def score_lines(
    network: Network,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    texts: LineTexts | None = None,
    cost: Cost = fused_log_loss,
    told: ToldSources | None = None,
    report: Reporter | None = None,
) -> LineScores:
    """Return what each of `lines` costs, in their order; `norm` is the normalisation of the network.

    A synthesis network needs the lines' `texts`, one that is told sources those, `told`. `batch_size` is the
    number of lines processed together; None chooses it. It uses as many threads as torch does. `report`
    receives the points done and all points.
    """
    scores = LineScores.zeros(dataset.lengths[list(lines)])
    place = {line: i for i, line in enumerate(lines)}
    progress = _Progress(int(scores.points.sum()), report)
    device = network.output.weight.device
    outputs: Callable[[ArrayBatch], Outputs]
    if device.type == "cpu":
        threads = torch.get_num_threads()
        share = -(-len(lines) // (GROUPS * threads)) if threads > 1 else LANES
        groups = _groups(dataset, lines, CPU_POINTS, batch_size or min(share, LANES), told)
        outputs = _OnCPU(ModelFile(network.shape, norm, network.tensors()), told)
    else:
        threads = 1
        groups = _groups(dataset, lines, GPU_POINTS, batch_size or LANES, told)
        outputs = _OnDevice(network, device)

    @torch.no_grad()  # a setting of the thread
    def score(group: list[int], stop: Event) -> None:
        batch = whole_lines(dataset, group, norm, texts, told)
        sums = np.zeros((2, len(group)))
        for begin, raw in outputs(batch):
            part = slice(begin, begin + raw.shape[0]), slice(raw.shape[1])
            sums[:, part[1]] += _sums(raw, batch, part, cost, network.sigma_min)
            progress.add(int(batch.eos_weight[part].sum()))
            if stop.is_set():
                return
        where = [place[line] for line in group]
        scores.nats[where], scores.squared_errors[where] = sums

    with _exact_on_one_thread():
        run_in_threads(score, groups, threads)
    return scores


def _sums(
    raw: Tensor, batch: ArrayBatch, part: tuple[slice, slice], cost: Cost, sigma_min: Tensor
) -> NDArray[np.float64]:
    """Return the lanes' nats and squared errors, (2, lanes), over the steps and lanes `part` of a batch."""
    targets, offset_weight, eos_weight = (
        torch.from_numpy(array[part]).to(raw.device)
        for array in (batch.targets, batch.offset_weight, batch.eos_weight)
    )
    nats = cost(raw, targets, offset_weight, eos_weight, sigma_min)
    errors = ((targets[..., :2] - mean_of_outputs(raw)) ** 2).sum(-1) * offset_weight
    sums: NDArray[np.float64] = torch.stack([nats.double().sum(0), errors.double().sum(0)]).cpu().numpy()
    return sums


def _groups(
    dataset: Dataset, lines: Sequence[int], points: int, most: int, told: ToldSources | None
) -> list[list[int]]:
    """Return `groups_by_length`; the lines of a group are all of one source that the network is told."""
    if told is None:
        return groups_by_length(dataset, lines, points, most)
    parts = [[line for line in lines if told.of_line[line] == one] for one in range(NONE, len(told.names))]
    return [group for part in parts for group in groups_by_length(dataset, part, points, most)]


class _OnCPU:
    """Runs the NumPy engine; ended lanes are dropped from time to time."""

    def __init__(self, model: ModelFile, told: ToldSources | None) -> None:
        # made here, once for all threads: only for sources that a line has
        one_hot = np.eye(model.shape.sources)
        self.by_source = {NONE: Weights.of(model)}
        if told is not None:
            known = set(told.of_line.tolist()) - {NONE}
            self.by_source |= {source: Weights.of(model, told=one_hot[source]) for source in known}

    def __call__(self, batch: ArrayBatch) -> Iterator[tuple[int, Tensor]]:
        told = batch.inputs[0, 0, PEN:]
        weights = self.by_source[int(told.argmax()) if told.any() else NONE]
        texts = None if batch.text is None else list(batch.text.codes[0].T)
        lengths = batch.eos_weight.sum(0)  # of the lanes, the longest first
        lanes, step, engine = len(lengths), 0, None
        while step < len(batch.inputs):
            running = int((lengths > step).sum())
            if engine is None or running <= (1 - ENDED) * lanes:
                lanes = running
                engine = _engine(weights, lanes, texts, engine)
            steps = min(max(TOGETHER // lanes, 1), len(batch.inputs) - step)
            raw = np.empty((weights.shape.outputs, steps, lanes), np.float32)  # as the loss reads them
            for k in range(steps):
                raw[:, k] = engine.step(batch.inputs[step + k, :lanes, :PEN].T)
            yield step, torch.from_numpy(raw).permute(1, 2, 0)
            step += steps


def _engine(
    weights: Weights, lanes: int, texts: Sequence[np.ndarray] | None, before: Engine | None
) -> Engine:
    """Return an engine for the first `lanes` lanes, in the state of the engine `before`."""
    engine = Engine(weights, lanes, texts and texts[:lanes])
    if before is not None:
        engine.state = before.state.part(slice(lanes))
    return engine


class _OnDevice:
    """Runs the network in torch, on STEPS steps at once."""

    def __init__(self, network: Network, device: torch.device) -> None:
        self.network, self.device = network, device

    def __call__(self, arrays: ArrayBatch) -> Iterator[tuple[int, Tensor]]:
        steps, lanes, columns = arrays.inputs.shape
        state = self.network.zero_state(lanes)
        text = (
            None if arrays.text is None else Text(torch.from_numpy(arrays.text.codes).to(self.device), (0,))
        )
        for begin in range(0, steps, STEPS):
            count = min(STEPS, steps - begin)
            inputs = torch.zeros(STEPS, lanes, self.network.shape.row)  # sources that are not told are 0
            reset = torch.zeros(STEPS, lanes)
            inputs[:count, :, :columns] = torch.from_numpy(arrays.inputs[begin : begin + count])
            raw, state = self.network(inputs.to(self.device), reset.to(self.device), state, text)
            yield begin, raw[:count]


class _Progress:
    """Adds up the points that several threads have done, and reports them."""

    def __init__(self, total: int, report: Reporter | None) -> None:
        self.done, self.total, self.report, self.lock = 0, total, report, Lock()

    def add(self, points: int) -> None:
        """Count `points`."""
        with self.lock:
            self.done += points
            if self.report is not None:
                self.report(self.done, self.total)


@contextmanager
def _exact_on_one_thread() -> Iterator[None]:
    """In the block and in threads started there, let torch compute on one thread each, and without TF32."""
    threads, tf32 = torch.get_num_threads(), torch.backends.cudnn.allow_tf32
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.cudnn.allow_tf32 = tf32
