"""hw export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hwcli import console, signals
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
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File to write: a page (.html), or a graph (.onnx); - for a page on stdout.",
        ),
    ] = Path("page.html"),
    bits: Annotated[
        int | None,
        typer.Option(
            "--bits",
            metavar="8|16",
            help="Bits per weight of a page (default: 16): 8 halves it.",
            show_default=False,
        ),
    ] = None,
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
    """Write a page that writes what is typed, in a browser; or the network as an ONNX graph.

    The page is one file with the model inside, which needs no network and no server. It writes on a laptop or
    a phone, and saves SVG, PNG and hw ink. Only models of open data can be exported to a page.

    A graph (.onnx) is one step of any model that writes, with its state, for onnxruntime and others. It needs
    pip install "hwcli[onnx]".

    Examples:
        hw export -o page.html
        hw export run --bits 8 -o small.html
        hw export --hand mine -o mine.html
        hw export -o model.onnx
    """
    settings(context)
    from hwcli.api.exporting import exported, exported_graph
    from hwcli.atomic import check_parent
    from hwcli.cli.series import untouched
    from hwcli.cli.streams import to_stdout, write_output
    from hwcli.export.packing import BITS

    suffix = ".html" if to_stdout(output) else output.suffix.lower()
    if suffix not in (".html", ".htm", ".onnx"):
        raise UsageError(
            f"-o {output} is neither a page nor a graph",
            "use -o FILE.html for a page, -o FILE.onnx for a graph",
        )
    if suffix == ".onnx" and bits is not None:
        raise UsageError(f"--bits {bits} is for pages: a graph has float32 weights", "remove --bits")
    if bits not in (None, *BITS):
        raise UsageError(f"--bits {bits}: expected 8 or 16", "use --bits 16, or --bits 8 for a smaller page")
    if not to_stdout(output):
        check_parent(output)
    with signals.telling(untouched(output)):
        with console.status("exporting"):
            if suffix == ".onnx":
                data, use = exported_graph(model, hand or []), "docs/export.md tells how to sample with it"
            else:
                data, use = exported(model, bits or 16, hand or []), "open it in a browser"
        write_output(data, output)
    console.note(f"{len(data) / 1e6:.1f} MB; {use}")
