"""hw train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.cli.flags import settings, with_settings
from hwcli.errors import UsageError


@with_settings("model", "train")
def train(
    context: typer.Context,
    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Dataset folder of hw preprocess (default: dataset; a demo where there is none)."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")] = Path("run"),
    *,
    flags: Any,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|FILE",
            help="Start from the weights of this model, with its sizes and units.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
) -> None:
    """Train the LSTM-MDN on a dataset. Ctrl-C saves; --resume goes on.

    The run folder holds config.toml, metrics.jsonl, best.safetensors and last.safetensors (what hw sample
    --model takes), checkpoint/ (for --resume) and samples/, a picture an epoch from one seed.

        hw train dataset -o run --epochs 10

        hw train --resume -o run

        hw train iam --preset best -o best

        torchrun --nproc-per-node 2 -m hwcli train iam -o run
    """
    given = settings(context, **flags)
    from hwcli.training.run_folder import resume_run, start_run

    if resume:
        if start is not None:
            raise UsageError("--from starts a run, --resume goes on with one", "leave one of them out")
        resume_run(output, dataset, given)
    else:
        start_run(output, dataset, given, overwrite, start)
