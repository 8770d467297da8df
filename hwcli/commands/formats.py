"""hw formats: what is read and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from hwcli.errors import HwError
from renderers.errors import RenderError


@dataclass(frozen=True)
class Row:
    """A format in one direction."""

    direction: str  # read or write
    name: str
    suffixes: tuple[str, ...]  # of a format that is read: usual ones; the content decides
    summary: str  # what a file looks like, or what is wrong with a plug-in


def formats(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List the formats of files that hw reads and writes.

    Prints tab-separated columns: read or write, name, suffixes, and what a file looks like. The format of a
    file to read is found by its content. docs/formats.md has an example of each.

    Examples:
        hw formats | grep ^read
    """
    from hwcli.cli.streams import write_json, write_line

    for row in [*_read(), *_written()]:
        if as_json:
            write_json(asdict(row))
        else:
            write_line(row.direction, row.name, " ".join(row.suffixes), row.summary)


def _read() -> Iterator[Row]:
    """Yield the formats of ink that hw reads."""
    from hwcli.ink_io.formats import by_name, names

    for name in names():
        try:
            one = by_name(name)
        except HwError as error:
            yield Row("read", name, (), error.message)
            continue
        origin = getattr(one, "origin", None)
        yield Row("read", name, one.SUFFIXES, f"{one.SUMMARY} (from {origin})" if origin else one.SUMMARY)


def _written() -> Iterator[Row]:
    """Yield the formats of ink and of pictures that hw writes."""
    from hwcli.ink_io.formats import by_name
    from hwcli.ink_io.writers import WRITERS
    from renderers.registry import format_for, format_names

    for name, writer in WRITERS.items():
        yield Row("write", name, writer.suffixes, by_name(name).SUMMARY)
    for name in format_names():
        try:
            one = format_for(name)
        except RenderError as error:
            yield Row("write", name, (), error.message)
            continue
        origin = f" (from {one.origin})" if one.origin else ""
        yield Row("write", name, one.suffixes, f"picture: {one.summary}{origin}")
