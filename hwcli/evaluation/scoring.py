"""Scores of whole lines by a protocol of hwcli.protocols: teacher-forced, without dropout, in float32.

The NumPy engine runs the network. It only goes forward, so nothing is kept over time and memory does not
grow with the lines. Groups of lines run side by side in threads, each with its own products: with products on
several threads, all of these would wait for each other at every step. hwcli.training.validation does the same
on GPUs, in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from threading import Event, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.console import Reporter
from hwcli.dataset.epochs.batches import ArrayBatch, groups_by_length, whole_lines
from hwcli.dataset.epochs.told_sources import NONE, ToldSources
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.engine.cell_mass import mass_loss
from hwcli.engine.log_loss import log_loss, squared_error
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.threads import cores, run_in_threads
from hwcli.evaluation.scores import LineScores
from hwcli.model.file import ModelFile
from hwcli.model.shape import PEN
from hwcli.normalisation import Normalisation
from hwcli.protocols import GRAVES, Protocol

LANES = 256  # lines per group: more make the products no faster
GROUPS = 3  # at least so many per thread, so that the threads end at about the same time
POINTS = 300_000  # per group: bounds the memory of its arrays
TOGETHER = 8192  # points whose cost is computed together
ENDED = 0.1  # share of the lanes whose lines have ended at which the engine goes on without them

Array = NDArray[np.floating[Any]]
# nats (points,) from outputs (6 m + 1, points), targets (points, 3), weights (points,) of offset and
# end-of-stroke, sigma_min (2,)
Cost = Callable[[Array, Array, Array, Array, Array], Array]
# first step, number of steps, and nats and squared errors, (2, lanes), of those first lanes whose lines have
# not ended, summed over these steps
Sums = Iterable[tuple[int, int, NDArray[np.float64]]]


def score_lines(
    model: ModelFile,
    dataset: Dataset,
    lines: Sequence[int],
    batch_size: int | None = None,
    texts: LineTexts | None = None,
    protocol: Protocol = GRAVES,
    told: ToldSources | None = None,
    report: Reporter | None = None,
    threads: int | None = None,
) -> LineScores:
    """Return what each of `lines` costs, in their order, in the units of the model's normalisation.

    A synthesis network needs the lines' `texts`, one that is told sources those, `told`. `batch_size` is the
    number of lines processed together; None chooses it. `report` receives the points done and all points.
    `threads` is the number of cores to use; None uses all.
    """
    threads = threads or cores()
    share = -(-len(lines) // (GROUPS * threads)) if threads > 1 else LANES
    groups = groups_to_score(dataset, lines, POINTS, batch_size or min(share, LANES), told)
    norm = model.normalisation
    sums = _Scorer(model, told, cost_of(protocol, dataset, norm))
    return scores_of_groups(dataset, lines, groups, norm, sums, threads, texts, told, report)


def cost_of(protocol: Protocol, dataset: Dataset, norm: Normalisation) -> Cost:
    """Return what a point of `dataset` costs by `protocol`, for a network with the normalisation `norm`."""
    if not protocol.by_mass:
        return log_loss
    half = [0.5 * dataset.normalisation.resolution / std for std in norm.std]
    return partial(mass_loss, half_cell=np.array(half))


def groups_to_score(
    dataset: Dataset, lines: Sequence[int], points: int, most: int, told: ToldSources | None
) -> list[list[int]]:
    """Return `groups_by_length`; the lines of a group are all of one source that the network is told."""
    if told is None:
        return groups_by_length(dataset, lines, points, most)
    parts = [[line for line in lines if told.of_line[line] == one] for one in range(NONE, len(told.names))]
    return [group for part in parts for group in groups_by_length(dataset, part, points, most)]


def scores_of_groups(
    dataset: Dataset,
    lines: Sequence[int],
    groups: Sequence[list[int]],
    norm: Normalisation,
    sums: Callable[[ArrayBatch], Sums],
    threads: int,
    texts: LineTexts | None,
    told: ToldSources | None,
    report: Reporter | None,
) -> LineScores:
    """Return what each of `lines` costs by `sums`, which gets the batches of `groups`, in `threads`."""
    scores = LineScores.zeros(dataset.lengths[list(lines)])
    place = {line: i for i, line in enumerate(lines)}
    progress = _Progress(int(scores.points.sum()), report)

    def score(group: list[int], stop: Event) -> None:
        batch = whole_lines(dataset, group, norm, texts, told)
        totals = np.zeros((2, len(group)))
        with np.errstate(all="ignore"):  # a network that diverges has a score of NaN, without warnings
            for begin, steps, part in sums(batch):
                totals[:, : part.shape[1]] += part
                progress.add(int(batch.eos_weight[begin : begin + steps].sum()))
                if stop.is_set():
                    return
        where = [place[line] for line in group]
        scores.nats[where], scores.squared_errors[where] = totals

    run_in_threads(score, groups, threads)
    return scores


def sums_of_points(
    raw: Array, batch: ArrayBatch, begin: int, lanes: int, cost: Cost, sigma_min: Array
) -> NDArray[np.float64]:
    """Return nats and squared errors, (2, lanes), summed over the steps of `raw` (6 m + 1, steps, lanes).

    These are the steps from `begin` on of the first lanes of `batch`.
    """
    outputs, steps = raw.reshape(len(raw), -1), raw.shape[1]
    part = slice(begin, begin + steps), slice(lanes)
    targets = batch.targets[part].reshape(-1, 3)
    offset_weight, eos_weight = (w[part].ravel() for w in (batch.offset_weight, batch.eos_weight))
    nats = cost(outputs, targets, offset_weight, eos_weight, sigma_min)
    errors = squared_error(outputs, targets, offset_weight)
    by_step = np.stack([nats, errors]).reshape(2, steps, lanes)
    sums: NDArray[np.float64] = by_step.sum(1, dtype=np.float64)
    return sums


class _Scorer:
    """Runs the engine; ended lanes are dropped from time to time."""

    def __init__(self, model: ModelFile, told: ToldSources | None, cost: Cost) -> None:
        # made here, once for all threads: only for sources that a line has
        one_hot = np.eye(model.shape.sources)
        self.by_source = {NONE: Weights.of(model)}
        if told is not None:
            known = set(told.of_line.tolist()) - {NONE}
            self.by_source |= {source: Weights.of(model, told=one_hot[source]) for source in known}
        self.cost, self.sigma_min = cost, np.array(model.normalisation.sigma_min)

    def __call__(self, batch: ArrayBatch) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        told = batch.inputs[0, 0, PEN:]
        weights = self.by_source[int(told.argmax()) if told.any() else NONE]
        texts = None if batch.text is None else list(batch.text.codes[0].T)
        lengths = batch.eos_weight.sum(0)  # of the lanes, the longest first
        lanes, step, engine = len(lengths), 0, None
        while step < len(batch.inputs):
            running = int((lengths > step).sum())
            if engine is None or running <= (1 - ENDED) * lanes:
                lanes = running
                # the longest lines come first
                engine = engine.part(np.arange(lanes)) if engine else Engine(weights, lanes, texts)
            steps = min(max(TOGETHER // lanes, 1), len(batch.inputs) - step)
            raw = np.empty((weights.shape.outputs, steps, lanes), np.float32)
            for k in range(steps):
                raw[:, k] = engine.step(batch.inputs[step + k, :lanes, :PEN].T)
            yield step, steps, sums_of_points(raw, batch, step, lanes, self.cost, self.sigma_min)
            step += steps


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
