"""hw plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import signals


def plot(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]…", help="Folders written by hw train.  [default: run]"),
    ] = None,
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="loss|sequence|sse|errors|lr|gradient|speed",
            help="Quantity: loss in nats per point (of readers: per character); validation loss in nats per "
            "sequence; validation squared error per point; a reader's error rate; learning rate; gradient "
            "norm; points per second.",
        ),
    ] = "loss",
    x: Annotated[
        str | None,
        typer.Option(
            "--x",
            metavar="epochs|steps",
            help="Unit of the x axis (default: epochs, once every run has completed one).",
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option("--reference", metavar="[NAME=]VALUE", help="Draw a horizontal line. Repeatable."),
    ] = None,
    ylim: Annotated[
        str | None,
        typer.Option("--ylim", metavar="LOW:HIGH", help="Range of the y axis; either end may be omitted."),
    ] = None,
    smooth: Annotated[
        float | None,
        typer.Option(
            "--smooth",
            metavar="STEPS",
            help="Width of the moving average of training values; 0 draws every value (default: "
            "depends on the length of the runs).",
        ),
    ] = None,
    width: Annotated[
        str | None,
        typer.Option("--width", metavar="LENGTH", help="Width: 160mm, 6in or 800px (default: 1200px)."),
    ] = None,
    height: Annotated[
        str | None,
        typer.Option("--height", metavar="LENGTH", help="Height (default: proportional to the width)."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="svg|png|pdf|html|term",
            help="Format of the chart; html is a report with all charts, and term is text (default: by the "
            "suffix of -o, else term in a terminal and svg elsewhere).",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (.svg, .png, .pdf, .html), or - for stdout."),
    ] = None,
) -> None:
    """Plot the learning curves of training runs.

    One colour per run: the bold line is validation, with a star at its best epoch, the thin line is training,
    smoothed. In a terminal the chart is drawn as text. A report (-o report.html) has the charts of all that
    was measured, the epochs, the samples by epoch and the settings. Needs pip install "hwcli[plot]".

    Examples:
        hw plot run
        hw plot run-a run-b -o compared.svg
        hw plot run -o report.html
        hw plot run --what sequence --reference Graves=-1057.7
    """
    from hwcli.cli.plot_request import PlotRequest, chart_options, format_of, length_px
    from hwcli.cli.series import NOTHING, untouched

    kind = format_of(output, format_)
    request = PlotRequest(
        runs=runs or [Path("run")],
        options=chart_options(what, x, smooth, reference or [], ylim),
        format=kind,
        output=output,
        width=length_px("--width", width, kind),
        height=length_px("--height", height, kind),
    )
    with signals.telling(untouched(output) if output is not None else lambda: NOTHING):
        request.write()
