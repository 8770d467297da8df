"""hw render."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwcli import console, signals
from hwcli.cli.flags import settings, with_settings
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
    from renderers.ink import Ink


@with_settings("render", names={"style": ("--style", "-s")})
def render(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INK]…", help="Ink files; - or none: ink on stdin."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of the picture: svg, png, gif, pdf, html, gcode or term (the terminal); or of ink: "
            "ndjson, npz, npy or inkml. Default: by the suffix of -o.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File to write (.svg, .png, .pdf, .html, .ndjson, …), or - for stdout."
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("-O", metavar="KEY=VALUE", help="Option of the style or the format. Repeatable."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME|PATH", help="Model that first scores ink without predictions."),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            "--input-format",
            metavar="NAME",
            help="Format of the ink; see hw formats (default: detected).",
        ),
    ] = None,
    y_up: Annotated[
        bool, typer.Option("--y-up", help="Turn the ink over: its y grows upwards; in hw, y grows downwards.")
    ] = False,
    list_: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List styles and formats with their options; --list NAME describes a style or format.",
        ),
    ] = False,
    *,
    flags: Any,
) -> None:
    """Render ink to an image.

    Draws samples, or any handwriting that hw preprocess can read; several inks are drawn below each other,
    or as the pages of a PDF or the pictures of an HTML page.
    With a format of ink, nothing is drawn: the ink is converted.

    Examples:
        hw sample | hw render --style color > color.svg
        hw render line.xml --style pdf --model iam-prediction -o expected.svg
        hw render note.csv -o note.ndjson
        hw sample -n 24 | hw render -f html -o gallery.html
        hw sample -n 100 | hw render --grid 5 --caption seed -o sheet.png
        hw sample | hw render --plotter --paper a5 -O join=0.3mm -o plot.svg
        hw sample | hw render -O profile=z -O bed=300x200 -o plot.gcode
        hw render --list pdf
    """
    if list_:
        from hwcli.cli.help.drawing_options import described
        from hwcli.cli.streams import write_line

        for line in described(sources or []):
            write_line(line)
        return
    given = settings(context, **flags)
    from hwcli.cli.pictures import draw_to, for_format, format_of, one_file_each, picture_of
    from hwcli.cli.series import NOTHING, each_written
    from hwcli.cli.streams import counted_from, is_direct, stdout_is_terminal, write_inks
    from hwcli.device_ink.upright import turned_over
    from hwcli.ink_io.files import each_ink
    from hwcli.ink_io.writers import WRITERS
    from hwcli.sampling.load import load_model

    kind = format_of(output, format_, "term" if output is None and stdout_is_terminal() else "svg")
    picture = None
    inks: Iterator[Ink]
    if kind not in WRITERS:
        given = for_format(given, kind)
        picture = picture_of(given, given.config.render.style, kind, option or [], output)
    elif drawing := [*(["O"] if option else []), *sorted(given.asked("render"))]:
        flag = "-O" if drawing[0] == "O" else f"--{drawing[0].replace('_', '-')}"
        raise UsageError(f"{flag} only applies to pictures, and {kind} is a format of ink", "remove it")
    if not sources and sys.stdin is not None and sys.stdin.isatty():
        console.note("no ink given: drawing a sample of iam-prediction")
        inks = iter([load_model().sample(seed=0)])
    else:
        doing = "drawing" if picture is not None and picture.in_pages else "scoring" if model else "reading"
        inks = counted_from(sources or ["-"], doing, partial(each_ink, format=input_format))
    if y_up:
        inks = map(turned_over, inks)
    if model is not None:
        scorer = load_model(model)
        inks = (scorer.score(ink) if ink.prediction is None else ink for ink in inks)
    with signals.telling(lambda: NOTHING):
        if picture is None:
            write_inks(list(inks) if is_direct(output) else inks, output, format_=kind)
        elif picture.in_pages:
            draw_to(map(_with_points, inks), picture, output)
        else:
            files = one_file_each(list(map(_with_points, inks)), picture, output)
            with each_written(len(files)) as tally:
                for drawn, file in files:
                    draw_to(drawn, picture, file)
                    tally.done += 1


def _with_points(ink: Ink) -> Ink:
    if not len(ink):
        raise HwError("an ink has no points: there is nothing to draw")
    return ink
