"""hw sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hwcli import console
from hwcli.commands.options import setting, settings
from hwcli.errors import UsageError


def sample(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write (.ndjson, .svg, .png), or - for stdout."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="ndjson|svg|png|term", help="Format of the output."),
    ] = None,
    render: Annotated[
        str | None, typer.Option("--render", metavar="STYLE[,STYLE…]|all", help="Draw the samples.")
    ] = None,
    model: Annotated[str | None, setting("sample", "model", metavar="NAME|FILE")] = None,
    points: Annotated[int | None, setting("sample", "points")] = None,
    count: Annotated[int | None, setting("sample", "count", "--count", "-n")] = None,
    seed: Annotated[int | None, setting("sample", "seed")] = None,
    bias: Annotated[float | None, setting("sample", "bias")] = None,
    temperature: Annotated[float | None, setting("sample", "temperature")] = None,
    prediction: Annotated[
        bool, typer.Option("--prediction/--no-prediction", help="Write the mixture behind every point.")
    ] = True,
    option: Annotated[
        list[str] | None, typer.Option("-O", metavar="KEY=VALUE", help="An option of the style. Repeatable.")
    ] = None,
    width: Annotated[str | None, setting("render", "width")] = None,
    height: Annotated[str | None, setting("render", "height")] = None,
    margin: Annotated[str | None, setting("render", "margin")] = None,
    plotter: Annotated[bool | None, setting("render", "plotter")] = None,
) -> None:
    """Sample handwriting from a model.

    Gives hw ink NDJSON on stdout, or a drawing; at a terminal, the handwriting itself.

    hw sample --render eos -o sample.svg

    hw sample --seed 7 --bias 0.5 | hw render --style color > a.svg
    """
    page = {"width": width, "height": height, "margin": margin, "plotter": plotter}
    steer = {
        "model": model, "points": points, "count": count, "seed": seed, "bias": bias,
        "temperature": temperature,
    }  # fmt: skip
    config = settings(context, sample=steer, render=page).config
    from hwcli.output import format_of, stdout_is_terminal

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
    _run(config, kind, styles, option or [], output, prediction, explicit=format_ is not None)


def _styles(render: str | None) -> list[str]:
    """The styles that --render names, each known."""
    if render is None:
        return []
    from hwcli.output import checked_usage
    from renderers.registry import style, style_names

    names = style_names() if render == "all" else [name.strip() for name in render.split(",")]
    with checked_usage():
        return [style(name).name for name in names]


def _run(
    config: Any, kind: str, styles: list[str], option: list[str], output: Path | None, prediction: bool,
    explicit: bool,
) -> None:  # fmt: skip
    from hwcli import output as out
    from hwcli.formats import ndjson
    from hwcli.formats.files import write_ink
    from hwcli.sampling.load import load_model
    from hwcli.sampling.model import fresh_seed

    s = config.sample
    drawings = [] if kind == "ndjson" else styles or ["plain"]
    ready = [(style, *out.page_and_options(config.render, style, option)) for style in drawings]
    seed = s.seed
    if seed is None:
        seed = fresh_seed()
        console.note(f"seed {seed}")
    inks = load_model(s.model).samples(s.count, s.points, seed, s.bias, s.temperature)
    if kind == "ndjson":
        if output is None or str(output) == "-":
            for ink in inks:
                out.write_stdout(ndjson.dump(ink, prediction))
        else:
            write_ink(inks, output, prediction)
            console.note(f"wrote {output}")
        return
    drawn = list(inks)
    for style, page, options in ready:
        target = output
        if len(styles) > 1 and output is not None:
            target = output.with_suffix(f".{style}{output.suffix or '.' + kind}")
        elif styles and output is None and not explicit and out.stdout_is_terminal():
            # a person gets to see it at once, and keeps the file
            out.draw_to(drawn, style, options, page, "term", None)
            target = out.free_name(Path(f"sample.{style}.svg"))
        out.draw_to(drawn, style, options, page, kind, target)
