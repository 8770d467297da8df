"""hw train."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli import signals
from hwcli.cli.flags import settings, with_settings
from hwcli.errors import UsageError, needs_extra


@with_settings("model", "train")
def train(
    context: typer.Context,
    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Dataset folder of hw preprocess (default: dataset, or a demo if there is none)."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Run folder.")] = Path("run"),
    *,
    flags: Any,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Resume the run in the run folder; begin it if it has no checkpoint."),
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|PATH",
            help="Start from the weights, sizes and units of this bundled model, model file or run folder.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run in the run folder.")
    ] = False,
) -> None:
    """Train a network on a dataset.

    Ctrl-C saves a checkpoint and stops; --resume continues.

    The run folder holds config.toml, metrics.jsonl, best.safetensors (the best epoch), last.safetensors (the
    last checkpoint), checkpoint/ (for --resume) and samples/, one picture per epoch, all from the same seed.
    hw sample --model takes the folder or one of its two models.

    Examples:
        hw train dataset -o run --preset quick --minutes 5
        hw train dataset -o run --epochs 10
        hw train --resume -o run
        hw train iam --preset best -o best
        torchrun --nproc-per-node 2 -m hwcli train iam -o run
    """
    began = time.monotonic()  # importing PyTorch is part of the time that --minutes limits
    given = settings(context, **flags)
    with needs_extra("train", "hw train cannot learn"):
        from hwcli.training.run_folder import resume_run, start_run

    before = _run_in(output)
    with signals.telling(lambda: _untrained(output, before, resume)):
        if not resume:
            start_run(output, dataset, given, overwrite, start, began)
        elif start is not None:
            raise UsageError("--from cannot be combined with --resume", "--from only applies to new runs")
        elif overwrite:
            raise UsageError("--overwrite cannot be combined with --resume", "leave one of them out")
        else:
            resume_run(output, dataset, given, began)


def _run_in(folder: Path) -> int | None:
    """Return a number of the run in `folder`, another one for another run; None without a run."""
    with suppress(OSError):
        return (folder / "config.toml").stat().st_mtime_ns
    return None


def _untrained(folder: Path, before: int | None, resume: bool) -> str:
    """Return what is in the run folder if no step was made; `before` is what `_run_in` returned at first."""
    now = _run_in(folder)
    if now is not None and (resume or now == before):
        return f"no step was made; {folder} is as it was"
    if now is None:
        return "no step was made"
    from hwcli.training.run.outcome import resume_command

    return f"no step was made; begin with: {resume_command(folder)}"
