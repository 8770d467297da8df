"""hw train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.commands.options import setting, settings


def train(
    context: typer.Context,
    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Dataset folder of hw preprocess (default: dataset; a demo where there is none)."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")] = Path("run"),
    layers: Annotated[int | None, setting("model", "layers")] = None,
    hidden: Annotated[int | None, setting("model", "hidden")] = None,
    mixtures: Annotated[int | None, setting("model", "mixtures")] = None,
    skip: Annotated[bool | None, setting("model", "skip")] = None,
    dropout: Annotated[float | None, setting("model", "dropout")] = None,
    epochs: Annotated[int | None, setting("train", "epochs")] = None,
    batch_size: Annotated[int | None, setting("train", "batch_size")] = None,
    window: Annotated[int | None, setting("train", "window")] = None,
    lr: Annotated[float | None, setting("train", "lr")] = None,
    schedule: Annotated[str | None, setting("train", "schedule")] = None,
    decay: Annotated[float | None, setting("train", "decay")] = None,
    warmup: Annotated[int | None, setting("train", "warmup")] = None,
    clip: Annotated[float | None, setting("train", "clip")] = None,
    weight_decay: Annotated[float | None, setting("train", "weight_decay")] = None,
    precision: Annotated[str | None, setting("train", "precision")] = None,
    device: Annotated[str | None, setting("train", "device")] = None,
    threads: Annotated[int | None, setting("train", "threads")] = None,
    seed: Annotated[int | None, setting("train", "seed")] = None,
    checkpoint_minutes: Annotated[float | None, setting("train", "checkpoint_minutes")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
) -> None:
    """Train the LSTM-MDN on a dataset. Ctrl-C saves; --resume goes on.

    The run folder holds config.toml, metrics.jsonl, best.safetensors and last.safetensors (what hw sample
    --model takes), checkpoint/ (for --resume) and samples/, a picture an epoch from one seed.

        hw train dataset -o run --epochs 10

        hw train --resume -o run
    """
    flags: dict[str, dict[str, Any]] = {
        "model": {"layers": layers, "hidden": hidden, "mixtures": mixtures, "skip": skip, "dropout": dropout},
        "train": {
            "epochs": epochs, "batch_size": batch_size, "window": window, "lr": lr, "schedule": schedule,
            "decay": decay, "warmup": warmup, "clip": clip, "weight_decay": weight_decay,
            "precision": precision, "device": device, "threads": threads, "seed": seed,
            "checkpoint_minutes": checkpoint_minutes,
        },
    }  # fmt: skip
    given = settings(context, **flags)
    from hwcli.training.run import resume_run, start_run

    if resume:
        resume_run(output, dataset, given)
    else:
        start_run(output, dataset, given, overwrite)
