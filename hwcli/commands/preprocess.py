"""hw preprocess."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli import console
from hwcli.cli.flags import settings, with_settings
from hwcli.errors import UsageError


@with_settings("preprocess")
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
    *,
    flags: Any,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset that is there.")] = False,
) -> None:
    """Turn ink into a dataset.

    Reads, checks and splits; report.json in the folder says what was left out and why.

    hw preprocess lineStrokes-all.tar.gz --transcripts ascii-all.tar.gz -o iam

    hw sample --count 200 | hw preprocess - -o sampled
    """
    if sources and not all(sources):
        raise UsageError("an empty SOURCE names nothing", "name a file, folder or archive, or - for stdin")
    rules = settings(context, **flags).config.preprocess
    from hwcli.dataset.build import build
    from hwcli.sampling.demo_dataset import demo_dataset

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
