"""The training loop: steps, epochs, validation, and the run folder with everything that a run writes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from hwcli.config.sections import Config, TrainConfig
from hwcli.dataset.batches import Epoch
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.dataset.mixing import Mixture
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.model import file as model_files
from hwcli.model.container import BEST, LAST
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.network.device import choose_bfloat16, choose_device, choose_threads
from hwcli.network.network import PACE, Network, State
from hwcli.network.warm_start import warm_start
from hwcli.training.batch_tensors import Batch
from hwcli.training.checkpoint import FOLDER, Progress, load_checkpoint, save_checkpoint
from hwcli.training.display import Display, describe_epoch, open_display
from hwcli.training.learner import Learner
from hwcli.training.meter import Meter
from hwcli.training.metrics import Metrics
from hwcli.training.nonfinite import describe_nonfinite_lines
from hwcli.training.prefetch import prefetch
from hwcli.training.processes import SINGLE, Processes
from hwcli.training.schedule import augmentation, learning_rate
from hwcli.training.signals import stop_on_signal
from hwcli.training.snapshot import model_file, save_picture
from hwcli.training.tensorboard import EventWriter, event_writer
from hwcli.training.training_data import TrainingData
from hwcli.training.validation import evaluate

METRICS_EVERY = 10  # steps between rows of metrics.jsonl
MAX_SKIPPED_IN_A_ROW = 10  # steps without a finite loss, after which a run gives up


class StopRequestedError(Exception):
    """The run was asked to stop, and has saved a checkpoint."""


@dataclass(frozen=True)
class Result:
    """The outcome of a completed run."""

    best: float | None  # lowest validation log-loss in nats per sequence; None without a validation split
    best_epoch: int
    epochs: int
    steps: int


@dataclass(frozen=True)
class _QueuedStep:
    """A step whose results may still be on the device."""

    number: int  # counted from 1
    rate: float
    points: int
    results: torch.Tensor  # (3,): nats, gradient norm, 1 if skipped


class Trainer:
    """One training run, new or resumed, on one dataset; of several processes, the part of one of them."""

    def __init__(
        self,
        dataset: Dataset,
        run: Path,
        config: Config,
        seed: int,
        resume: bool = False,
        processes: Processes = SINGLE,
        start: ModelFile | None = None,
    ) -> None:
        self.run, self.full_config, self.seed, self.processes = run, config, seed, processes
        self.config: TrainConfig = config.train
        alphabet = start.alphabet if start else None
        self.data = TrainingData.of(dataset, config.model.kind, alphabet, self.config.source_weight)
        before = LearnedFrom.of(start.about) if start else None
        self.learned = LearnedFrom.training(dataset, self.data.train_lines, before)
        self.mixture = Mixture.of(
            dataset, self.data.train_lines, self.data.weights, self.config.rare_boost, seed
        )
        self.lanes = min(self.config.batch_size, sum(self.mixture.counts.values()))
        if self.lanes < processes.size:
            raise HwError(
                f"{processes.size} processes cannot share a batch of {self.lanes} lines",
                "start fewer processes, or increase --batch-size",
            )
        self.threads = choose_threads(self.config.threads, processes.local_size)
        torch.set_num_threads(self.threads)
        self.device = choose_device(self.config.device, processes.own_gpu)
        self.bfloat16 = choose_bfloat16(self.config.precision, self.device)
        torch.backends.cudnn.allow_tf32 = self.bfloat16
        network = self._first_network(start).to(self.device).train()
        self.learner = Learner(network, self.config, self.bfloat16, seed, processes)
        self.size = size_of_lines(dataset, self.data.train_lines) if processes.first else None
        self.progress = Progress()
        self.state: State | None = None  # after the last batch; None at the start of an epoch
        self.stop = False
        self.metrics = Metrics(run / "metrics.jsonl")
        self.queued: list[_QueuedStep] = []
        self.skipped_in_a_row = 0
        self.saved_at = time.monotonic()
        self.validation_seconds: float | None = None  # that the last validation took, once there was one
        if resume:
            self._restore()

    def _first_network(self, start: ModelFile | None) -> Network:
        """Return a network with random weights, or with those of `start`."""
        model, norm = self.full_config.model, self.data.dataset.normalisation
        shape = Shape.of(model, len(self.data.alphabet or ()))
        network = Network(shape, norm.sigma_min, model.dropout)
        pace = self.data.texts.characters_per_point(self.data.dataset) if self.data.texts else PACE
        network.initialise(torch.Generator().manual_seed(self.seed), pace)
        if start is not None:
            network.load_tensors(warm_start(start.tensors, start.shape, network.tensors(), shape))
        return network

    def _restore(self) -> None:
        saved = load_checkpoint(self.run / FOLDER)
        if saved.identity.get("dataset") != self._identity()["dataset"]:
            raise HwError(
                f"{self.data.dataset.path} is not the dataset that {self.run} was trained on",
                "resume with the same dataset, or start a new run",
            )
        state = saved.restore(self.learner)
        self.progress = saved.progress
        if self.progress.window:
            part = self.processes.part(self.lanes)
            self.state = [(h[:, part].contiguous(), c[:, part].contiguous()) for h, c in state]

    def _identity(self) -> dict[str, Any]:
        return {"dataset": self.data.fingerprint(), "seed": self.seed}

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self.learner.network

    def request_stop(self) -> None:
        """Let the current step finish, save a checkpoint, and stop."""
        self.stop = True

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
                for batch in prefetch(epoch, self.progress.window, self.device):
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

    def _meter(self, epoch: Epoch) -> Meter:
        valid_points = int(self.data.dataset.lengths[self.data.valid_lines].sum())
        return Meter(self.progress, self.config.epochs, len(epoch), valid_points, self.validation_seconds)

    @contextmanager
    def _open_outputs(self) -> Iterator[tuple[Display, EventWriter]]:
        folder = self.run / "tensorboard" if self.config.tensorboard and self.processes.first else None
        with (
            stop_on_signal(self.request_stop, second_kills=self.processes.size == 1),
            event_writer(folder, self.progress.step) as events,
            open_display() as display,
        ):
            yield display, events

    def _epoch(self) -> Epoch:
        return Epoch(
            self.data.dataset,
            self.mixture.epoch(self.progress.epoch),
            self.config.batch_size,
            self.config.window,
            self.seed,
            self.progress.epoch,
            self.processes.part(self.lanes),
            self.data.texts,
            augmentation(self.config, self.progress.epoch),
        )

    def _step(self, batch: Batch, epoch: Epoch) -> None:
        """Queue one optimisation step; a GPU runs it while the next is being queued."""
        p = self.progress
        state = self.state or self.network.zero_state(batch.inputs.shape[1])
        rate = learning_rate(self.config, p.step, p.epoch + p.window / len(epoch))
        self.state, results = self.learner.step(batch, state, p.step, rate)
        p.window += 1
        p.step += 1
        self.queued.append(_QueuedStep(p.step, rate, batch.points, results))

    def _results_due(self, epoch: Epoch) -> bool:
        """Return whether to read the queued results. On a GPU that means waiting, so not after every step."""
        if self.device.type == "cpu" or self.progress.window == len(epoch):
            return True
        return self.progress.step % METRICS_EVERY == 0 or (self.stop and self.processes.size == 1)

    def _read_results(self, meter: Meter, events: EventWriter, epoch: Epoch) -> None:
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
            lines = describe_nonfinite_lines(
                self.network, self.data.dataset, epoch, p.window - 1, self.state or []
            )
            raise HwError(
                f"{self.skipped_in_a_row} steps in a row without a finite loss or gradient, the last in "
                f"epoch {p.epoch + 1}, batch {p.window}: {lines}",
                "check these lines, or try a lower --lr, a smaller --clip or --precision float32",
            )

    def _record(self, row: dict[str, Any], events: EventWriter) -> None:
        if self.processes.first:
            self.metrics.record(row)
            events.record(row)

    def _end_epoch(self, meter: Meter, display: Display, events: EventWriter) -> None:
        """Validate, and write the epoch's metrics, its model if it is the best, and its picture."""
        p = self.progress
        speed = round(meter.speed())  # of the training steps only
        p.epoch, p.window, self.state = p.epoch + 1, 0, None
        train = p.epoch_nats / max(p.epoch_points, 1)
        p.epoch_nats, p.epoch_points = 0.0, 0
        row: dict[str, Any] = {"step": p.step, "epoch": p.epoch, "train_nats_per_point": train}
        row |= self._validate(display)
        if p.skipped:
            row["skipped"] = p.skipped
        row["points_per_second"] = speed
        self._record(row, events)
        if not self.processes.first:
            return
        best = p.best_epoch == p.epoch
        model = self._model()
        if best:
            model_files.write(self.run / BEST, model)
        if (drawing := save_picture(model, self.data, self.run / "samples", p.epoch)) is not None:
            events.picture(drawing, p.step)
        display.epoch(describe_epoch(row, self.config.epochs, best))

    def _validate(self, display: Display) -> dict[str, float]:
        """Score the validation lines and note the best epoch: the last one if there are no such lines."""
        p, data = self.progress, self.data
        if not data.valid_lines:
            p.best_epoch = p.epoch
            return {}
        start = time.monotonic()
        with display.validation() as report:
            valid = evaluate(
                self.learner.result,
                data.dataset,
                data.valid_lines,
                data.dataset.normalisation,
                processes=self.processes,
                texts=data.texts,
                report=report,
            )
        self.validation_seconds = time.monotonic() - start
        p.valid = valid.nats_per_sequence
        if math.isfinite(p.valid) and (p.best is None or p.valid < p.best):
            p.best, p.best_epoch = p.valid, p.epoch
        return {f"valid_{k}": v for k, v in asdict(valid).items() if k not in ("lines", "points")}

    def _save_or_stop(self) -> None:
        """Save a checkpoint if one is due, and stop if asked to. All processes do both at the same step."""
        due = time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes
        due = due and bool(self.config.checkpoint_minutes) and self.processes.first
        wanted = torch.tensor([self.stop, due], dtype=torch.int32, device=self.device)
        stop, due = (bool(count) for count in self.processes.all_reduce(wanted).tolist())
        if stop or due:
            self._save()
        if stop:
            raise StopRequestedError

    def _model(self) -> ModelFile:
        return model_file(
            self.learner.result,
            self.data,
            self.full_config,
            self.seed,
            self.progress,
            self.size,
            self.learned,
        )

    def _save(self) -> None:
        """Write the model as it is now, unless nothing has been learned yet, and then a checkpoint.

        A run that is killed between the two resumes from the checkpoint before and writes both again. In the
        other order, one killed at its very end would keep the model of an earlier step.
        """
        state = self._gather_state()
        if self.processes.first:
            if self.progress.step:
                model_files.write(self.run / LAST, self._model())
            save_checkpoint(self.run / FOLDER, self.learner, state, self.progress, self._identity())
        self.processes.barrier()
        self.saved_at = time.monotonic()

    def _gather_state(self) -> State:
        """Return the network's state for the lanes of all processes."""
        if self.state is None:
            return self.network.zero_state(1)
        part = self.processes.part(self.lanes)

        def gather(t: torch.Tensor) -> torch.Tensor:
            full = t.new_zeros(1, self.lanes, t.shape[-1])
            full[:, part] = t
            return self.processes.all_reduce(full)

        return [(gather(h), gather(c)) for h, c in self.state]
