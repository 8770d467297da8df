"""hw hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.cli.flags import settings
from hwcli.errors import HwError

app = typer.Typer(
    help="Manage saved hands, for hw sample --hand NAME.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help="Name of the hand.", show_default=False)]


@app.command("save")
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
    y_up: Annotated[
        bool, typer.Option("--y-up", help="Turn the ink over: its y grows upwards; in hw, y grows downwards.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Save nothing if the ink does not seem to say its text.")
    ] = False,
) -> None:
    """Save a line of ink and its text as a hand.

    Ink on a coarse grid, such as whole pixels, is smoothed. Warns if the ink seems to be
    upside down, mirrored or out of order, or does not seem to say its text.

    hw hand save anna a01-000u-01.xml --text "A MOVE to stop Mr. Gaitskell from"

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


@app.command("list")
def list_() -> None:
    """List all hands, one per line: name, text, file and licence, separated by tabs.

    Only bundled hands have a licence.
    """
    from hwcli.cli.streams import write_line
    from hwcli.hands import library

    for name, path in library.names().items():
        try:
            text = library.load(name).text
        except HwError as error:  # a damaged hand must not hide the others
            console.warn(f"left out: {error.message}")
            continue
        licence = library.LICENCE if path.parent == library.BUNDLED else ""
        write_line(name, text or "", str(path), *([licence] if licence else ()))


@app.command("remove")
def remove(name: Name) -> None:
    """Remove one of your saved hands."""
    from hwcli.hands import library

    console.note(f"removed {library.remove(name)}")
