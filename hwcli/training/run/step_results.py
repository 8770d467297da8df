"""Results of steps that may still be on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hwcli.errors import HwError
from hwcli.training.checkpoint import Progress
from hwcli.training.meter import Meter

METRICS_EVERY = 10  # steps between rows of metrics.jsonl
MAX_SKIPPED_IN_A_ROW = 10  # steps without a finite loss, after which a run gives up


@dataclass(frozen=True)
class QueuedStep:
    """A step whose results have not been read."""

    number: int  # counted from 1
    rate: float
    points: int
    results: Tensor  # of Optimisation.descend


class StepResults:
    """Queues the results of steps, reads them, and counts the steps that were skipped."""

    def __init__(self) -> None:
        self.queued: list[QueuedStep] = []
        self.skipped_in_a_row = 0

    def add(self, step: QueuedStep) -> None:
        """Queue a step; a GPU runs it while the next is being queued."""
        self.queued.append(step)

    def read(self, meter: Meter, progress: Progress) -> Iterator[dict[str, Any]]:
        """Wait for the queued steps and count them; yield the rows of metrics.jsonl that are due."""
        values = torch.stack([step.results for step in self.queued]).tolist()
        steps, self.queued = self.queued, []
        for step, (nats, norm, skipped) in zip(steps, values, strict=True):
            loss = nats / max(step.points, 1)
            progress.skipped += int(skipped)
            self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
            meter.add(loss, step.points, finite=not skipped)
            if step.number % METRICS_EVERY == 0:
                row = {"step": step.number, "epoch": progress.epoch + 1, "loss": loss, "lr": step.rate}
                row["gradient_norm"] = norm
                if progress.skipped:
                    row["skipped"] = progress.skipped
                yield row

    def check(self, progress: Progress, name_lines: Callable[[], str], smaller: Callable[[], str]) -> None:
        """Raise HwError if too many steps in a row were skipped.

        `name_lines` names the lines of the last one; `smaller` gives a command that takes smaller steps.
        """
        if self.skipped_in_a_row >= MAX_SKIPPED_IN_A_ROW:
            raise HwError(
                f"{self.skipped_in_a_row} steps in a row without a finite loss or gradient, the last in "
                f"epoch {progress.epoch + 1}, batch {progress.window}: {name_lines()}",
                f"check these lines, or take smaller steps from the last checkpoint on: {smaller()}",
            )
