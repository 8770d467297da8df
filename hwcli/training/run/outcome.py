"""What a training run reads, and how it ends."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class StopRequestedError(Exception):
    """The run was asked to stop, by the signal `number`, and has saved a checkpoint."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def resume_command(run: Path) -> str:
    """Return the command that continues the run in the folder `run`."""
    return f"hw train --resume -o {shlex.quote(str(run))}"


def resume_hint(run: Path) -> str:
    """Return what is left of a run that is ended at once, and how it continues."""
    return f"the last checkpoint is kept; resume with: {resume_command(run)}"


@dataclass(frozen=True)
class Result:
    """The outcome of a completed run."""

    best: float | None  # lowest figure of a validation, in `Loop.units`; None without a validation split
    best_epoch: float  # within an epoch for runs of limited time, as `epochs`
    epochs: float
    steps: int
    seconds: float  # that a run of limited time has taken; 0 for others


class AnyBatch(Protocol):
    """What a step learns from."""

    @property
    def points(self) -> int:
        """The number of points or characters that its loss is a mean over, in all processes."""
