"""The loop of a training run: steps, epochs, validation, and the run folder with everything it writes.

What depends on the kind of network (hwcli.training.run.kind) is left to subclasses: hwcli.training.trainer
for those that write, hwcli.training.reader.trainer for readers.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from hwcli.config.sections import Config, TrainConfig
from hwcli.dataset.store import Dataset
from hwcli.model.container import BEST, LAST
from hwcli.network.device import choose_device, choose_threads
from hwcli.training.checkpoint import FOLDER, Checkpoint, Progress, save_checkpoint
from hwcli.training.display import Display, describe_epoch, open_display
from hwcli.training.meter import SCORING_PACE, Meter
from hwcli.training.metrics import Metrics
from hwcli.training.processes import Processes
from hwcli.training.run.kind import B, E, Kind
from hwcli.training.run.optimisation import Optimisation
from hwcli.training.run.outcome import Result, StopRequestedError, resume_command, resume_hint
from hwcli.training.run.resuming import restore_newest
from hwcli.training.run.step_results import METRICS_EVERY, QueuedStep, StepResults
from hwcli.training.run.time_limit import TimeLimit
from hwcli.training.schedule import learning_rate
from hwcli.training.signals import stop_on_signal
from hwcli.training.tensorboard import EventWriter, event_writer


class Loop(Kind[B, E]):
    """One training run, new or resumed, on one dataset; of several processes, the part of one of them.

    Subclasses set `learner` before the run begins.
    """

    learner: Optimisation[Any]
    train_lines: list[int]
    valid_lines: list[int]

    def __init__(self, dataset: Dataset, run: Path, config: Config, seed: int, processes: Processes) -> None:
        self.dataset, self.run, self.full_config = dataset, run, config
        self.seed, self.processes = seed, processes
        self.config: TrainConfig = config.train
        self.threads = choose_threads(self.config.threads, processes.local_size)
        torch.set_num_threads(self.threads)
        self.device = choose_device(self.config.device, processes.own_gpu)
        self.progress = Progress()
        self.stop = False
        self.stopped_by: int = signal.SIGINT  # unless this process is told otherwise
        self.metrics = Metrics(run / "metrics.jsonl")
        self.results = StepResults()
        self.limit = TimeLimit(self.config.minutes)
        self.meter: Meter | None = None  # of the current epoch
        self.forecast_due = True
        self.saved_at = time.monotonic()
        self.validation_seconds: float | None = None  # that the last validation took, once there was one

    def _restore(self) -> None:
        """Continue from the newest checkpoint that can be used; HwError if there is none."""
        restore_newest(self.run, self.dataset.path, self._identity(), self._restore_from)

    def _restore_from(self, saved: Checkpoint) -> None:
        self.progress = saved.progress
        self._restore_state(saved.restore(self.learner))

    def _identity(self) -> dict[str, Any]:
        return {
            "dataset": self._fingerprint(),
            "offsets": self.dataset.digest,
            "seed": self.seed,
            "optimiser": self.config.optimiser,
        }

    def request_stop(self, number: int) -> None:
        """Let the current step finish, save a checkpoint, and stop because of the signal `number`."""
        self.stop, self.stopped_by = True, number

    def train(self, began: float | None = None) -> Result:
        """Train until the last epoch or the end of the time, which counts from `began` (time.monotonic).

        There is a checkpoint from before the first step on. Raises StopRequestedError if stopped, and HwError
        if the loss stays non-finite or a file cannot be written; the last checkpoint is complete in any case.
        """
        p = self.progress
        if self.processes.first:
            self.metrics.rewind(p.step, p.epoch, p.valid_step)
        self.limit.begin(p, began)
        if self.limit.on:
            [p.validated_at] = self.processes.of_first([p.validated_at], self.device)
        self.saved_at = time.monotonic()
        with self._open_outputs() as (display, events):
            if p.step == 0:
                self._save()
            while p.epoch < self.config.epochs and not self.limit.over(p):
                self._train_epoch(self._epoch(), display, events)
            if self.limit.on and p.valid_step != p.step:
                with self._ends_with_checkpoint():
                    self._validate_within(self._epoch(), display, events)
        done = self._epochs_done(self._epoch()) if p.window else p.epoch
        return Result(p.best, p.best_epoch, done, p.step, p.seconds)

    def _train_epoch(self, epoch: E, display: Display, events: EventWriter) -> None:
        """Train for the rest of an epoch, or until the time is over."""
        meter = self.meter = self._meter(epoch)
        p = self.progress
        for batch in self._batches(epoch):
            self._step(batch, epoch)
            if not self._results_due(epoch):
                continue
            self._read_results(meter, events, epoch)
            self._read_clock(meter)
            display.show(meter.status())
            self._tell_forecast(meter, display)
            self._save_or_stop()
            if self.limit.over(p):
                return
            if self.limit.validation_due(p):
                with self._ends_with_checkpoint():
                    self._validate_within(epoch, display, events)
                self._save_or_stop()
        p.epoch, p.window = p.epoch + 1, 0
        if not self.limit.on:
            with self._ends_with_checkpoint(len(epoch)):
                self._measure(p.epoch, display, events)
            self._save()
        self._save_or_stop()

    @contextmanager
    def _ends_with_checkpoint(self, batches: int | None = None) -> Iterator[None]:
        """Save a checkpoint from before the validation in the block, if that is stopped.

        `batches` of the epoch were done then, if it has been counted already.
        """
        try:
            yield
        except StopRequestedError:
            if batches is not None:
                self.progress.epoch, self.progress.window = self.progress.epoch - 1, batches
            self._save()
            raise

    def save_start(self, folder: Path) -> None:
        """Write the checkpoint from before the first step below `folder`."""
        save_checkpoint(folder / FOLDER, self.learner, self._gather_state(), self.progress, self._identity())

    def _tell_forecast(self, meter: Meter, display: Display) -> None:
        """Print once how long the run will take."""
        if self.forecast_due and (forecast := meter.forecast()) is not None:
            display.note(forecast)
            self.forecast_due = False

    def _meter(self, epoch: E) -> Meter:
        rest = (self.valid_points, self.validation_seconds, self.units, self.limit.seconds)
        return Meter(self.progress, self.config.epochs, len(epoch), *rest)

    @contextmanager
    def _open_outputs(self) -> Iterator[tuple[Display, EventWriter]]:
        folder = self.run / "tensorboard" if self.config.tensorboard and self.processes.first else None
        alone = self.processes.size == 1
        with (
            stop_on_signal(self.request_stop, alone, self._seconds_to_stop, resume_hint(self.run)),
            event_writer(folder, self.progress.step) as events,
            open_display() as display,
        ):
            yield display, events

    def _seconds_to_stop(self) -> float:
        """Return about how long the step may take that is going on; 0 if that is not known."""
        return self.meter.seconds_per_step() if self.meter is not None and self.meter.steps else 0.0

    def _step(self, batch: B, epoch: E) -> None:
        """Queue one optimisation step; a GPU runs it while the next is being queued."""
        p = self.progress
        spent = self.limit.spent(p)
        rate = learning_rate(self.config, p.step, self._scheduled(p.epoch + p.window / len(epoch)), spent)
        results = self._learn(batch, rate)
        p.window += 1
        p.step += 1
        self.results.add(QueuedStep(p.step, rate, batch.points, results))

    def _scheduled(self, epochs: float) -> float:
        """Return how far the schedule is after `epochs`, in epochs; with a limit, also by the time."""
        return max(epochs, self.limit.spent(self.progress) * self.config.epochs)

    def _epochs_done(self, epoch: E) -> float:
        p = self.progress
        return p.epoch + round(p.window / len(epoch), 3) if p.window else p.epoch

    def _results_due(self, epoch: E) -> bool:
        """Return whether to read the queued results. On a GPU that means waiting, so not after every step."""
        if self.device.type == "cpu" or self.progress.window == len(epoch):
            return True
        return self.progress.step % METRICS_EVERY == 0 or (self.stop and self.processes.size == 1)

    def _read_results(self, meter: Meter, events: EventWriter, epoch: E) -> None:
        """Count and record the results of the queued steps; give up after too many skipped ones."""
        p = self.progress
        for row in self.results.read(meter, p):
            self._record(row, events)
        self.results.check(p, lambda: self._nonfinite_lines(epoch), self._smaller_steps)

    def _smaller_steps(self) -> str:
        """Return the command that resumes the run with smaller steps."""
        return f"{resume_command(self.run)} --lr {self.config.lr / 2:.2g} --clip 1"

    def _read_clock(self, meter: Meter) -> None:
        """Note the time that is used, as the first process counts it, and what the end will take."""
        if self.limit.on:
            read_together = 1 if self.device.type == "cpu" else METRICS_EVERY
            times = [self.limit.used(), self.limit.reserve(meter.seconds_per_step() * read_together)]
            self.progress.seconds, self.progress.reserve = self.processes.of_first(times, self.device)

    def _record(self, row: dict[str, Any], events: EventWriter) -> None:
        if self.processes.first:
            self.metrics.record(row)
            events.record(row)

    def _validate_within(self, epoch: E, display: Display, events: EventWriter) -> None:
        """Validate and save in a run of limited time, and note how long that takes."""
        p, start, meter = self.progress, self.limit.clock(), self.meter
        if p.valid_share is None:
            share = self.limit.share(SCORING_PACE * meter.speed() if meter else 0.0, self.valid_points)
            [p.valid_share] = self.processes.of_first([share], self.device)
        self._measure(self._epochs_done(epoch), display, events)
        [p.seconds] = self.processes.of_first([self.limit.used()], self.device)
        p.validated_at = p.seconds
        self._save()
        [took] = self.processes.of_first([self.limit.clock() - start], self.device)
        self.limit.measured(took)
        if meter is not None:
            meter.pause(took)

    def _measure(self, epochs: float, display: Display, events: EventWriter) -> None:
        """Validate after `epochs`, and write the metrics, the model if it is the best, and its picture."""
        p, unit = self.progress, self.units.one
        speed = round(self.meter.speed()) if self.meter else None  # of the training steps only
        train = p.epoch_nats / max(p.epoch_points, 1)
        row: dict[str, Any] = {"step": p.step, "epoch": epochs, f"train_nats_per_{unit}": train}
        row |= self._validate(epochs, display)
        p.epoch_nats, p.epoch_points, p.valid_step = 0.0, 0, p.step
        if p.skipped:
            row["skipped"] = p.skipped
        if speed is not None:
            row[f"{unit}s_per_second"] = speed
        self._record(row, events)
        if not self.processes.first:
            return
        best = p.best_epoch == epochs
        if best:
            self._write_model(self.run / BEST)
        if (drawing := self._picture()) is not None:
            events.picture(drawing, p.step)
        display.note(describe_epoch(row, None if self.limit.on else self.config.epochs, best, self.units))

    def _validate(self, epochs: float, display: Display) -> dict[str, float]:
        """Score the validation lines and note the best epoch: the last one if there are no such lines.

        Raises StopRequestedError if a single process is asked to stop; several would have to agree on it.
        """
        p = self.progress
        if not self.valid_points:
            p.best_epoch = epochs
            return {}
        start = time.monotonic()
        with display.validation() as report:

            def watch(done: float, total: float) -> None:
                if self.stop and self.processes.size == 1:
                    raise StopRequestedError(self.stopped_by)
                report(done, total)

            p.valid, row = self._score(watch, 1.0 if p.valid_share is None else p.valid_share)
        self.validation_seconds = time.monotonic() - start
        if math.isfinite(p.valid) and (p.best is None or p.valid < p.best):
            p.best, p.best_epoch = p.valid, epochs
        return dict(row)

    def _save_or_stop(self) -> None:
        """Save a checkpoint if one is due, and stop if asked to. All processes do both at the same step."""
        due = time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes
        due = due and bool(self.config.checkpoint_minutes) and self.processes.first
        due = due and not self.results.skipped_in_a_row  # a run that gives up resumes from before
        wanted = torch.tensor([self.stop, due], dtype=torch.int32, device=self.device)
        stop, due = (bool(count) for count in self.processes.all_reduce(wanted).tolist())
        if stop or due:
            self._save()
        if stop:
            raise StopRequestedError(self.stopped_by)

    def _save(self) -> None:
        """Write the model as it is now, unless nothing has been learned yet, and then a checkpoint.

        A run that is killed between the two resumes from the checkpoint before and writes both again. In the
        other order, one killed at its very end would keep the model of an earlier step.
        """
        state = self._gather_state()
        if self.processes.first:
            if self.progress.step:
                self._write_model(self.run / LAST)
            save_checkpoint(self.run / FOLDER, self.learner, state, self.progress, self._identity())
        self.processes.barrier()
        self.saved_at = time.monotonic()
