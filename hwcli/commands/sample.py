"""hw sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwcli import console
from hwcli.commands.options import settings, with_settings
from hwcli.errors import UsageError

if TYPE_CHECKING:
    from hwcli.config import SampleConfig
    from renderers.ink import Ink


@with_settings("sample", "render", names={"count": ("--count", "-n")}, leave_out=("style",))
def sample(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (.ndjson, .svg, .png, .gif), or - for stdout."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="ndjson|svg|png|gif|term", help="Format of the output."),
    ] = None,
    render: Annotated[
        str | None, typer.Option("--render", metavar="STYLE[,STYLE…]|all", help="Draw the samples.")
    ] = None,
    prediction: Annotated[
        bool, typer.Option("--prediction/--no-prediction", help="Write the mixture behind every point.")
    ] = True,
    option: Annotated[
        list[str] | None,
        typer.Option("-O", metavar="KEY=VALUE", help="An option of the style or the format. Repeatable."),
    ] = None,
    *,
    flags: Any,
) -> None:
    """Sample handwriting from a model.

    Gives hw ink NDJSON on stdout, or a drawing; at a terminal, the handwriting itself.

    hw sample --render eos -o sample.svg

    hw sample --seed 7 --bias 0.5 | hw render --style color > a.svg
    """
    given = settings(context, **flags)
    from hwcli.output import draw_to, format_of, free_name, plan, stdout_is_terminal

    styles = _styles(render)
    to_terminal = output is None and stdout_is_terminal()
    default = "svg" if styles else "term" if to_terminal else "ndjson"
    kind = format_of(output, format_, default)
    if kind == "ndjson" and styles:
        raise UsageError(
            "--render draws, and ndjson is no drawing", "leave out --render, or name a picture with -o"
        )
    if option and not styles and kind == "ndjson":
        raise UsageError("-O is an option of a drawing", "add --render STYLE")
    if len(styles) > 1 and not to_terminal and (output is None or str(output) == "-"):
        raise UsageError(
            "several styles cannot share stdout", "name a file with -o: NAME.STYLE.SUFFIX is written"
        )
    drawings = [] if kind == "ndjson" else styles or ["plain"]
    pictures = [plan(given, style, kind, option or []) for style in drawings]
    inks = _inks(given.config.sample)
    if not pictures:
        _write_ink(inks, output, prediction)
        return
    drawn = list(inks)
    for picture in pictures:
        if styles and output is None and format_ is None and stdout_is_terminal():
            # a person gets to see it at once, and keeps the file
            draw_to(drawn, picture, free_name(Path(f"sample.{picture.style}.svg")), preview=True)
        elif len(styles) > 1 and output is not None:
            suffix = output.suffix or f".{kind}"
            draw_to(drawn, picture, output.with_suffix(f".{picture.style}{suffix}"))
        else:
            draw_to(drawn, picture, output)


def _styles(render: str | None) -> list[str]:
    """The styles that --render names, each known."""
    if render is None:
        return []
    from hwcli.output import checked_usage
    from renderers.errors import RenderError
    from renderers.registry import style, style_names

    if render == "all":
        usable = []
        for name in style_names():
            try:
                usable.append(style(name).name)
            except RenderError as error:  # a plug-in that nobody asked for by name
                console.warn(f"left out: {error.message}")
        return usable
    with checked_usage():
        return [style(name.strip()).name for name in render.split(",")]


def _inks(s: SampleConfig) -> Iterator[Ink]:
    from hwcli.sampling.load import load_model
    from hwcli.sampling.model import fresh_seed

    seed = s.seed
    if seed is None:
        seed = fresh_seed()
        console.note(f"seed {seed}")
    return load_model(s.model).samples(s.count, s.points, seed, s.bias, s.temperature)


def _write_ink(inks: Iterable[Ink], output: Path | None, prediction: bool) -> None:
    from hwcli.formats import ndjson
    from hwcli.formats.files import write_ink
    from hwcli.output import write_stdout

    if output is None or str(output) == "-":
        for ink in inks:
            write_stdout(ndjson.dump(ink, prediction))
    else:
        write_ink(inks, output, prediction)
        console.note(f"wrote {output}")
