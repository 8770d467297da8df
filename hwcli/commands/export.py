"""hw export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console
from hwcli.cli.flags import settings
from hwcli.errors import UsageError


def export(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]",
            help="Bundled model, model file or run folder (default: unipen-synthesis).",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Page to write (.html), or - for stdout.")
    ] = Path("page.html"),
    bits: Annotated[
        int, typer.Option("--bits", metavar="8|16", help="Bits per weight: 8 halves the page.")
    ] = 16,
    hand: Annotated[
        list[str] | None,
        typer.Option(
            "--hand",
            metavar="NAME|FILE",
            help="Hand that the page offers; a learned one by itself. Repeatable (default: bundled ones).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a page that writes what is typed, in a browser.

    The page is one file with the model inside, which needs no network and no server. It writes on a laptop or
    a phone, and saves SVG, PNG and hw ink. Only models of open data can be exported.

    hw export -o page.html

    hw export run --bits 8 -o small.html

    hw export --hand mine -o mine.html
    """
    settings(context)
    from hwcli.cli.export_request import exported
    from hwcli.cli.streams import to_stdout, write_output
    from hwcli.export.packing import BITS

    if not to_stdout(output) and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"-o {output} is not a page", "use -o FILE.html")
    if bits not in BITS:
        raise UsageError(f"--bits {bits}: expected 8 or 16", "use --bits 16, or --bits 8 for a smaller page")
    data = exported(model, bits, hand or [])
    write_output(data, output)
    console.note(f"{len(data) / 1e6:.1f} MB; open it in a browser")
