"""hw style."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.errors import HwError

app = typer.Typer(
    help="Keep hands by name, for hw sample --style NAME.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help="The style's name.", show_default=False)]


@app.command("save")
def save(
    name: Name,
    ink: Annotated[
        Path, typer.Argument(help="Its ink: a line in any format that hw preprocess reads; - is stdin.")
    ],
    text: Annotated[
        str | None, typer.Option("--text", help="What the ink says (default: its own text).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a style of that name.")] = False,
) -> None:
    """Keep a line of ink and its text as a style.

    hw style save anna a01-000u-01.xml --text "A MOVE to stop Mr. Gaitskell from"

    hw sample --text "Dear reader" --seed 8 | hw style save eight -
    """
    from hwcli import styles
    from hwcli.formats.files import read_ink

    path = styles.save(name, read_ink(ink), text, overwrite)
    console.note(f"kept {path}; use it: hw sample --style {name} --text TEXT")


@app.command("list")
def list_() -> None:
    """Name the styles there are, a line each: name, text, file."""
    from hwcli import styles

    for name, path in styles.names().items():
        try:
            text = styles.load(name).text
        except HwError as error:  # the others are there all the same
            console.warn(f"left out: {error.message}")
            continue
        typer.echo(f"{name}\t{text}\t{path}")


@app.command("remove")
def remove(name: Name) -> None:
    """Forget a style of your own."""
    from hwcli import styles

    console.note(f"removed {styles.remove(name)}")
