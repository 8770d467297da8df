"""The loop of a training run: steps, epochs, validation, and the run folder with everything it writes.

What depends on the kind of network is left to subclasses: hwcli.training.trainer for those that write,
hwcli.training.reader.trainer for readers.
"""

from __future__ import annotations

import math
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from hwcli.config.sections import Config, TrainConfig
from hwcli.console import Reporter
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.model.container import BEST, LAST
from hwcli.network.device import choose_device, choose_threads
from hwcli.training.checkpoint import FOLDER, Checkpoint, Progress, save_checkpoint
from hwcli.training.display import Display, Units, describe_epoch, open_display
from hwcli.training.meter import Meter
from hwcli.training.metrics import Metrics
from hwcli.training.processes import Processes
from hwcli.training.run.optimisation import Optimisation
from hwcli.training.run.resuming import restore_newest
from hwcli.training.schedule import learning_rate
from hwcli.training.signals import stop_on_signal
from hwcli.training.tensorboard import EventWriter, event_writer

if TYPE_CHECKING:
    from renderers.drawing import Drawing

METRICS_EVERY = 10  # steps between rows of metrics.jsonl
MAX_SKIPPED_IN_A_ROW = 10  # steps without a finite loss, after which a run gives up


class StopRequestedError(Exception):
    """The run was asked to stop, by the signal `number`, and has saved a checkpoint."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True)
class Result:
    """The outcome of a completed run."""

    best: float | None  # lowest figure of a validation, in `Loop.units`; None without a validation split
    best_epoch: int
    epochs: int
    steps: int


class AnyBatch(Protocol):
    """What a step learns from."""

    @property
    def points(self) -> int:
        """The number of points or characters that its loss is a mean over, in all processes."""


B = TypeVar("B", bound=AnyBatch)
E = TypeVar("E", bound=Sized)


@dataclass(frozen=True)
class _QueuedStep:
    """A step whose results may still be on the device."""

    number: int  # counted from 1
    rate: float
    points: int
    results: Tensor  # of Optimisation.descend


class Loop(ABC, Generic[B, E]):
    """One training run, new or resumed, on one dataset; of several processes, the part of one of them.

    An epoch has a length, its number of batches. Subclasses set `learner` before the run begins.
    """

    units: ClassVar[Units]
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
        self.queued: list[_QueuedStep] = []
        self.skipped_in_a_row = 0
        self.saved_at = time.monotonic()
        self.validation_seconds: float | None = None  # that the last validation took, once there was one

    @property
    @abstractmethod
    def arithmetic(self) -> str:
        """What the LSTM computes in, in words."""

    @property
    @abstractmethod
    def lines(self) -> str:
        """How many lines of what kind there are, in words."""

    @property
    @abstractmethod
    def counts(self) -> Mapping[str, int]:
        """The number of lines in each epoch, by source."""

    @property
    @abstractmethod
    def valid_points(self) -> int:
        """The number of points or characters that a validation covers; 0 if there is none."""

    @abstractmethod
    def how_to_use(self, model: str) -> str:
        """Return what to do with the file `model`, quoted for a shell, in words."""

    @abstractmethod
    def _fingerprint(self) -> str:
        """Return a text that changes with the lines of the dataset, for checkpoints."""

    @abstractmethod
    def _epoch(self) -> E:
        """Return the current epoch."""

    @abstractmethod
    def _batches(self, epoch: E) -> Iterator[B]:
        """Yield the batches of an epoch that are still to come."""

    @abstractmethod
    def _learn(self, batch: B, rate: float) -> Tensor:
        """Queue one optimisation step; return the results of `Optimisation.descend`."""

    @abstractmethod
    def _nonfinite_lines(self, epoch: E) -> str:
        """Name the lines of the last batch whose loss was not finite."""

    @abstractmethod
    def _score(self, report: Reporter) -> tuple[float, Mapping[str, float]]:
        """Validate; return the figure to minimise, and what is recorded, all as `valid_…`."""

    @abstractmethod
    def _write_model(self, path: Path) -> None:
        """Write the model as it is now."""

    @abstractmethod
    def _gather_state(self) -> Mapping[str, Tensor]:
        """Return what the next batch continues from besides the weights, for the lanes of all processes."""

    @abstractmethod
    def _restore_state(self, state: Mapping[str, Tensor]) -> None:
        """Continue, at `progress`, from what `_gather_state` returned; ValueError if it does not fit."""

    def _picture(self) -> Drawing | None:
        """Save a picture of what the model does and return it, if there is one of its kind."""
        return None

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

    def train(self) -> Result:
        """Train until the last epoch. There is a checkpoint from before the first step on.

        Raises StopRequestedError if stopped, and HwError if the loss stays non-finite or a file cannot be
        written; the last checkpoint is complete in any case.
        """
        if self.processes.first:
            self.metrics.rewind(self.progress.step, self.progress.epoch)
        self.saved_at = time.monotonic()
        with self._open_outputs() as (display, events):
            if self.progress.step == 0:
                self._save()
            while self.progress.epoch < self.config.epochs:
                epoch = self._epoch()
                meter = self._meter(epoch)
                for batch in self._batches(epoch):
                    self._step(batch, epoch)
                    if self._results_due(epoch):
                        self._read_results(meter, events, epoch)
                        display.show(meter.status())
                        self._save_or_stop()
                self._end_epoch(meter, display, events)
                self._save()
                self._save_or_stop()
        p = self.progress
        return Result(p.best, p.best_epoch, p.epoch, p.step)

    def save_start(self, folder: Path) -> None:
        """Write the checkpoint from before the first step below `folder`."""
        save_checkpoint(folder / FOLDER, self.learner, self._gather_state(), self.progress, self._identity())

    def _meter(self, epoch: E) -> Meter:
        return Meter(
            self.progress,
            self.config.epochs,
            len(epoch),
            self.valid_points,
            self.validation_seconds,
            self.units,
        )

    @contextmanager
    def _open_outputs(self) -> Iterator[tuple[Display, EventWriter]]:
        folder = self.run / "tensorboard" if self.config.tensorboard and self.processes.first else None
        with (
            stop_on_signal(self.request_stop, second_kills=self.processes.size == 1),
            event_writer(folder, self.progress.step) as events,
            open_display() as display,
        ):
            yield display, events

    def _step(self, batch: B, epoch: E) -> None:
        """Queue one optimisation step; a GPU runs it while the next is being queued."""
        p = self.progress
        rate = learning_rate(self.config, p.step, p.epoch + p.window / len(epoch))
        results = self._learn(batch, rate)
        p.window += 1
        p.step += 1
        self.queued.append(_QueuedStep(p.step, rate, batch.points, results))

    def _results_due(self, epoch: E) -> bool:
        """Return whether to read the queued results. On a GPU that means waiting, so not after every step."""
        if self.device.type == "cpu" or self.progress.window == len(epoch):
            return True
        return self.progress.step % METRICS_EVERY == 0 or (self.stop and self.processes.size == 1)

    def _read_results(self, meter: Meter, events: EventWriter, epoch: E) -> None:
        """Count and record the results of the queued steps; give up after too many skipped ones."""
        p = self.progress
        values = torch.stack([step.results for step in self.queued]).tolist()
        for step, (nats, norm, skipped) in zip(self.queued, values, strict=True):
            loss = nats / max(step.points, 1)
            p.skipped += int(skipped)
            self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
            meter.add(loss, step.points, finite=not skipped)
            if step.number % METRICS_EVERY == 0:
                row = {"step": step.number, "epoch": p.epoch + 1, "loss": loss, "lr": step.rate}
                row["gradient_norm"] = norm
                if p.skipped:
                    row["skipped"] = p.skipped
                self._record(row, events)
        self.queued.clear()
        if self.skipped_in_a_row >= MAX_SKIPPED_IN_A_ROW:
            raise HwError(
                f"{self.skipped_in_a_row} steps in a row without a finite loss or gradient, the last in "
                f"epoch {p.epoch + 1}, batch {p.window}: {self._nonfinite_lines(epoch)}",
                "check these lines, or try a lower --lr, a smaller --clip or --precision float32",
            )

    def _record(self, row: dict[str, Any], events: EventWriter) -> None:
        if self.processes.first:
            self.metrics.record(row)
            events.record(row)

    def _end_epoch(self, meter: Meter, display: Display, events: EventWriter) -> None:
        """Validate, and write the epoch's metrics, its model if it is the best, and its picture."""
        p, unit = self.progress, self.units.one
        speed = round(meter.speed())  # of the training steps only
        p.epoch, p.window = p.epoch + 1, 0
        train = p.epoch_nats / max(p.epoch_points, 1)
        p.epoch_nats, p.epoch_points = 0.0, 0
        row: dict[str, Any] = {"step": p.step, "epoch": p.epoch, f"train_nats_per_{unit}": train}
        row |= self._validate(display)
        if p.skipped:
            row["skipped"] = p.skipped
        row[f"{unit}s_per_second"] = speed
        self._record(row, events)
        if not self.processes.first:
            return
        best = p.best_epoch == p.epoch
        if best:
            self._write_model(self.run / BEST)
        if (drawing := self._picture()) is not None:
            events.picture(drawing, p.step)
        display.epoch(describe_epoch(row, self.config.epochs, best, self.units))

    def _validate(self, display: Display) -> dict[str, float]:
        """Score the validation lines and note the best epoch: the last one if there are no such lines."""
        p = self.progress
        if not self.valid_points:
            p.best_epoch = p.epoch
            return {}
        start = time.monotonic()
        with display.validation() as report:
            p.valid, row = self._score(report)
        self.validation_seconds = time.monotonic() - start
        if math.isfinite(p.valid) and (p.best is None or p.valid < p.best):
            p.best, p.best_epoch = p.valid, p.epoch
        return dict(row)

    def _save_or_stop(self) -> None:
        """Save a checkpoint if one is due, and stop if asked to. All processes do both at the same step."""
        due = time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes
        due = due and bool(self.config.checkpoint_minutes) and self.processes.first
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
