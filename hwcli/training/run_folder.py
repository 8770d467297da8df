"""Starting and resuming a run in its folder."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hwcli import console
from hwcli.atomic import write_atomically
from hwcli.config.kinds import READER, check_flags
from hwcli.config.load import Settings, in_comment
from hwcli.config.resume import resumed_settings, stored_settings
from hwcli.config.sections import Config, ModelConfig
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.errors import HwError, os_error
from hwcli.model import file as model_files
from hwcli.model import reader_file
from hwcli.model.container import BEST, LAST, read_header
from hwcli.model.file import ModelFile
from hwcli.model.find import find
from hwcli.model.reader_file import ReaderFile
from hwcli.model.shape import Shape
from hwcli.network.device import choose_device
from hwcli.sampling.demo_dataset import demo_dataset
from hwcli.sampling.seed import fresh_seed
from hwcli.signals import of_signal
from hwcli.training.checkpoint import FOLDER, has_checkpoint
from hwcli.training.display import describe_seconds
from hwcli.training.processes import SINGLE, Processes
from hwcli.training.reader.trainer import ReaderTrainer
from hwcli.training.run.environment import environment
from hwcli.training.run.loop import Loop
from hwcli.training.run.outcome import StopRequestedError, resume_command
from hwcli.training.run.replacing import finish, replace_run, was_interrupted
from hwcli.training.trainer import Trainer
from renderers.atomic import SUFFIX, clear, target_of

DEFAULT_DATASET = Path("dataset")
SETTINGS = "config.toml"  # a folder with it holds a run that can be resumed
DATASET = "dataset.txt"  # the dataset's path
START_MODEL = "from.safetensors"  # the model that the run started from
STARTING = (SETTINGS, DATASET, START_MODEL)
LOCK = ".lock"
AnyModel = ModelFile | ReaderFile
AnyTrainer = Loop[Any, Any]


def start_run(
    run: Path,
    dataset: Path | None,
    settings: Settings,
    overwrite: bool,
    start: str | None = None,
    began: float | None = None,
) -> None:
    """Train a new run in the folder `run`, from the weights of the model `start` if given.

    A limit of time counts from `began` (time.monotonic), or from the first step.

    Raises HwError, leaving the folder as it was, if it is in use or the run cannot start, and
    KeyboardInterrupt if a signal stopped the run, which has then saved a checkpoint.
    """
    model = None
    if start is not None:
        settings, model = _started_from(start, settings)
    check_flags(settings)
    processes = _processes(settings.config.model.kind)
    with processes.connected(choose_device(settings.config.train.device, processes.own_gpu)):
        if processes.first:
            _finish_replacing(run)
            _check_free(run, overwrite)
        data = _open_dataset(run, dataset, processes, settings.config.model.kind)
        if is_drawn := settings.config.train.seed is None:
            seed = processes.broadcast(fresh_seed())
            config = replace(settings.config, train=replace(settings.config.train, seed=seed))
            settings = Settings(config, {**settings.origins, "train.seed": "random"})
        trainer = _trainer(data, run, settings.config, processes, model)
        with _locked(run, processes):
            if processes.first:
                replace_run(run, lambda folder: _write_start(folder, trainer, settings, model))
            if is_drawn:  # what could fail early has not
                console.note(f"seed {settings.config.train.seed}")
            _train(trainer, settings, began)


def _write_start(folder: Path, trainer: AnyTrainer, settings: Settings, model: AnyModel | None) -> None:
    """Write all that a run needs into `folder`: with it, it can be resumed."""
    _store_path(folder, trainer.dataset)
    if isinstance(model, ReaderFile):
        reader_file.write(folder / START_MODEL, model)
    elif model is not None:
        model_files.write(folder / START_MODEL, model)
    _store_settings(folder, trainer.run, settings)
    trainer.save_start(folder)


def resume_run(run: Path, dataset: Path | None, settings: Settings, began: float | None = None) -> None:
    """Continue the run in the folder `run` with its own settings, or begin it if it has no checkpoint yet.

    Raises UsageError if a flag asks for another network or way of learning than the run has, HwError if there
    is no run, it is in use, it was trained on another dataset, or its checkpoints are lost; KeyboardInterrupt
    as in `start_run`.
    """
    _finish_replacing(run)
    if not (run / SETTINGS).is_file():
        raise HwError(f"there is no run to resume in {run}", "start one with hw train without --resume")
    settings = resumed_settings(stored_settings(run / SETTINGS), settings, run)
    if settings.config.train.seed is None:
        raise HwError(f"{run / SETTINGS} is damaged: it has no seed", "start the run again with --overwrite")
    kind = settings.config.model.kind
    processes = _processes(kind)
    device = choose_device(settings.config.train.device, processes.own_gpu)
    with processes.connected(device), _locked(run, processes):
        data = open_dataset(dataset or _stored_path(run), verify=True)
        model = _read(run / START_MODEL, kind) if (run / START_MODEL).is_file() else None
        trainer = _trainer(data, run, settings.config, processes, model, resume=_has_begun(run))
        if processes.first:
            _remove_leftovers(run)
            _store_path(run, data)
            _store_settings(run, run, settings)
        _train(trainer, settings, began)


def _processes(kind: str) -> Processes:
    """Return the processes of the run; HwError if there are several for a reader."""
    processes = Processes.from_environment()
    if kind == READER and processes.size > 1:
        raise HwError(
            f"a reader cannot be trained by {processes.size} processes: it learns in one",
            "start it without torchrun; --threads sets the number of cores",
        )
    return processes


def _read(path: Path, kind: str) -> AnyModel:
    return reader_file.read(path) if kind == READER else model_files.read(path)


def _started_from(start: str, settings: Settings) -> tuple[Settings, AnyModel]:
    """Return the model `start`, and `settings` with its kind and sizes, as far as they are not set."""
    path = find(start, settings.config.model.kind).path
    if "model.kind" not in settings.origins and read_header(path).get("kind") == READER:
        config = replace(settings.config, model=replace(settings.config.model, kind=READER))
        settings = Settings(config, {**settings.origins, "model.kind": "--from"})
    model = _read(path, settings.config.model.kind)
    return _with_model_sizes(settings, model), model


def _with_model_sizes(settings: Settings, model: AnyModel) -> Settings:
    """Return `settings` with the sizes and the dropout of `model`, as far as they are not set otherwise."""
    shape = model.shape
    sizes: dict[str, Any] = {key: getattr(shape, key) for key in ("layers", "hidden")}
    if isinstance(shape, Shape):
        sizes |= {"mixtures": shape.mixtures, "skip": shape.skip}
        if shape.sources:
            sizes["sources"] = True
        if shape.gaussians:
            sizes |= {"kind": shape.kind, "gaussians": shape.gaussians}
    with suppress(KeyError, TypeError, ValueError):
        dropout = float(model.about["training"]["model"]["dropout"])
        sizes |= {"dropout": dropout} if 0 <= dropout <= 0.95 else {}
    sizes = {key: value for key, value in sizes.items() if f"model.{key}" not in settings.origins}
    config: ModelConfig = replace(settings.config.model, **sizes)
    origins = {**settings.origins, **{f"model.{key}": "--from" for key in sizes}}
    return Settings(replace(settings.config, model=config), origins)


def _check_free(run: Path, overwrite: bool) -> None:
    """Raise HwError if `run` is taken: by anything that is not a run, or by a run without `overwrite`.

    A start that was killed before it wrote the settings has left no run, only some of STARTING.
    """
    if not (run / SETTINGS).is_file():
        if run.exists() and not (run.is_dir() and all(map(_is_from_start, run.iterdir()))):
            raise HwError(f"{run} exists and is not a run of hw train", "choose another folder with -o")
    elif not overwrite:
        raise HwError(
            f"{run} already holds a run",
            "continue it with --resume, replace it with --overwrite, or choose another folder with -o",
        )


def _finish_replacing(run: Path) -> None:
    """Complete, or undo, what a process did that was killed while it replaced the run."""
    if was_interrupted(run):
        with _locked(run, SINGLE):
            finish(run)


def _is_from_start(path: Path) -> bool:
    return path.name == LOCK or (target_of(path.name) or path.name) in STARTING


def _open_dataset(run: Path, dataset: Path | None, processes: Processes, kind: str) -> Dataset:
    """Open the given or the default dataset; if there is none, sample a demo dataset beside `run`."""
    if dataset is not None or DEFAULT_DATASET.exists():
        return open_dataset(dataset or DEFAULT_DATASET, verify=True)
    if kind != "prediction":
        raise HwError(
            f"--kind {kind} needs a dataset with text, and the demo dataset has none",
            f"make one with hw preprocess --transcripts, then run hw train DATASET --kind {kind}",
        )
    folder = run.parent / f"{run.name}-demo-dataset"
    if processes.first and not folder.exists():
        console.note(f"no dataset given: sampling a demo dataset from iam-prediction into {folder}")
        with console.progress("sampling") as report:
            demo_dataset(folder, report=report)
    processes.barrier()
    return open_dataset(folder, verify=True)


def _trainer(
    data: Dataset,
    run: Path,
    config: Config,
    processes: Processes,
    model: AnyModel | None,
    resume: bool = False,
) -> AnyTrainer:
    assert config.train.seed is not None  # start_run() draws and stores one
    if config.model.kind == READER:
        assert not isinstance(model, ModelFile)
        return ReaderTrainer(data, run, config, config.train.seed, resume, model)
    assert not isinstance(model, ReaderFile)
    if model is not None:  # its weights only fit its own units
        data = replace(data, normalisation=model.normalisation)
    return Trainer(data, run, config, config.train.seed, resume, processes, model)


@contextmanager
def _locked(run: Path, processes: Processes) -> Iterator[None]:
    """Create the folder `run` and keep other runs out of it within the block; HwError if one is there."""
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
            f"another process is training in {run}", "wait for it, or choose another folder with -o"
        ) from None
    except OSError as error:
        raise os_error(error, f"create the folder {run}") from None
    try:
        yield
    finally:
        lock.release()


def _stored_path(run: Path) -> Path:
    """Return the path of the run's dataset."""
    hint = f"name the dataset: hw train DATASET --resume -o {shlex.quote(str(run))}"
    try:
        path = (run / DATASET).read_bytes()
    except OSError as error:
        failed = os_error(error, f"read {run / DATASET}, which names the run's dataset")
        raise HwError(failed.message, hint) from None
    if not path.strip() or b"\0" in path:
        raise HwError(f"{run / DATASET} is damaged: it does not name the run's dataset", hint)
    return Path(os.fsdecode(path.strip()))


def _store_path(run: Path, data: Dataset) -> None:
    write_atomically(run / DATASET, os.fsencode(data.path.resolve()) + b"\n")


def _has_begun(run: Path) -> bool:
    """Return whether the run has a checkpoint to resume from; HwError if it must have lost them."""
    if has_checkpoint(run / FOLDER):
        return True
    if models := [name for name in (BEST, LAST) if (run / name).is_file()]:
        raise HwError(
            f"{run} has no checkpoint to resume from, although it has a model, {models[0]}",
            f"start another run from the model: hw train DATASET -o OTHER --from {shlex.quote(str(run))}",
        )
    console.note(f"{run} has no checkpoint yet: beginning the run")
    return False


def _remove_leftovers(run: Path) -> None:
    """Remove the temporary files of a process that was killed while writing; the run is locked."""
    for folder in (run, run / FOLDER, run / "samples"):
        for path in folder.glob(f".*{SUFFIX}"):
            if target_of(path.name):
                clear(path)


def _train(trainer: AnyTrainer, settings: Settings, began: float | None) -> None:
    """Train, and print what the run is and how it ended."""
    run = trainer.run
    console.note(_describe(trainer))
    if len(trainer.dataset.sources) > 1 or settings.config.train.rare_boost > 1:
        counts = (f"{name} {count:,}" for name, count in trainer.counts.items())
        console.note(f"lines per epoch: {', '.join(counts)}")
    if not trainer.valid_points:
        console.warn(
            "the dataset has no validation lines (split 'valid'), "
            "so the last epoch's model is saved as the best"
        )
    try:
        result = trainer.train(began)
    except StopRequestedError as stop:
        end = of_signal(stop.number)
        end.add_note(f"saved after step {trainer.progress.step:,}; resume with: {resume_command(run)}")
        raise end from None
    path = next((run / name for name in (BEST, LAST) if (run / name).is_file()), run)
    best = ""
    if result.best is not None:
        best = f", best {trainer.units.describe(result.best)} {_after(result.best_epoch)}"
    took = f", in {describe_seconds(result.seconds)}" if result.seconds else ""
    console.note(f"finished {_after(result.epochs)}, step {result.steps:,}{took}{best}: {path}")
    console.note(trainer.how_to_use(shlex.quote(str(path))))


def _after(epochs: float) -> str:
    return f"after epoch {epochs:g}" if float(epochs).is_integer() else f"after {epochs:g} epochs"


def _store_settings(folder: Path, run: Path, settings: Settings) -> None:
    """Write the settings of `run` into `folder`."""
    command = in_comment(resume_command(run))
    head = f"# hw train; resume with: {command}\n# {environment()}\n\n"
    write_atomically(folder / SETTINGS, (head + settings.toml()).encode())


def _describe(trainer: AnyTrainer) -> str:
    """Return the data, network, device and arithmetic of a run as one line."""
    shape, processes = trainer.learner.network.shape, trainer.processes
    weights = sum(map(math.prod, shape.tensors().values()))
    shared = f"{processes.size} processes, each " if processes.size > 1 else ""
    return (
        f"{trainer.lines}; "
        f"{shape.kind}, {shape.layers} x {shape.hidden}, {weights:,} weights; "
        f"{shared}{trainer.device}, {trainer.arithmetic}, "
        f"{trainer.threads} thread{'s' * (trainer.threads > 1)}"
    )
