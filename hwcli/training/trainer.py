"""The training loop. A run folder holds everything: settings, metrics, models, checkpoints, pictures."""

from __future__ import annotations

import hashlib
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from hwcli import console
from hwcli.config import Config, ModelConfig, TrainConfig
from hwcli.dataset.store import Dataset
from hwcli.dataset.windows import Epoch
from hwcli.errors import HwError
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.model.layout import Shape
from hwcli.model.network import Network, State
from hwcli.training import checkpoint as checkpoints
from hwcli.training.checkpoint import Progress
from hwcli.training.device import choose_bfloat16, choose_device
from hwcli.training.display import Display, display
from hwcli.training.loss import Batch, evaluate, window_loss
from hwcli.training.meter import Meter
from hwcli.training.metrics import Metrics
from hwcli.training.schedule import learning_rate
from hwcli.training.signals import asks_to_stop

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


class Trainer:
    """One run, fresh or resumed, on one dataset."""

    def __init__(self, dataset: Dataset, run: Path, config: Config, seed: int, resume: bool = False) -> None:
        self.dataset, self.run, self.seed = dataset, run, seed
        self.config: TrainConfig = config.train
        self.model_config: ModelConfig = config.model
        self.train_lines, self.valid_lines = dataset.split("train"), dataset.split("valid")
        if not self.train_lines:
            raise HwError(
                f"{dataset.path} has no line to train on", f"its splits: {', '.join(dataset.splits)}"
            )
        self.threads = self.config.threads or os.cpu_count() or 1
        torch.set_num_threads(self.threads)
        self.device = choose_device(self.config.device)
        self.bfloat16 = choose_bfloat16(self.config.precision, self.device)
        self.network = Network(
            Shape.of(self.model_config), dataset.normalisation.sigma_min, self.model_config.dropout
        )
        self.network.initialise(torch.Generator().manual_seed(seed))
        self.network.to(self.device).train()
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=self.config.lr, weight_decay=self.config.weight_decay
        )
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.progress = Progress()
        self.state: State | None = None  # carried from the window before, None at the start of an epoch
        self.stop = False
        self.metrics = Metrics(run / "metrics.jsonl")
        self.skipped_in_a_row = 0
        if resume:
            self._restore()

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
        self.state = saved.restore(self.network, self.optimiser, self.generator)
        self.progress = saved.progress
        if self.progress.window == 0:
            self.state = None

    def _identity(self) -> dict[str, Any]:
        # the offsets and the splits are what a run depends on
        text = repr(
            [self.dataset.normalisation, self.train_lines, self.valid_lines, self.dataset.starts.tolist()]
        )
        return {"dataset": hashlib.sha256(text.encode()).hexdigest(), "seed": self.seed}

    def train(self) -> Result:
        """Train until the last epoch; raises StopRequestedError where a signal stopped the run.

        HwError where the loss stays without a number, or the disk is full: the last checkpoint is whole.
        """
        self.metrics.back_to(self.progress.step)
        saved_at = time.monotonic()
        with asks_to_stop(self.ask_to_stop), display() as screen:
            while self.progress.epoch < self.config.epochs:
                epoch = Epoch(
                    self.dataset,
                    self.train_lines,
                    self.config.batch_size,
                    self.config.window,
                    self.seed,
                    self.progress.epoch,
                )
                meter = Meter(self.progress, self.config.epochs, len(epoch))
                while self.progress.window < len(epoch):
                    self._step(epoch, meter)
                    if self.skipped_in_a_row >= LARGEST_SKIP:
                        raise HwError(
                            f"{self.skipped_in_a_row} steps in a row without a finite loss, the last in "
                            f"epoch {self.progress.epoch + 1}, window {self.progress.window}",
                            "try a lower --lr, a smaller --clip or --precision float32",
                        )
                    screen.show(meter.status())
                    due = time.monotonic() - saved_at > 60 * self.config.checkpoint_minutes
                    if self.stop or (self.config.checkpoint_minutes and due):
                        self._save()
                        saved_at = time.monotonic()
                    if self.stop:
                        raise StopRequestedError
                self._end_epoch(meter, screen)
                self._save()
                saved_at = time.monotonic()
                if self.stop:
                    raise StopRequestedError
        p = self.progress
        return Result(p.best, p.best_epoch, p.epoch, p.step)

    def _step(self, epoch: Epoch, meter: Meter) -> None:
        """One window: loss, gradient, clipping, Adam; passed over where nothing finite is to be learned."""
        p = self.progress
        batch = Batch.of(epoch[p.window], self.device)
        state = self.state or self.network.zero_state(batch.inputs.shape[1])
        rate = learning_rate(self.config, p.step, len(epoch))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss, after = window_loss(self.network, batch, state, self.bfloat16, self.generator)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types for it
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip or math.inf)
        value, size = float(loss.detach()), float(norm)
        finite = math.isfinite(value) and math.isfinite(size)
        if finite:
            self.optimiser.step()
            self.network.pin_reset()
            self.skipped_in_a_row = 0
        else:
            p.skipped += 1
            self.skipped_in_a_row += 1
        # what blew up is not carried on: the state before it is the best that there is
        whole = finite or all(bool(t.isfinite().all()) for pair in after for t in pair)
        self.state = after if whole else state
        points = int(batch.eos_weight.sum())
        p.window += 1
        p.step += 1
        meter.add(value, points, finite)
        if p.step % METRICS_EVERY == 0:
            row = {"step": p.step, "epoch": p.epoch + 1, "loss": value, "lr": rate, "gradient_norm": size}
            if p.skipped:
                row["skipped"] = p.skipped
            self.metrics.record(row)

    def _end_epoch(self, meter: Meter, screen: Display) -> None:
        p = self.progress
        speed = round(meter.speed())  # of learning alone: validation and pictures come after
        p.epoch, p.window, self.state = p.epoch + 1, 0, None
        train = p.epoch_nats / max(p.epoch_points, 1)
        row: dict[str, Any] = {"step": p.step, "epoch": p.epoch, "train_nats_per_point": train}
        line = f"epoch {p.epoch}/{self.config.epochs}: train {train:.4f} nats a point"
        better = True
        if self.valid_lines:
            valid = evaluate(self.network, self.dataset, self.valid_lines, self.dataset.normalisation)
            row |= {f"valid_{k}": v for k, v in asdict(valid).items() if k not in ("lines", "points")}
            line += f", valid {valid.nats_per_point:.4f}, {valid.nats_per_sequence:.1f} a sequence"
            p.valid = valid.nats_per_sequence
            better = math.isfinite(p.valid) and (p.best is None or p.valid < p.best)
            if better:
                p.best, p.best_epoch = p.valid, p.epoch
                line += " (best)"
        else:
            p.best_epoch = p.epoch
        row["points_per_second"] = speed
        self.metrics.record(row)
        p.epoch_nats, p.epoch_points = 0.0, 0
        model = self.model_file()
        model_files.write(self.run / "last.safetensors", model)
        if better:
            model_files.write(self.run / "best.safetensors", model)
        self._picture(model)
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
        return ModelFile(self.network.shape, self.dataset.normalisation, self.network.tensors(), about=about)

    def _picture(self, model: ModelFile) -> None:
        """What the hand looks like after this epoch, always from the same seed."""
        from hwcli.sampling.model import Model

        folder = self.run / "samples"
        folder.mkdir(exist_ok=True)
        try:
            inks = Model(model, "last").sample_many(count=2, points=500, seed=0)
            from renderers.drawing import draw

            draw(inks, "plain").save(folder / f"epoch-{self.progress.epoch:03d}.svg")
        except ValueError as error:  # a hand that is still wild must not end the run
            console.warn(f"no picture of epoch {self.progress.epoch}: {error}")

    def _save(self) -> None:
        state = self.state or self.network.zero_state(1)
        checkpoints.save_checkpoint(
            self.run / "checkpoint",
            self.network,
            self.optimiser,
            self.generator,
            state,
            self.progress,
            self._identity(),
        )
