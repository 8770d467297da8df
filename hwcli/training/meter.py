"""Loss and speed of the current epoch, and the remaining time of the run."""

from __future__ import annotations

import math
import time

from hwcli.training.checkpoint import Progress
from hwcli.training.display import WRITING, Status, Units

SMOOTHING = 0.98  # of the displayed loss, per step
SCORING_PACE = 3.0  # scoring lines is about this many times as fast as training, until it has been measured


class Meter:
    """Counts an epoch's steps; the sums for its mean loss are in `progress`, so they survive a restart.

    A reader's points are the characters that it is to read; `units` says so.

    Speed is that of the training steps. The remaining time covers the steps and the validations of all
    epochs to come: at the pace of the last one, `validation_seconds`, or, where none was measured yet, of
    `valid_points` points at SCORING_PACE times the speed of training.
    """

    def __init__(
        self,
        progress: Progress,
        epochs: int,
        batches: int,
        valid_points: int = 0,
        validation_seconds: float | None = None,
        units: Units = WRITING,
    ) -> None:
        self.progress, self.epochs, self.batches = progress, epochs, batches
        self.valid_points, self.validation_seconds = valid_points, validation_seconds
        self.units = units
        self.start = time.monotonic()
        self.points = self.steps = 0
        self.smooth = math.nan

    def add(self, loss: float, points: int, finite: bool) -> None:
        """Count a step with this mean loss over `points` points; the means include it only if `finite`."""
        self.points += points
        self.steps += 1
        if finite:
            self.progress.epoch_nats += loss * points
            self.progress.epoch_points += points
            first = math.isnan(self.smooth)
            self.smooth = loss if first else SMOOTHING * self.smooth + (1 - SMOOTHING) * loss

    def speed(self) -> float:
        """Return the points per second so far."""
        return self.points / max(time.monotonic() - self.start, 1e-9)

    def status(self) -> Status:
        """Return the numbers to display."""
        p = self.progress
        left = (self.epochs - p.epoch) * self.batches - p.window
        per_step = (time.monotonic() - self.start) / max(self.steps, 1)
        validation = self.validation_seconds
        if validation is None:
            validation = self.valid_points / SCORING_PACE / max(self.speed(), 1e-9)
        return Status(
            epoch=p.epoch + 1,
            epochs=self.epochs,
            step=p.step,
            steps=p.step + left,
            loss=self.smooth,
            valid=p.valid,
            best=p.best,
            points_per_second=self.speed(),
            seconds_left=left * per_step + (self.epochs - p.epoch) * validation,
            units=self.units,
        )
