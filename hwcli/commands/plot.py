"""hw plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli.cli.flags import settings, with_settings
from hwcli.errors import UsageError

# A chart has no style, and is no page for a plotter and no film.
NO_FLAGS = ("style", "plotter", "grid", "caption", "fps", "duration", "speed", "hold", "loop")


@with_settings("render", leave_out=NO_FLAGS)
def plot(
    context: typer.Context,
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="[RUN]...", help="Folders of hw train.  [default: run]")
    ] = None,
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="loss|sequence|sse|lr|gradient|speed",
            help="Loss in nats a point; valid loss in nats a sequence; valid squared error a point; learning "
            "rate; norm of the gradient; points a second.",
        ),
    ] = "loss",
    x: Annotated[
        str | None,
        typer.Option(
            "--x",
            metavar="epochs|steps",
            help="What is counted along x (default: epochs, once every run has ended one).",
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option("--reference", metavar="[NAME=]VALUE", help="Draw a level line at VALUE. Repeatable."),
    ] = None,
    ylim: Annotated[
        str | None,
        typer.Option("--ylim", metavar="LOW:HIGH", help="Range of y; either end may be left out."),
    ] = None,
    smooth: Annotated[
        float | None,
        typer.Option(
            "--smooth",
            metavar="STEPS",
            help="Draw training as the mean over so many steps; 0: every row (default: by the run's length).",
        ),
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", "-f", metavar="svg|png|gif|term", help="Format of the picture.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (.svg, .png, .gif), or - for stdout."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("-O", metavar="KEY=VALUE", help="An option of the format. Repeatable."),
    ] = None,
    *,
    flags: Any,
) -> None:
    """Draw loss curves of training runs.

    A colour a run; validation bold, with its best value, and training thin, smoothed. In a terminal they are
    drawn there.

    hw plot run

    hw plot run-a run-b --what sequence --reference Graves=-1057.7 -o compared.svg
    """
    given = settings(context, **flags)
    from hwcli.cli.pictures import chart_plan, format_of, stdout_is_terminal
    from hwcli.plotting.draw import draw_chart
    from hwcli.plotting.history import read_histories
    from hwcli.plotting.quantities import asked
    from hwcli.plotting.run_chart import COARSE, FINE, chart_of

    kind = format_of(output, format_, "term" if output is None and stdout_is_terminal() else "svg")
    if kind == "ndjson":
        raise UsageError("hw plot draws, and ndjson is no drawing", "use svg, png, gif or term")
    wanted = asked(what, x, smooth, reference or [], ylim)
    page, options = chart_plan(given, kind, option or [])
    detail = COARSE if kind == "term" else FINE
    chart = chart_of(read_histories(runs or [Path("run")]), wanted, detail)
    draw_chart(chart, page, kind, options, output)
