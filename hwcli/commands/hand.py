"""hw hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console, signals
from hwcli.cli.flags import settings
from hwcli.cli.help.command import Command, Group
from hwcli.errors import HwError, UsageError

app = typer.Typer(
    name="hand",
    cls=Group,
    add_completion=False,
    help="Manage saved hands, for hw sample --hand NAME.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write (.svg, .png, .pdf), or - for stdout.")
]
Format = Annotated[
    str | None, typer.Option("--format", "-f", metavar="svg|png|pdf|term", help="Format of the output.")
]
YUp = Annotated[
    bool, typer.Option("--y-up", help="Turn the ink over: its y grows upwards; in hw, y grows downwards.")
]
Name = Annotated[str, typer.Argument(help="Name of the hand.", show_default=False)]


@app.command("record", cls=Command)
def record(
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Page to write; - writes it to stdout.")
    ] = Path("record.html"),
    prompts: Annotated[
        str | None,
        typer.Option(
            "--prompts",
            metavar="FILE",
            help="Prompts to ask for, one per line; - reads stdin (default: ten lines).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a page that records handwriting in a browser.

    The page is one file, which needs no network and no server: open it on a laptop, tablet or phone. Its ten
    lines have every letter, capital and digit. It saves what is written as hw ink NDJSON.

    Examples:
        hw hand record -o record.html
        hw hand record --prompts letters.txt -o letters.html
    """
    settings(context)
    from hwcli.cli.hands.prompts import chosen_prompts
    from hwcli.cli.streams import to_stdout, write_output
    from hwcli.recorder.page import page

    if not to_stdout(output) and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"-o {output} is not a page", "use -o FILE.html")
    write_output(page(chosen_prompts(prompts)), output)
    console.note(
        "open it in a browser, write the lines, and save them as mine.ndjson",
        "then: hw hand learn mine.ndjson --name mine",
    )


@app.command("learn", cls=Command)
def learn(
    context: typer.Context,
    inks: Annotated[
        list[Path],
        typer.Argument(
            metavar="INK…",
            help="Ink files of one hand, each line with its text; - reads stdin.",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the hand.", show_default=False)],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="NAME|PATH",
            help="Synthesis model that learns the hand (default: unipen-synthesis).",
            show_default=False,
        ),
    ] = "default",
    updates: Annotated[
        int | None,
        typer.Option(
            "--updates",
            min=1,
            max=1000,
            help="Updates of the model; a second or two each (default: 32; of 20 lines or more, 104 to 144).",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=0, help="CPU threads (0: one per core).")] = 0,
    y_up: YUp = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing hand of that name.")
    ] = False,
) -> None:
    """Learn a hand from five to a hundred lines of ink and their texts.

    It takes one to two minutes on two cores. A reader decides how far to go: as far as the writing stays
    legible.

    Examples:
        hw hand learn mine.ndjson --name mine
        hw sample --hand mine --text "Dear Anna" -o letter.svg
    """
    settings(context)
    from hwcli.cli.hands.learning import learn_hand

    learn_hand(inks, name, model, y_up, overwrite, updates, seed, threads)


@app.command("save", cls=Command)
def save(
    context: typer.Context,
    name: Name,
    ink: Annotated[
        Path, typer.Argument(help="A line of ink in any format that hw preprocess reads; - reads stdin.")
    ],
    text: Annotated[
        str | None, typer.Option("--text", help="What the ink says (default: the ink's own text).")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing hand of that name.")
    ] = False,
    y_up: YUp = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Save nothing if the ink does not seem to say its text.")
    ] = False,
) -> None:
    """Save a line of ink and its text as a hand.

    Ink on a coarse grid, such as whole pixels, is smoothed. Warns if the ink seems to be
    upside down, mirrored or out of order, or does not seem to say its text.

    Examples:
        hw hand save anna line.xml --text "A MOVE to stop Mr. Gaitskell from"
        hw sample --text "Dear reader" --seed 8 | hw hand save eight -
    """
    settings(context)
    from hwcli.cli.primes import given_ink, name_of
    from hwcli.hands import library
    from hwcli.reader.load import load_reader
    from hwcli.sampling.prime_check import prime_warning

    path, hand = library.prepared(name, given_ink(ink, y_up), text, overwrite)
    if (wrong := prime_warning(load_reader(), hand, hand.text or "")) is not None:
        if strict:
            raise HwError(f"{name_of(str(ink))} {wrong}", "correct the ink or --text, or drop --strict")
        console.warn(f"{name_of(str(ink))} {wrong}")
    library.write(path, hand)
    console.note(f"saved {path}; use it: hw sample --hand {name} --text TEXT")


@app.command("show", cls=Command)
def show(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|FILE]…", help="Hands to show (default: all).")
    ] = None,
    output: Output = None,
    format_: Format = None,
) -> None:
    """Draw a line in each hand.

    Examples:
        hw hand show
        hw hand show mine clear -o hands.svg
    """
    given = settings(context)
    from hwcli.cli.hands.sheet import draw_sheet, own_lines
    from hwcli.cli.series import NOTHING

    with signals.telling(lambda: NOTHING):
        draw_sheet(given, own_lines(names or []), output, format_)


@app.command("try", cls=Command)
def try_(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Text to write, one line.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME|FILE]…", help="Hands to try (default: all).")
    ] = None,
    output: Output = None,
    format_: Format = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random numbers.")] = 1,
    bias: Annotated[
        float, typer.Option("--bias", min=0.0, help="0 as people write; 1 and more neater.")
    ] = 0.7,
) -> None:
    """Write a text in each hand, on one sheet.

    Examples:
        hw hand try "Dear Anna"
        hw hand try "Dear Anna" mine clear -o hands.png
    """
    given = settings(context)
    from hwcli.cli.hands.sheet import draw_sheet, written
    from hwcli.cli.series import NOTHING

    with signals.telling(lambda: NOTHING):
        draw_sheet(given, written(text, names or [], seed, bias), output, format_)


@app.command("list", cls=Command)
def list_() -> None:
    """List all hands, one per line: name, text, file and licence, separated by tabs.

    Only bundled hands have a licence. hw hand show draws them.
    """
    from hwcli.cli.streams import stdout_is_terminal, write_line
    from hwcli.hands import library

    for name, path in library.names().items():
        try:
            text = library.load(name).text
        except HwError as error:  # a damaged hand must not hide the others
            console.warn(f"left out: {error.message}")
            continue
        licence = library.LICENCE if path.parent == library.BUNDLED else ""
        write_line(name, text or "", str(path), *([licence] if licence else ()))
    if stdout_is_terminal():
        console.note('hw hand show draws a line in each; hw hand try "Dear Anna" writes a text in each')


@app.command("remove", cls=Command)
def remove(name: Name) -> None:
    """Remove one of your saved hands."""
    from hwcli.hands import library

    console.note(f"removed {library.remove(name)}")
