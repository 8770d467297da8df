"""Drawing the samples of a batch, and drawing again those whose text is not what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hwcli.engine.loop import Plan, Trajectory
from hwcli.engine.lstm import IntArray, Weights
from hwcli.engine.threads import generate_in_threads
from hwcli.model.file import ModelFile
from hwcli.sampling.drafts import Draft, Job
from hwcli.sampling.proofread import proofread

if TYPE_CHECKING:
    import torch

BATCH = 64  # samples that advance together; more gain little and hold more predictions in memory
BATCH_CUDA = 4096
FIRST = 8  # of them in the first batch: a reader who waits gets something soon
HELD = 1 << 28  # bytes of mixture vectors that a batch may hold


class Drafter:
    """Draws for one model on one device, its points on a grid of `grid` places a unit."""

    def __init__(self, file: ModelFile, weights: Weights, grid: float, device: str) -> None:
        self._outputs, self._norm = file.shape.outputs, file.normalisation
        self._weights, self._grid = weights, grid
        self._gpu = _gpu(device)

    def at_once(self, plan: Plan, number: int) -> int:
        """How many samples advance together from sample `number` on."""
        outputs = self._outputs if plan.predictions else 6
        at_once, soon = (BATCH_CUDA, BATCH_CUDA) if self._gpu else (BATCH, FIRST)
        largest = max(min(at_once, HELD // (plan.points * outputs * 4)), 1)
        return largest if number else min(largest, soon)

    def drafts(self, batch: Sequence[Job], seed: int, plan: Plan, tries: int, limited: bool) -> list[Draft]:
        """The samples of a batch; with a text those with faults are drawn again, and the best one is kept.

        Not those that did not come to their end because they were `limited` in points or lifts by the caller.
        """
        best: dict[int, Draft] = {}
        again = list(range(len(batch)))
        for attempt in range(tries):
            seeds = [[seed, batch[k].number, *([attempt] if attempt else [])] for k in again]
            scripts = [batch[k].script for k in again]
            texts = [script.codes for script in scripts if script is not None]
            done = self._written([np.random.default_rng(s) for s in seeds], plan, texts or None)
            for k, script, written in zip(again, scripts, done, strict=True):
                written = written.within(batch[k].points)  # others of the batch may be longer
                faults = proofread(written, script, plan.until > 0) if script is not None else []
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
    """The GPU called `name`, None where that comes to the CPU, whose engine needs no torch."""
    if name == "cpu":
        return None
    from hwcli.network.device import choose_device

    device = choose_device(name)
    return device if device.type == "cuda" else None
