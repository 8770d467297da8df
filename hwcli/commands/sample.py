"""hw sample."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwcli import console
from hwcli.cli.flags import settings, with_settings
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
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
    text: Annotated[
        list[str] | None,
        typer.Option(
            "--text",
            metavar="TEXT|@FILE|-",
            help="Write this, by a model for synthesis; @FILE is a file's text, - every line of stdin. "
            "Repeatable.",
        ),
    ] = None,
    fold: Annotated[
        bool,
        typer.Option("--fold", help="Write characters that the model never saw as their nearest: é as e."),
    ] = False,
    tries: Annotated[
        int,
        typer.Option("--tries", min=1, max=1000, help="Draw a text again until it has no fault, so often."),
    ] = 8,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a text still has a fault after --tries.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Draw which character each stroke belongs to.")
    ] = False,
    prime: Annotated[
        Path | None,
        typer.Option("--prime", metavar="INK", help="Go on from this ink, in its hand and its units."),
    ] = None,
    prime_text: Annotated[
        str | None,
        typer.Option("--prime-text", metavar="TEXT", help="What the prime says (default: its own text)."),
    ] = None,
    keep_prime: Annotated[
        bool,
        typer.Option("--keep-prime/--drop-prime", help="Begin the samples with the prime, or after it."),
    ] = True,
    hand: Annotated[
        str | None,
        typer.Option("--hand", metavar="NAME|FILE", help="Write in this hand; see hw hand."),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            "--score",
            metavar="INK",
            help="Sample nothing: give this ink with the model's log-loss and predictions; - reads stdin.",
        ),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Bring ink that is scored to the model's size first.")
    ] = False,
    *,
    flags: Any,
) -> None:
    """Sample handwriting from a model.

    Gives hw ink NDJSON on stdout, or a drawing; at a terminal, the handwriting itself.

    hw sample --render eos -o sample.svg

    hw sample --seed 7 --bias 0.5 | hw render --style color > a.svg

    hw sample --text "The quick brown fox" --bias 1 -o fox.svg

    hw sample --text @letter.txt --paper a5 --line-height 8mm -o letter.svg

    hw sample --prime a01-000u-01.xml --count 3 | hw render --style color -o hand.svg

    hw sample --score lines.ndjson | jq .log_loss.nats_per_point
    """
    given = settings(context, **flags)
    from hwcli.cli.pictures import draw_to, format_of, free_name, plan, stdout_is_terminal
    from hwcli.cli.sample_request import Wanted, told

    if explain and render is not None:
        raise UsageError("--explain draws in the style window, --render in others", "leave one of them out")
    styles = _styles("window" if explain else render)
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
    wanted = Wanted(
        given.config.sample, given.config.render, text, prime, prime_text, keep_prime, hand, fold, tries,
        prediction or bool(pictures), given.asked("sample"),
    )  # fmt: skip
    wanted.check()
    if strict and text is None:
        raise UsageError("--strict is for --text", "leave it out, or say what to write")
    if score is not None:
        if wanted.samples_something:
            raise UsageError("--score samples nothing", "it goes with --model, --fit and what draws")
        inks = _scored(given.config.sample.model, score, fit)
    elif fit:
        raise UsageError("--fit is for --score: a prime is always fitted", "leave it out")
    else:
        inks = told(wanted.inks(), strict)
    if not pictures:
        _write_ink(inks, output, prediction)
        return
    drawn = list(inks)
    if paged := bool(drawn) and all("page" in ink.extra for ink in drawn) and text is not None:
        from hwcli.pages.layout import text_page

        pictures = [replace(picture, page=text_page(given.config.render)) for picture in pictures]
    if render == "all":  # nobody asked by name for what this ink cannot show
        from renderers.registry import style as style_named

        pictures = [p for p in pictures if not any(style_named(p.style).lacks(ink) for ink in drawn)]
    if paged and len(drawn) > 1 and kind != "term" and given.config.render.grid == 1:
        if output is None or str(output) == "-":
            hint = "name a file with -o: NAME.p1.SUFFIX is written, or draw all on one with --grid 2"
            raise UsageError(f"{len(drawn)} pages cannot share stdout", hint)
        several: list[tuple[list[Ink], Path | None]] = [
            ([ink], output.with_suffix(f".p{k}{output.suffix}")) for k, ink in enumerate(drawn, 1)
        ]
    else:
        several = [(drawn, output)]
    for picture, (drawn, output) in product(pictures, several):
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
    from hwcli.cli.pictures import checked_usage
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


def _scored(name: str, source: str, fit: bool) -> Iterator[Ink]:
    from hwcli.ink_io.find import read_stream
    from hwcli.sampling.load import load_model

    model, ink = load_model(name), None
    for ink in read_stream(source):
        if not fit and (times := model.far_from(ink)) is not None:
            what = ink.id or "ink"
            console.warn(f"{what} is {times:.3g} times as large as {model.name}'s lines; see --fit")
        yield model.score(ink, fit)
    if ink is None:
        raise HwError(f"{'stdin' if source == '-' else source}: no ink in it", "pipe some in, or name a file")


def _write_ink(inks: Iterable[Ink], output: Path | None, prediction: bool) -> None:
    from hwcli.cli.pictures import write_stdout
    from hwcli.ink_io import ndjson
    from hwcli.ink_io.files import write_ink

    if output is None or str(output) == "-":
        for ink in inks:
            with _uninterrupted():
                write_stdout(ndjson.dump(ink, prediction))
    else:
        write_ink(inks, output, prediction)
        console.note(f"wrote {output}")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C within the block waits for its end, so that no line is cut short; a second one does not."""
    asked = False

    def handler(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    try:
        theirs = signal.signal(signal.SIGINT, handler)
    except ValueError:  # not in the main thread: signals are somebody else's there
        yield
        return
    if theirs is signal.SIG_IGN:  # it was to be ignored, and is
        signal.signal(signal.SIGINT, theirs)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, theirs)
        if asked:
            raise KeyboardInterrupt
