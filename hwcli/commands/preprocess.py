"""hw preprocess."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.commands.options import setting, settings
from hwcli.errors import UsageError


def preprocess(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Files, folders, .tar or .zip archives of ink, or - for hw ink on stdin. "
            "None: a demo dataset sampled from the bundled model.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Dataset folder to write.")] = Path(
        "dataset"
    ),
    format_: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="Read every file in this format.")
    ] = None,
    transcripts: Annotated[
        Path | None, typer.Option("--transcripts", help="IAM-OnDB's ascii folder or archive.")
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            metavar="NAME=FILE",
            help="Ids of forms or lines that are NAME (train, valid, …). Repeatable.",
        ),
    ] = None,
    valid_fraction: Annotated[float | None, setting("preprocess", "valid_fraction")] = None,
    min_points: Annotated[int | None, setting("preprocess", "min_points")] = None,
    max_points: Annotated[int | None, setting("preprocess", "max_points")] = None,
    max_gap: Annotated[float | None, setting("preprocess", "max_gap")] = None,
    jobs: Annotated[int | None, setting("preprocess", "jobs")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset that is there.")] = False,
) -> None:
    """Turn ink into a dataset.

    Reads, checks and splits; report.json in the folder says what was left out and why.

    hw preprocess lineStrokes-all.tar.gz --transcripts ascii-all.tar.gz -o iam

    hw sample --count 200 | hw preprocess - -o sampled
    """
    given = {
        "valid_fraction": valid_fraction, "min_points": min_points, "max_points": max_points,
        "max_gap": max_gap, "jobs": jobs,
    }  # fmt: skip
    if sources and not all(sources):
        raise UsageError("an empty SOURCE names nothing", "name a file, folder or archive, or - for stdin")
    rules = settings(context, preprocess=given).config.preprocess
    from hwcli.dataset.build import build
    from hwcli.dataset.demo import demo_dataset

    if not sources:
        console.note("no source given: a demo dataset, sampled from the bundled model")
        report = demo_dataset(output, overwrite)
    else:
        with console.progress("reading ink") as progress:
            report = build(
                [Path(s) for s in sources], output, rules, force=format_, transcripts_path=transcripts,
                split_arguments=split or (), overwrite=overwrite, progress=progress,
            )  # fmt: skip
    console.note(report.summary())
    console.note(f"wrote {output}; next: hw train {output} -o run")
