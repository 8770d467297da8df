"""hw render."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.commands.options import setting, settings
from hwcli.errors import HwError, UsageError


def render(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INK]...", help="Files of ink; - or nothing: hw ink on stdin."),
    ] = None,
    style: Annotated[str | None, setting("render", "style", "--style", "-s", metavar="STYLE")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", "-f", metavar="svg|png|term", help="Format of the picture.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (.svg, .png), or - for stdout.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("-O", metavar="KEY=VALUE", help="An option of the style. Repeatable.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME|FILE", help="Score ink that comes without predictions by this model."
        ),
    ] = None,
    input_format: Annotated[
        str | None, typer.Option("--input-format", metavar="NAME", help="Read the ink in this format.")
    ] = None,
    width: Annotated[str | None, setting("render", "width")] = None,
    height: Annotated[str | None, setting("render", "height")] = None,
    margin: Annotated[str | None, setting("render", "margin")] = None,
    plotter: Annotated[bool | None, setting("render", "plotter")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name the styles and their options.")] = False,
) -> None:
    """Draw ink.

    Samples, or any handwriting that hw preprocess can read; several inks below each other.

    hw sample | hw render --style color > color.svg

    hw render a01-000u-01.xml --style pdf --model default -o expected.svg
    """
    if list_:
        _list()
        return
    page = {"style": style, "width": width, "height": height, "margin": margin, "plotter": plotter}
    r = settings(context, render=page).config.render
    from hwcli.formats.files import read_inks
    from hwcli.output import draw_to, format_of, page_and_options, stdout_is_terminal
    from hwcli.sampling.load import load_model

    kind = format_of(output, format_, "term" if output is None and stdout_is_terminal() else "svg")
    if kind == "ndjson":
        raise UsageError("hw render draws, and ndjson is no drawing", "use svg, png or term")
    target, options = page_and_options(r, r.style, option or [])
    if not sources and sys.stdin.isatty():
        console.note("no ink given: a sample of the bundled model")
        inks = [load_model().sample(seed=0)]
    else:
        inks = [ink for source in sources or ["-"] for ink in read_inks(source, input_format)]
    if model is not None:
        scorer = load_model(model)
        inks = [scorer.score(ink) if ink.prediction is None else ink for ink in inks]
    if any(not len(ink) for ink in inks):
        raise HwError("ink without a point: there is nothing to draw")
    draw_to(inks, r.style, options, target, kind, output)


def _list() -> None:
    from rich.console import Console
    from rich.table import Table

    from hwcli.output import write_stdout
    from renderers.registry import describe

    text = io.StringIO()  # Rich would end the program itself where a reader leaves early
    coloured = console.colour(sys.stdout)
    width = None if sys.stdout.isatty() else 110
    out = Console(file=text, highlight=False, width=width, force_terminal=coloured, no_color=not coloured)
    for style in describe():
        out.print(f"[bold]{style.name}[/bold]  {style.summary}")
        table = Table.grid(padding=(0, 2), pad_edge=True)
        for info in style.options:
            table.add_row(f"  -O {info.name}={info.default}", info.type, info.help)
        out.print(table)
    write_stdout(text.getvalue().encode())
