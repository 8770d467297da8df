"""Run folders: starting one, going on with one, and how a run's end is told."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hwcli import config, console
from hwcli.config import Settings
from hwcli.dataset.demo import demo_dataset
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError, UsageError, os_error
from hwcli.files import write_atomically
from hwcli.sampling.model import fresh_seed

if TYPE_CHECKING:
    from hwcli.training.trainer import Trainer

DEFAULT_DATASET = Path("dataset")
# settings that may be others when a run is resumed: they change how it runs, not what it computes
FREE = {"train.device", "train.threads", "train.checkpoint_minutes", "train.epochs", "train.cooldown"}


def start_run(run: Path, dataset: Path | None, settings: Settings, overwrite: bool) -> None:
    """Train afresh in the folder `run`. HwError where something is there already."""
    if run.exists() and (not run.is_dir() or any(run.iterdir())):
        if not run.is_dir() or not (run / "config.toml").is_file():
            raise HwError(f"{run} is there and is no run of hw train", "-o names another place")
        if not overwrite:
            hint = f"--resume goes on with it, --overwrite starts afresh, -o names another place than {run}"
            raise HwError(f"{run} holds a run already", hint)
    data = _dataset(run, dataset)
    train = settings.config.train
    if train.seed is None:
        train = replace(train, seed=fresh_seed())
        console.note(f"seed {train.seed}")
        settings = Settings(
            replace(settings.config, train=train), {**settings.origins, "train.seed": "drawn"}
        )
    trainer = _trainer(data, run, settings, resume=False)
    try:  # nothing is touched before it is clear that the run can start
        if run.exists():
            shutil.rmtree(run)
        run.mkdir(parents=True)
    except OSError as error:
        raise os_error(error, f"make the folder {run}") from None
    write_atomically(run / "dataset.txt", f"{data.path.resolve()}\n".encode())
    _train(trainer, settings)


def resume_run(run: Path, dataset: Path | None, settings: Settings) -> None:
    """Go on with the run in the folder `run`, with its own settings.

    UsageError where a flag asks for another network or other learning than the run has.
    """
    stored_file = run / "config.toml"
    if not stored_file.is_file():
        raise HwError(f"no run to resume in {run}", "hw train without --resume starts one")
    stored = config.load(stored_file, environ={})
    resumed, origins = stored.config, dict(stored.origins)
    for name, origin in settings.origins.items():
        section, key = name.split(".")
        if section not in ("model", "train") or not origin.startswith("--"):
            continue
        value = getattr(getattr(settings.config, section), key)
        was = getattr(getattr(stored.config, section), key)
        if value != was and name not in FREE:
            free = ", ".join(sorted(n.split(".")[1].replace("_", "-") for n in FREE))
            raise UsageError(
                f"{origin} {value}: the run in {run} has {was}", f"a resumed run may change only --{free}"
            )
        resumed = replace(resumed, **{section: replace(getattr(resumed, section), **{key: value})})
        origins[name] = origin
    where = dataset or Path((run / "dataset.txt").read_text(encoding="utf-8").strip())
    settings = Settings(resumed, origins)
    _train(_trainer(open_dataset(where), run, settings, resume=True), settings)


def _record(run: Path, settings: Settings) -> None:
    head = f"# hw train; resume with: hw train --resume -o {run}\n\n"
    write_atomically(run / "config.toml", (head + settings.toml()).encode())


def _dataset(run: Path, dataset: Path | None) -> Dataset:
    if dataset is None and not DEFAULT_DATASET.exists():
        folder = run.parent / f"{run.name}-demo-dataset"
        if not folder.exists():
            console.note(f"no dataset given: sampling a demo from the bundled model into {folder}")
            demo_dataset(folder)
        return open_dataset(folder)
    return open_dataset(dataset or DEFAULT_DATASET)


def _trainer(data: Dataset, run: Path, settings: Settings, resume: bool) -> Trainer:
    from hwcli.training.trainer import Trainer

    seed = settings.config.train.seed
    assert seed is not None  # start_run() has drawn and stored one
    return Trainer(data, run, settings.config, seed, resume)


def _train(trainer: Trainer, settings: Settings) -> None:
    from hwcli.training.trainer import StopRequestedError

    run, shape = trainer.run, trainer.network.shape
    _record(run, settings)
    arithmetic = "bfloat16 LSTM" if trainer.bfloat16 else "float32"
    threads = f"{trainer.threads} thread{'s' * (trainer.threads > 1)}"
    console.note(
        f"{len(trainer.train_lines):,} lines to learn from, {len(trainer.valid_lines):,} for validation; "
        f"{shape.layers} x {shape.hidden}, {trainer.model_file().parameters:,} weights; "
        f"{trainer.device}, {arithmetic}, {threads}"
    )
    if not trainer.valid_lines:
        console.warn("no valid split: the last model is taken for the best")
    try:
        result = trainer.train()
    except StopRequestedError:
        again = f"hw train --resume -o {shlex.quote(str(run))}"
        console.note(f"saved after step {trainer.progress.step:,}; go on with: {again}")
        raise KeyboardInterrupt from None
    best = f", best {result.best:.1f} nats a sequence in epoch {result.best_epoch}" if result.best else ""
    console.note(f"{result.epochs} epochs, {result.steps:,} steps{best}: {run / 'best.safetensors'}")
    console.note(f"see it write: hw sample --model {shlex.quote(str(run / 'best.safetensors'))}")
