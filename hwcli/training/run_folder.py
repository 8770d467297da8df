"""Run folders: starting one, going on with one, and how a run's end is told."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwcli import console
from hwcli.atomic import write_atomically
from hwcli.config.load import Settings, load
from hwcli.config.sections import Config, ModelConfig
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError, UsageError, os_error
from hwcli.model import file as model_files
from hwcli.model.file import ModelFile
from hwcli.network.device import choose_device
from hwcli.sampling.demo_dataset import demo_dataset
from hwcli.sampling.load import load_model
from hwcli.sampling.model import fresh_seed
from hwcli.training.processes import Processes
from hwcli.training.trainer import StopRequestedError, Trainer

DEFAULT_DATASET = Path("dataset")
LOCK = ".lock"
FROM = "from.safetensors"  # the model that a run began with
# settings that may be others when a run is resumed: they change how it runs, not what it computes, or how
# long it goes on
FREE = {
    "train.device", "train.threads", "train.checkpoint_minutes", "train.epochs", "train.cooldown",
    "train.tensorboard",
}  # fmt: skip


def start_run(
    run: Path, dataset: Path | None, settings: Settings, overwrite: bool, start: str | None = None
) -> None:
    """Train afresh in the folder `run`, from the weights of the model `start` where one is named.

    HwError where something is there already.
    """
    processes = Processes.from_environment()
    with processes.together(choose_device(settings.config.train.device, processes.own_gpu)):
        if (
            processes.first
            and run.exists()
            and (not run.is_dir() or any(p.name != LOCK for p in run.iterdir()))
        ):
            if not run.is_dir() or not (run / "config.toml").is_file():
                raise HwError(f"{run} is there and is no run of hw train", "-o names another place")
            if not overwrite:
                hint = (
                    f"--resume goes on with it, --overwrite starts afresh, -o names another place than {run}"
                )
                raise HwError(f"{run} holds a run already", hint)
        weights = None if start is None else load_model(start).file
        if weights is not None:
            settings = _as_model(settings, weights)
        data = _dataset(run, dataset, processes, settings.config.model.kind)
        if weights is not None:
            data = replace(data, normalisation=weights.normalisation)  # the units that its weights know
        train = settings.config.train
        if train.seed is None:
            train = replace(train, seed=processes.agree(fresh_seed()))
            console.note(f"seed {train.seed}")
            origins = {**settings.origins, "train.seed": "drawn"}
            settings = Settings(replace(settings.config, train=train), origins)
        # nothing is touched before it is clear that the run can start
        trainer = _trainer(data, run, settings.config, processes, start=weights)
        with _locked(run, processes):
            if processes.first:
                _clear(run)
                write_atomically(run / "dataset.txt", f"{data.path.resolve()}\n".encode())
                if weights is not None:
                    model_files.write(run / FROM, weights)
            _train(trainer, settings)


def resume_run(run: Path, dataset: Path | None, settings: Settings) -> None:
    """Go on with the run in the folder `run`, with its own settings.

    UsageError where a flag asks for another network or other learning than the run has.
    """
    stored_file = run / "config.toml"
    if not stored_file.is_file():
        raise HwError(f"no run to resume in {run}", "hw train without --resume starts one")
    stored = load(stored_file, environ={})
    resumed, origins = stored.config, dict(stored.origins)
    refused: list[str] = []
    asked = ("--", "preset") if settings.origins.get("train.preset", "").startswith("--") else ("--",)
    for name, origin in settings.origins.items():
        section, key = name.split(".")
        # what files and variables say is for new runs; so is a preset that stands there
        if section not in ("model", "train") or not origin.startswith(asked):
            continue
        value = getattr(getattr(settings.config, section), key)
        was = getattr(getattr(stored.config, section), key)
        if value != was and name not in FREE and key != "preset":
            refused.append(f"{origin} {value}: the run in {run} has {was}")
            continue
        resumed = replace(resumed, **{section: replace(getattr(resumed, section), **{key: value})})
        origins[name] = origin
    if refused:
        free = ", ".join(sorted("--" + n.split(".")[1].replace("_", "-") for n in FREE))
        raise UsageError("; ".join(refused), f"a resumed run may change only {free}")
    processes = Processes.from_environment()
    with processes.together(choose_device(resumed.train.device, processes.own_gpu)), _locked(run, processes):
        where = dataset or Path((run / "dataset.txt").read_text(encoding="utf-8").strip())
        data, start = open_dataset(where), None
        if (run / FROM).is_file():  # its units and its alphabet are the run's
            start = model_files.read(run / FROM)
            data = replace(data, normalisation=start.normalisation)
        settings = Settings(resumed, origins)
        _train(_trainer(data, run, resumed, processes, resume=True, start=start), settings)


@contextmanager
def _locked(run: Path, processes: Processes) -> Iterator[None]:
    """Within the block no other hw train works in `run`. HwError where one does already."""
    if not processes.first:
        yield
        return
    from filelock import FileLock, Timeout

    try:
        run.mkdir(parents=True, exist_ok=True)
        lock = FileLock(run / LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise HwError(
            f"another process is training in {run}", "wait for it, or name another place with -o"
        ) from None
    except OSError as error:
        raise os_error(error, f"make the folder {run}") from None
    try:
        yield
    finally:
        lock.release()


def _clear(run: Path) -> None:
    try:
        for path in run.iterdir():
            if path.name == LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    except OSError as error:
        raise os_error(error, f"clear the folder {run}") from None


def _as_model(settings: Settings, weights: ModelFile) -> Settings:
    """The settings with the model's sizes and dropout where no others were asked for."""
    shape = weights.shape
    its: dict[str, Any] = {key: getattr(shape, key) for key in ("layers", "hidden", "mixtures", "skip")}
    if shape.gaussians:
        its |= {"kind": shape.kind, "gaussians": shape.gaussians}
    with suppress(KeyError, TypeError, ValueError):
        dropout = float(weights.about["training"]["model"]["dropout"])
        its |= {"dropout": dropout} if 0 <= dropout <= 0.95 else {}
    its = {key: value for key, value in its.items() if f"model.{key}" not in settings.origins}
    model: ModelConfig = replace(settings.config.model, **its)
    origins = {**settings.origins, **{f"model.{key}": "--from" for key in its}}
    return Settings(replace(settings.config, model=model), origins)


def _record(run: Path, settings: Settings) -> None:
    head = f"# hw train; resume with: hw train --resume -o {run}\n\n"
    write_atomically(run / "config.toml", (head + settings.toml()).encode())


def _dataset(run: Path, dataset: Path | None, processes: Processes, kind: str) -> Dataset:
    if dataset is None and not DEFAULT_DATASET.exists():
        if kind == "synthesis":
            raise HwError(
                "no dataset given, and a demo has no text to learn from",
                "hw preprocess --transcripts makes one with text: hw train DATASET --kind synthesis",
            )
        folder = run.parent / f"{run.name}-demo-dataset"
        if processes.first and not folder.exists():
            console.note(f"no dataset given: sampling a demo from the bundled model into {folder}")
            demo_dataset(folder)
        processes.wait()
        return open_dataset(folder)
    return open_dataset(dataset or DEFAULT_DATASET)


def _trainer(
    data: Dataset,
    run: Path,
    settings: Config,
    processes: Processes,
    resume: bool = False,
    start: ModelFile | None = None,
) -> Trainer:
    seed = settings.train.seed
    assert seed is not None  # start_run() has drawn and stored one
    return Trainer(data, run, settings, seed, resume, processes, start)


def _train(trainer: Trainer, settings: Settings) -> None:
    run, shape, processes = trainer.run, trainer.network.shape, trainer.processes
    if processes.first:
        _record(run, settings)
    arithmetic = "bfloat16 LSTM" if trainer.bfloat16 else "float32"
    threads = f"{trainer.threads} thread{'s' * (trainer.threads > 1)}"
    shared = f"{processes.size} processes, each " if processes.size > 1 else ""
    console.note(
        f"{len(trainer.train_lines):,} lines to learn from, {len(trainer.valid_lines):,} for validation; "
        f"{shape.kind}, {shape.layers} x {shape.hidden}, {trainer.model_file().parameters:,} weights; "
        f"{shared}{trainer.device}, {arithmetic}, {threads}"
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
    text = " --text TEXT" if trainer.alphabet else ""
    console.note(f"see it write: hw sample --model {shlex.quote(str(run / 'best.safetensors'))}{text}")
