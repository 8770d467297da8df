"""hw read: what ink says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from hwcli import signals
from hwcli.cli.flags import settings
from hwcli.errors import HwError, UsageError

if TYPE_CHECKING:
    from renderers.ink import Ink


def read(
    context: typer.Context,
    inks: Annotated[
        list[str] | None, typer.Argument(metavar="[INK]…", help="Files of ink, or - for stdin (the default).")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME|PATH",
            help="Bundled reader, model file or run folder (default: unipen-reader).",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="TEXT", help="Text that the ink should say (default: the ink's own)."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if an ink does not say its text, or has none.")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="ndjson|text",
            help="Format of the output (default: text in a terminal, otherwise ndjson).",
        ),
    ] = None,
) -> None:
    """Read ink: print what each ink says.

    One JSON object per ink has its text, the confidence from 0 to 1, and for each point the position of its
    character in the text (-1: none). If the ink has a text, or --text gives one, it also has that text as
    expected, whether the ink matches it, and the faults: which character is misread, and what it reads as.

    Examples:
        hw read line.xml
        hw sample --text "14 March 1897" | hw read -f text
        hw read --text "Dear Anna" --strict my-line.ndjson
    """
    settings(context)
    from hwcli.cli.readings import written_out
    from hwcli.cli.series import Tally
    from hwcli.cli.streams import counted_from, stdout_is_terminal
    from hwcli.ink_io.formats import read_stream
    from hwcli.reader.load import load_reader

    kind = format or ("text" if stdout_is_terminal() else "ndjson")
    if kind not in ("ndjson", "text"):
        raise UsageError(f"unknown output format {kind!r}", "use --format ndjson or --format text")
    if list(inks or ()).count("-") > 1:
        raise UsageError("- can only be given once: there is only one stdin")
    reader = load_reader(model or "default")
    # text in a terminal is progress enough, and a bar would stand in its way
    sources = inks or ["-"]
    each: Iterator[Ink] = chain.from_iterable(map(read_stream, sources))
    if not stdout_is_terminal():
        each = counted_from(sources, "reading ink")
    printed = Tally("ink")
    with signals.telling(lambda: printed.told("were", "read")):
        found = [written_out(reader, ink, text, kind, printed) for ink in each]
    if not found:
        raise HwError("there is no ink to read", "name a file, or pipe in some ink: hw sample | hw read")
    if strict and not all(found):
        raise HwError(f"{len(found) - found.count(True):,} of {len(found):,} inks do not say their text")
    if None in found:
        raise HwError(f"{found.count(None):,} of {len(found):,} inks cannot be read")
