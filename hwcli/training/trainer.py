"""The training loop. A run folder holds everything: settings, metrics, models, checkpoints, pictures."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from hwcli import console
from hwcli.alphabet import RARE, Alphabet
from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.dataset.batches import Epoch
from hwcli.dataset.line_texts import LineTexts, lines_to_write
from hwcli.dataset.rescale import size_of_lines
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.model.shape import Shape
from hwcli.network.device import choose_bfloat16, choose_device, choose_threads
from hwcli.network.network import PACE, Network, State
from hwcli.network.warm_start import warm_start
from hwcli.training import checkpoint as checkpoints
from hwcli.training.checkpoint import Progress
from hwcli.training.display import Display, display
from hwcli.training.learner import Learner
from hwcli.training.loss import Batch, evaluate
from hwcli.training.meter import Meter
from hwcli.training.metrics import Metrics
from hwcli.training.nonfinite import culprits
from hwcli.training.prefetch import feed
from hwcli.training.processes import ALONE, Processes
from hwcli.training.schedule import learning_rate
from hwcli.training.signals import asks_to_stop
from hwcli.training.tensorboard import Board, board

METRICS_EVERY = 10  # steps between lines of metrics.jsonl
LARGEST_SKIP = 10  # steps in a row without a finite loss, after which a run gives up


class StopRequestedError(Exception):
    """The run was asked to stop, and has saved itself."""


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    best: float | None  # validation log-loss in nats a sequence, None without a validation split
    best_epoch: int
    epochs: int
    steps: int


@dataclass(frozen=True)
class _Step:
    """A step that has been queued; its numbers are on the device still."""

    number: int  # counted from 1
    rate: float
    points: int
    numbers: torch.Tensor  # (3,) nats, gradient norm, 1 if skipped


class Trainer:
    """One run, fresh or resumed, on one dataset; with several processes, this one's part in it."""

    def __init__(
        self,
        dataset: Dataset,
        run: Path,
        config: Config,
        seed: int,
        resume: bool = False,
        processes: Processes = ALONE,
        start: ModelFile | None = None,
    ) -> None:
        self.dataset, self.run, self.seed, self.processes = dataset, run, seed, processes
        self.config: TrainConfig = config.train
        self.model_config: ModelConfig = config.model
        self.train_lines, self.valid_lines = dataset.split("train"), dataset.split("valid")
        if not self.train_lines:
            raise HwError(
                f"{dataset.path} has no line to train on", f"its splits: {', '.join(dataset.splits)}"
            )
        self.alphabet: Alphabet | None = None
        self.texts: LineTexts | None = None
        if self.model_config.kind == "synthesis":
            self._take_texts(start)
        self.lanes = min(self.config.batch_size, len(self.train_lines))
        if self.lanes < processes.size:
            raise HwError(
                f"{processes.size} processes cannot share {self.lanes} lines learned from side by side",
                "start fewer, or ask for a larger --batch-size",
            )
        self.threads = choose_threads(self.config.threads, processes.local_size)
        torch.set_num_threads(self.threads)
        self.device = choose_device(self.config.device, processes.own_gpu)
        self.bfloat16 = choose_bfloat16(self.config.precision, self.device)
        shape = Shape.of(self.model_config, len(self.alphabet or ()))
        network = Network(shape, dataset.normalisation.sigma_min, self.model_config.dropout)
        pace = self.texts.characters_per_point(dataset) if self.texts else PACE
        network.initialise(torch.Generator().manual_seed(seed), pace)
        if start is not None:
            network.load_tensors(warm_start(start.tensors, start.shape, network.tensors(), shape))
        network.to(self.device).train()
        self.learner = Learner(network, self.config, self.bfloat16, seed, processes)
        self.size = size_of_lines(dataset, self.train_lines) if processes.first else None
        self.progress = Progress()
        self.state: State | None = None  # carried from the window before, None at the start of an epoch
        self.stop = False
        self.metrics = Metrics(run / "metrics.jsonl")
        self.queued: list[_Step] = []
        self.skipped_in_a_row = 0
        self.saved_at = time.monotonic()
        if resume:
            self._restore()

    def _take_texts(self, start: ModelFile | None) -> None:
        """What is needed to learn to write given text; lines whose text is not known are left out."""
        self.train_lines, self.valid_lines = lines_to_write(self.dataset)
        known = start.alphabet if start else None
        if known is None:
            known = Alphabet.from_texts(self.dataset.lines[line].text or "" for line in self.train_lines)
        if not known:
            raise HwError(
                f"{self.dataset.path} has no character {RARE} times in its texts: too few to learn to write",
                "learn from more lines, or go on from a model for synthesis: --from",
            )
        self.alphabet = known
        self.texts = LineTexts.of(self.dataset, [*self.train_lines, *self.valid_lines], known)

    @property
    def network(self) -> Network:
        """The network that learns."""
        return self.learner.network

    def ask_to_stop(self) -> None:
        """Let the step under way end, save, and stop."""
        self.stop = True

    def _restore(self) -> None:
        saved = checkpoints.load_checkpoint(self.run / "checkpoint")
        if saved.settings.get("dataset") != self._identity()["dataset"]:
            raise HwError(
                f"{self.dataset.path} is not the dataset that {self.run} was trained on",
                "resume with the same dataset, or start a new run",
            )
        state = saved.restore(self.learner)
        self.progress = saved.progress
        if self.progress.window:
            part = self.processes.part(self.lanes)
            self.state = [(h[:, part].contiguous(), c[:, part].contiguous()) for h, c in state]

    def _identity(self) -> dict[str, Any]:
        # the offsets and the splits are what a run depends on
        parts: list[Any] = [
            self.dataset.normalisation, self.train_lines, self.valid_lines, self.dataset.starts.tolist()
        ]  # fmt: skip
        if self.texts is not None:
            parts.append([self.alphabet, [codes.tolist() for codes in self.texts.codes.values()]])
        return {"dataset": hashlib.sha256(repr(parts).encode()).hexdigest(), "seed": self.seed}

    def train(self) -> Result:
        """Train until the last epoch; raises StopRequestedError where a signal stopped the run.

        HwError where the loss stays without a number, or the disk is full: the last checkpoint is whole.
        """
        if self.processes.first:
            self.metrics.back_to(self.progress.step, self.progress.epoch)
        self.saved_at = time.monotonic()
        with self._watched() as (screen, tensorboard):
            while self.progress.epoch < self.config.epochs:
                epoch = self._epoch()
                meter = Meter(self.progress, self.config.epochs, len(epoch))
                for batch in feed(epoch, self.progress.window, self.device):
                    self._step(batch, epoch)
                    if self._news_due(epoch):
                        self._catch_up(meter, tensorboard, epoch)
                        screen.show(meter.status())
                        self._save_or_stop()
                self._end_epoch(meter, screen, tensorboard)
                self._save()
                self._save_or_stop()
        p = self.progress
        return Result(p.best, p.best_epoch, p.epoch, p.step)

    @contextmanager
    def _watched(self) -> Iterator[tuple[Display, Board]]:
        folder = self.run / "tensorboard" if self.config.tensorboard and self.processes.first else None
        with (
            asks_to_stop(self.ask_to_stop, insist=self.processes.size == 1),
            board(folder, self.progress.step) as tensorboard,
            display() as screen,
        ):
            yield screen, tensorboard

    def _epoch(self) -> Epoch:
        return Epoch(
            self.dataset,
            self.train_lines,
            self.config.batch_size,
            self.config.window,
            self.seed,
            self.progress.epoch,
            self.processes.part(self.lanes),
            self.texts,
        )

    def _step(self, batch: Batch, epoch: Epoch) -> None:
        """Queue one window's learning: on a GPU it runs while the next is being queued."""
        p = self.progress
        state = self.state or self.network.zero_state(batch.inputs.shape[1])
        rate = learning_rate(self.config, p.step, len(epoch))
        self.state, numbers = self.learner.step(batch, state, p.step, rate)
        p.window += 1
        p.step += 1
        self.queued.append(_Step(p.step, rate, batch.points, numbers))

    def _news_due(self, epoch: Epoch) -> bool:
        """Whether to look at what was queued. On a GPU not at every step: looking means waiting for it."""
        if self.device.type == "cpu" or self.progress.window == len(epoch):
            return True
        return self.progress.step % METRICS_EVERY == 0 or (self.stop and self.processes.size == 1)

    def _catch_up(self, meter: Meter, tensorboard: Board, epoch: Epoch) -> None:
        """Read what the queued steps gave, and write it down."""
        p = self.progress
        values = torch.stack([step.numbers for step in self.queued]).tolist()
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
                self._record(row, tensorboard)
        self.queued.clear()
        if self.skipped_in_a_row >= LARGEST_SKIP:
            state = self.state or []
            found = culprits(self.network, self.dataset, epoch, p.window - 1, state)
            raise HwError(
                f"{self.skipped_in_a_row} steps in a row without a finite loss or gradient, the last in "
                f"epoch {p.epoch + 1}, window {p.window}: {found}",
                "look at these lines, or try a lower --lr, a smaller --clip or --precision float32",
            )

    def _record(self, row: dict[str, Any], tensorboard: Board) -> None:
        if self.processes.first:
            self.metrics.record(row)
            tensorboard.record(row)

    def _save_or_stop(self) -> None:
        """Save where it is time to, and end the run where any process was asked to: all of them together."""
        due = time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes
        due = due and bool(self.config.checkpoint_minutes) and self.processes.first
        wishes = self.processes.add(torch.tensor([self.stop, due], dtype=torch.int32, device=self.device))
        stop, due = (bool(wish) for wish in wishes.tolist())
        if stop or due:
            self._save()
        if stop:
            raise StopRequestedError

    def _end_epoch(self, meter: Meter, screen: Display, tensorboard: Board) -> None:
        p = self.progress
        speed = round(meter.speed())  # of learning alone: validation and pictures come after
        p.epoch, p.window, self.state = p.epoch + 1, 0, None
        train = p.epoch_nats / max(p.epoch_points, 1)
        row: dict[str, Any] = {"step": p.step, "epoch": p.epoch, "train_nats_per_point": train}
        line = f"epoch {p.epoch}/{self.config.epochs}: train {train:.4f} nats a point"
        better = True
        if self.valid_lines:
            valid = evaluate(
                self.learner.result,
                self.dataset,
                self.valid_lines,
                self.dataset.normalisation,
                processes=self.processes,
                texts=self.texts,
            )
            row |= {f"valid_{k}": v for k, v in asdict(valid).items() if k not in ("lines", "points")}
            line += f", valid {valid.nats_per_point:.4f}, {valid.nats_per_sequence:.1f} a sequence"
            p.valid = valid.nats_per_sequence
            better = math.isfinite(p.valid) and (p.best is None or p.valid < p.best)
            if better:
                p.best, p.best_epoch = p.valid, p.epoch
                line += " (best)"
        else:
            p.best_epoch = p.epoch
        if p.skipped:
            row["skipped"] = p.skipped
            line += f", {p.skipped} steps skipped"
        row["points_per_second"] = speed
        p.epoch_nats, p.epoch_points = 0.0, 0
        self._record(row, tensorboard)
        if not self.processes.first:
            return
        model = self.model_file()
        model_files.write(self.run / "last.safetensors", model)
        if better:
            model_files.write(self.run / "best.safetensors", model)
        self._picture(model, tensorboard)
        screen.epoch(line)

    def model_file(self) -> ModelFile:
        """The network as it is now, with what it was trained on and how far."""
        p = self.progress
        about: dict[str, Any] = {
            "data": dict(self.dataset.source),
            "training": {
                "model": asdict(self.model_config),
                "train": {k: v for k, v in asdict(self.config).items() if v is not None}
                | {"seed": self.seed},
                "epoch": p.epoch,
                "steps": p.step,
                "lines": len(self.train_lines),
            },
        }
        if p.best is not None:
            about["log_loss"] = {
                "split": "valid",
                "lines": len(self.valid_lines),
                "nats_per_sequence": p.best,
                "protocol": "graves",
                "sigma_floor": self.dataset.normalisation.sigma_min,
            }
        if self.size is not None:
            about["hand"] = asdict(self.size)
        network = self.learner.result
        return ModelFile(network.shape, self.dataset.normalisation, network.tensors(), about, self.alphabet)

    def _picture(self, model: ModelFile, tensorboard: Board) -> None:
        """What the hand looks like after this epoch, always from the same seed; of texts, two held back."""
        from hwcli.sampling.model import Model

        folder = self.run / "samples"
        folder.mkdir(exist_ok=True)
        try:
            if model.alphabet is None:
                inks = Model(model, "last").sample_many(2, points=500, seed=0)
            else:
                shown = (self.valid_lines or self.train_lines)[:2]
                texts = [self.dataset.lines[line].text or "" for line in shown]
                known = ["".join(c for c in text if c in model.alphabet) for text in texts]
                inks = Model(model, "last").sample_many(1, 900, seed=0, text=known, tries=1)
            from renderers.drawing import draw

            drawing = draw(inks, "plain")
            drawing.save(folder / f"epoch-{self.progress.epoch:03d}.svg")
            tensorboard.picture(drawing, self.progress.step)
        except (ValueError, HwError) as error:  # a hand that is still wild must not end the run
            console.warn(f"no picture of epoch {self.progress.epoch}: {error}")

    def _save(self) -> None:
        state = self._whole_state()
        if self.processes.first:
            checkpoints.save_checkpoint(
                self.run / "checkpoint", self.learner, state, self.progress, self._identity()
            )
        self.processes.wait()
        self.saved_at = time.monotonic()

    def _whole_state(self) -> State:
        """The state of all lanes, every process's part in its place."""
        if self.state is None:
            return self.network.zero_state(1)
        part = self.processes.part(self.lanes)

        def whole(t: torch.Tensor) -> torch.Tensor:
            full = t.new_zeros(1, self.lanes, t.shape[-1])
            full[:, part] = t
            return self.processes.add(full)

        return [(whole(h), whole(c)) for h, c in self.state]
