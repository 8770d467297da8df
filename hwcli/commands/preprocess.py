"""hw preprocess."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwcli import console, signals
from hwcli.cli.flags import settings, with_settings
from hwcli.errors import UsageError

if TYPE_CHECKING:
    from hwcli.dataset.packing import Line


@with_settings("preprocess")
def preprocess(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]…",
            help="Files, folders, or .tar and .zip archives of ink, and dataset folders, which are merged; "
            "- reads hw ink from stdin. NAME=PATH names the source of the lines. "
            "Without a source, a demo dataset is sampled from iam-prediction.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Dataset folder to write.")] = Path(
        "dataset"
    ),
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="Format of the ink; see hw formats (default: detected)."
        ),
    ] = None,
    transcripts: Annotated[
        Path | None,
        typer.Option("--transcripts", help="Add the texts in IAM-OnDB's ascii folder or archive."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            metavar="NAME=FILE",
            help="Put writers, forms or lines with the ids in FILE into split NAME (train, valid, …); "
            "others are for train. Repeatable.",
        ),
    ] = None,
    *,
    flags: Any,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing dataset.")] = False,
) -> None:
    """Turn ink into a dataset.

    Reads, checks and splits the lines. report.json in the folder lists what was left out and why.

    Examples:
        hw preprocess lineStrokes-all.tar.gz --transcripts ascii-all.tar.gz -o iam
        hw sample --count 200 | hw preprocess - -o sampled
        hw preprocess unipen --normalise --resample -o unipen-scaled
        hw preprocess iam unipen-scaled -o both
        hw preprocess unipen-scaled --level --even --compose 20000 -o neat
    """
    if sources and not all(sources):
        raise UsageError("SOURCE cannot be empty", "name a file, folder or archive, or - for stdin")
    rules = settings(context, **flags).config.preprocess
    from hwcli.api.direction_check import direction_warnings
    from hwcli.cli.series import untouched
    from hwcli.dataset.build import build
    from hwcli.dataset.sources import parse_argument
    from hwcli.refining.refine import is_wanted, refine
    from hwcli.sampling.demo_dataset import demo_dataset
    from hwcli.sampling.load import load_model

    if not sources:
        console.note("no source given: sampling a demo dataset from iam-prediction")
        with signals.telling(untouched(output)), console.progress("sampling") as progress:
            report = demo_dataset(output, overwrite, progress)
    else:
        model_size = load_model(rules.fit, "synthesis").size if rules.fit is not None else None
        paths, names = zip(*map(parse_argument, sources), strict=True)
        with signals.telling(untouched(output)), ExitStack() as bars:
            progress = bars.enter_context(console.progress("reading ink"))

            def refined(lines: list[Line]) -> tuple[list[Line], dict[str, Any]]:
                bars.close()  # one bar at a time
                return refine(lines, rules, console.progress)

            report = build(
                paths, output, rules, names=names, format_=format_, transcripts_path=transcripts,
                split_arguments=split or (), model_size=model_size,
                refine=refined if is_wanted(rules) else None, inspect=direction_warnings,
                overwrite=overwrite, progress=progress,
            )  # fmt: skip
    for warning in report.warnings or ():
        console.warn(warning)
    console.note(*report.summary())
    console.note(f"wrote {output}; next: hw train {shlex.quote(str(output))} -o run")
