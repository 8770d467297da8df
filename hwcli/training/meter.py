"""Loss and speed of the current epoch, and the remaining time of the run."""

from __future__ import annotations

import math
import time

from hwcli.training.checkpoint import Progress
from hwcli.training.display import WRITING, Status, Units, describe_seconds

SMOOTHING = 0.98  # of the displayed loss, per step
FIRST_STEPS, FIRST_SECONDS = 3, 5.0  # that a forecast needs: the very first step is slower
FEW_STEPS = 200  # in which no network learns to write
SCORING_PACE = 3.0  # scoring lines is about this many times as fast as training, until it has been measured


class Meter:
    """Counts an epoch's steps; the sums for its mean loss are in `progress`, so they survive a restart.

    A reader's points are the characters that it is to read; `units` says so.

    Speed is that of the training steps. The remaining time covers the steps and the validations of all
    epochs to come: at the pace of the last one, `validation_seconds`, or, where none was measured yet, of
    `valid_points` points at SCORING_PACE times the speed of training. In a run of limited time, `limit` in
    seconds, it is what is left of the time, if that is shorter.
    """

    def __init__(
        self,
        progress: Progress,
        epochs: int,
        batches: int,
        valid_points: int = 0,
        validation_seconds: float | None = None,
        units: Units = WRITING,
        limit: float = math.inf,
    ) -> None:
        self.progress, self.epochs, self.batches = progress, epochs, batches
        self.valid_points, self.validation_seconds = valid_points, validation_seconds
        self.units, self.limit = units, limit
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

    def pause(self, seconds: float) -> None:
        """Leave `seconds` in which no step was made out of the speed."""
        self.start += seconds

    def elapsed(self) -> float:
        """Return the seconds of the steps so far."""
        return max(time.monotonic() - self.start, 1e-9)

    def speed(self) -> float:
        """Return the points per second so far."""
        return self.points / self.elapsed()

    def seconds_per_step(self) -> float:
        """Return the mean duration of the steps so far, in seconds."""
        return self.elapsed() / max(self.steps, 1)

    def status(self) -> Status:
        """Return the numbers to display."""
        p = self.progress
        left = (self.epochs - p.epoch) * self.batches - p.window
        seconds = left * self.seconds_per_step() + self._validations_left()
        by_time = self.limit - p.seconds < seconds
        if by_time:
            seconds = max(self.limit - p.seconds, 0.0)
            left = round(max(seconds - p.reserve, 0.0) / self.seconds_per_step())
        return Status(
            epoch=p.epoch + 1,
            epochs=None if by_time else self.epochs,
            step=p.step,
            steps=p.step + left,
            loss=self.smooth,
            valid=p.valid,
            best=p.best,
            points_per_second=self.speed(),
            seconds_left=seconds,
            units=self.units,
        )

    def _validations_left(self) -> float:
        """Return the seconds of the validations at the ends of epochs; they are no part of a limited time."""
        if math.isfinite(self.limit):
            return 0.0
        validation = self.validation_seconds
        if validation is None:
            validation = self.valid_points / SCORING_PACE / max(self.speed(), 1e-9)
        return (self.epochs - self.progress.epoch) * validation

    def forecast(self) -> str | None:
        """Return how long the run will take, in words, once a few steps have shown it."""
        if self.steps < FIRST_STEPS or self.elapsed() < FIRST_SECONDS:
            return None
        status = self.status()
        left = status.seconds_left
        speed = f"{status.points_per_second:,.0f} {self.units.one}s/s"
        epochs = (status.steps - status.step + self.progress.window) / self.batches
        if status.epochs is None:
            few = status.steps < FEW_STEPS
            hint = "; few to learn from: give more --minutes, or use --preset quick"
            return (
                f"{describe_seconds(left)} left: about {status.steps:,} steps in all, "
                f"{self.progress.epoch + epochs:.2g} epochs, at {speed}{hint * few}"
            )
        return (
            f"{describe_seconds(left)} left: {status.steps:,} steps in {status.epochs} epochs, at {speed}; "
            "limit the time with --minutes"
        )
