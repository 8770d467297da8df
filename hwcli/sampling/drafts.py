"""Drawing samples in batches, and drawing those again whose text has faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hwcli.engine.loop import Plan, Trajectory
from hwcli.engine.lstm import IntArray, Weights
from hwcli.engine.threads import generate_in_threads
from hwcli.model.file import ModelFile
from hwcli.sampling.options import POINTS
from hwcli.sampling.proofread import proofread
from hwcli.sampling.target_text import TargetText
from renderers.ink import Fault, Trace

if TYPE_CHECKING:
    import torch

BATCH = 64  # samples that advance together; more gain little and hold more predictions in memory
BATCH_CUDA = 4096
FIRST = 8  # samples in the first batch, so that a reader who waits soon gets something
HELD = 1 << 28  # bytes of mixture vectors that a batch may hold


@dataclass(frozen=True)
class Job:
    """One sample to draw."""

    number: int  # counted over all samples
    target: TargetText | None
    points: int  # limit


class Jobs(Iterator[Job]):
    """Jobs in order, one per target, numbered from `first`.

    `points` limits each; None: as many as its text may take. Batches of `alike` jobs share one target.
    """

    def __init__(
        self, targets: Iterable[TargetText | None], points: int | None, alike: bool, first: int = 0
    ) -> None:
        self._waiting = (
            Job(number, target, points or (target.most_points if target else POINTS))
            for number, target in enumerate(targets, first)
        )
        self._returned: list[Job] = []
        self._alike = alike

    def __next__(self) -> Job:
        return self._returned.pop() if self._returned else next(self._waiting)

    def like(self, first: Job, most: int) -> list[Job]:
        """Return up to `most` following jobs that can share a batch with `first`."""
        found: list[Job] = []
        while len(found) < most and (job := next(self, None)) is not None:
            if self._alike and job.target is not first.target:
                self._returned.append(job)
                break
            found.append(job)
        return found


@dataclass(frozen=True)
class Draft:
    """A sample as drawn, its faults, and how many were drawn to get it."""

    written: Trajectory
    faults: Sequence[Fault]
    tries: int

    def trace(self, target: TargetText, keep_prime: bool, prime_trouble: str | None) -> Trace:
        """Return the trace of an ink whose text starts with the prime's (`keep_prime`) or after it.

        Positions are in the ink's own text; -1 stands for a prime's character that is left out.
        """
        assert self.written.attended is not None
        before = target.start if keep_prime else 0
        places = target.clipped(self.written.attended) - (target.start - before)
        faults = tuple(replace(fault, place=before + fault.place) for fault in self.faults)
        return Trace(places.clip(-1), self.tries, faults, prime_trouble)


class Drafter:
    """Draws for one model on one device, with points on a grid of `grid` places per unit."""

    def __init__(self, file: ModelFile, weights: Weights, grid: float, device: str) -> None:
        self._outputs, self._norm = file.shape.outputs, file.normalisation
        self._weights, self._grid = weights, grid
        self._gpu = _gpu(device)

    def at_once(self, plan: Plan, number: int) -> int:
        """Return how many samples advance together from sample `number` on."""
        outputs = self._outputs if plan.predictions else 6
        at_once, soon = (BATCH_CUDA, BATCH_CUDA) if self._gpu else (BATCH, FIRST)
        largest = max(min(at_once, HELD // (plan.points * outputs * 4)), 1)
        return largest if number else min(largest, soon)

    def drafts(self, batch: Sequence[Job], seed: int, plan: Plan, tries: int, limited: bool) -> list[Draft]:
        """Return a draft per job: with text, the best of up to `tries`, drawn until one has no fault.

        A sample that did not reach its end because the caller `limited` points or lifts is not drawn again.
        """
        best: dict[int, Draft] = {}
        again = list(range(len(batch)))
        for attempt in range(tries):
            seeds = [[seed, batch[k].number, *([attempt] if attempt else [])] for k in again]
            targets = [batch[k].target for k in again]
            texts = [target.codes for target in targets if target is not None]
            done = self._written([np.random.default_rng(s) for s in seeds], plan, texts or None)
            for k, target, written in zip(again, targets, done, strict=True):
                written = written.within(batch[k].points)  # others of the batch may be longer
                faults = proofread(written, target, plan.until > 0) if target is not None else []
                if k not in best or len(faults) < len(best[k].faults):
                    best[k] = Draft(written, faults, attempt + 1)
                best[k] = replace(best[k], tries=attempt + 1)
            again = [k for k in again if best[k].faults and (best[k].written.finished or not limited)]
            if not again:
                break
        return [best[k] for k in range(len(batch))]

    def _written(
        self, generators: Sequence[np.random.Generator], plan: Plan, texts: Sequence[IntArray] | None
    ) -> list[Trajectory]:
        task = (self._weights, self._norm, self._grid, generators, plan)
        if self._gpu is not None:
            from hwcli.engine import cuda

            return cuda.generate(*task, self._gpu, texts)
        return generate_in_threads(*task, texts)


def _gpu(name: str) -> torch.device | None:
    """Return the GPU called `name`; None for the CPU, whose engine needs no torch."""
    if name == "cpu":
        return None
    from hwcli.network.device import choose_device

    device = choose_device(name)
    return device if device.type == "cuda" else None
