"""Train a network for a given time: hw train with the number of epochs that the time allows.

    HW_TRAIN_PRESET=synthesis python benchmarks/timed_run.py iam-all run --seconds 360

For a machine that is lent by the minute. Settings come from hw.toml and the environment, as for hw train.
The schedule must be a trapezoid: shortly before its learning rate falls, the number of epochs is set from the
pace so far, and the run is then the one that hw train makes with `--epochs` of that number. Lines are
validated after the last epoch only, and no pictures are drawn. Weights below 1 in `source_weight` make the
epochs shorter and their number finer.

With `--epochs-file`, several runs at once have the same number of epochs, such as a model and its twin: one
writes the number, those with `--follow` read it. Several runs share a GPU well under its multi-process
service (`nvidia-cuda-mps-control -d`), with two processor cores each.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.config.load import load
from hwcli.config.sections import Config
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.training import trainer
from hwcli.training.batch_tensors import Batch
from hwcli.training.display import Display
from hwcli.training.trainer import StopRequestedError, Trainer

UNDECIDED = 100_000  # epochs
SAVING = 4.0  # seconds kept for the end of the run
CARE = 0.97  # share of the pace that is counted on


class TimedTrainer(Trainer):
    """A trainer that ends at a time; one that follows takes its epochs from `file`."""

    def __init__(
        self,
        dataset: Dataset,
        run: Path,
        config: Config,
        seed: int,
        seconds: float,
        file: Path | None,
        follow: bool,
        start: ModelFile | None = None,
    ) -> None:
        unknown = replace(config, train=replace(config.train, epochs=UNDECIDED, checkpoint_minutes=0.0))
        super().__init__(dataset, run, unknown, seed, start=start)
        self.begin, self.seconds, self.file, self.follow = time.monotonic(), seconds, file, follow
        rates = self.mixture.rates
        each = (dataset.lengths[lines] @ rates[name] for name, lines in self.mixture.lines.items())
        self.points_per_epoch = float(sum(each))
        self.done = 0
        self.marks: list[tuple[float, int]] = []  # seconds, and the points done by then

    def _step(self, batch: Batch, epoch: Epoch) -> None:
        super()._step(batch, epoch)
        self.done += batch.points
        now = time.monotonic() - self.begin
        self.marks.append((now, self.done))
        if self.config.epochs == UNDECIDED and now > 0.96 * (1 - self.config.cooldown) * self.seconds:
            self._decide(now)
        if now > self.seconds - SAVING / 2:
            self.stop = True

    def _decide(self, now: float) -> None:
        """Set the number of epochs by the pace in the second half of the time so far."""
        if not self.follow:
            then, points = next(mark for mark in self.marks if mark[0] >= now / 2)
            pace = CARE * (self.done - points) / max(now - then, 1e-9)
            epochs = max(1, int((self.done + pace * (self.seconds - now - SAVING)) / self.points_per_epoch))
            if self.file is not None:
                self.file.write_text(str(epochs))
        elif self.file is not None and self.file.exists():
            epochs = int(self.file.read_text())
        else:
            return
        self.config = replace(self.config, epochs=epochs)
        self.full_config = replace(self.full_config, train=self.config)

    def _validate(self, display: Display) -> dict[str, float]:
        return super()._validate(display) if self.progress.epoch >= self.config.epochs else {}

    def _save(self) -> None:
        if self.stop or self.progress.epoch >= self.config.epochs:
            super()._save()


def no_picture(*_: Any) -> None:
    """Stand for `save_picture`."""


def main(
    dataset: Annotated[Path, typer.Argument(help="Dataset folder.")],
    run: Annotated[Path, typer.Argument(help="Run folder, which must not exist.")],
    seconds: Annotated[float, typer.Option(help="Duration.")],
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    epochs_file: Annotated[Path | None, typer.Option(help="File that holds the number of epochs.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Read it, as another run writes it.")] = False,
    start: Annotated[Path | None, typer.Option("--from", help="Model file to start from.")] = None,
) -> None:
    """Train for a given time."""
    config = load().config
    if config.train.schedule != "trapezoid":
        raise typer.BadParameter("the schedule must be a trapezoid")
    data, model = open_dataset(dataset), None
    if start is not None:
        model = model_files.read(start)
        data = replace(data, normalisation=model.normalisation)
    run.mkdir(parents=True)
    vars(trainer)["save_picture"] = no_picture  # pictures take seconds of the GPU's time
    timed = TimedTrainer(data, run, config, seed, seconds, epochs_file, follow, model)
    try:
        result = timed.train()
        typer.echo(f"{result.epochs} epochs, {result.best} nats per sequence, {run / 'last.safetensors'}")
    except StopRequestedError:
        typer.echo(f"out of time in epoch {timed.progress.epoch + 1} of {timed.config.epochs}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
