"""Loss and speed of the current epoch, and the remaining time of the run."""

from __future__ import annotations

import math
import time

from hwcli.training.checkpoint import Progress
from hwcli.training.display import Status

SMOOTHING = 0.98  # of the displayed loss, per step


class Meter:
    """Counts an epoch's steps; the sums for its mean loss are in `progress`, so they survive a restart."""

    def __init__(self, progress: Progress, epochs: int, batches: int) -> None:
        self.progress, self.epochs, self.batches = progress, epochs, batches
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
        return Status(
            epoch=p.epoch + 1,
            epochs=self.epochs,
            step=p.step,
            steps=p.step + left,
            loss=self.smooth,
            valid=p.valid,
            best=p.best,
            points_per_second=self.speed(),
            seconds_left=left * per_step,
        )
