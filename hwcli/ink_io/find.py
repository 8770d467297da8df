"""Ink files in and out. A format is found by looking at the bytes; each has a module of its own here.

A format's module has `matches(head) -> bool` for the first bytes of a file, and `read(data, name)`, which
gives the inks in it and raises HwError with the file and the place in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from hwcli.errors import HwError, UsageError, os_error
from renderers.ink import Ink

FORMATS = {  # name → module, in the order in which they are asked
    "iam": "hwcli.ink_io.iam",
    "ndjson": "hwcli.ink_io.ndjson",
}
HEAD = 4096  # bytes that a format is recognised by


class Format(Protocol):
    """What a module of this package offers."""

    def matches(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is of this format."""

    def read(self, data: bytes, name: str) -> list[Ink]:
        """The inks in a file's `data`."""


def by_name(name: str) -> Format:
    """The format called `name`; UsageError that names the known ones otherwise."""
    if name not in FORMATS:
        raise UsageError(f"no ink format {name!r}", f"known formats: {', '.join(FORMATS)}")
    return cast(Format, import_module(FORMATS[name]))


def find(head: bytes) -> Format | None:
    """The format of a file that begins with `head`, None where no format knows it."""
    return next((f for f in map(by_name, FORMATS) if f.matches(head[:HEAD])), None)


def parse(data: bytes, name: str, force: str | None = None) -> list[Ink]:
    """The inks in one file's bytes, in the format that they are in or in the one called `force`."""
    return _format_of(data, name, force).read(data, name)


def parse_each(data: bytes, name: str, force: str | None = None) -> Iterator[Ink | HwError]:
    """The same, but where a file holds many inks, a bad one does not take the good ones with it."""
    from hwcli.ink_io import ndjson

    try:
        format_ = _format_of(data, name, force)
        if format_ is by_name("ndjson"):
            yield from ndjson.read_each(data.splitlines(), name)
        else:
            yield from format_.read(data, name)
    except HwError as error:
        yield error


def read_stdin(force: str | None = None) -> Iterator[Ink | HwError]:
    """The inks on stdin, hw ink unless `force` says otherwise, as `parse_each` gives them."""
    from hwcli.ink_io import ndjson

    if force in (None, "ndjson"):
        yield from ndjson.read_each(sys.stdin.buffer, "stdin")
    else:
        yield from parse_each(sys.stdin.buffer.read(), "stdin", force)


def _format_of(data: bytes, name: str, force: str | None) -> Format:
    format_ = by_name(force) if force else find(data)
    if format_ is None:
        what = "the file is empty" if not data.strip() else "no ink format that hw knows"
        raise HwError(f"{name}: {what}", f"known formats: {', '.join(FORMATS)}")
    return format_


def read_stream(source: str, force: str | None = None) -> Iterator[Ink]:
    """The inks in one file, or on stdin for `-`; NDJSON on stdin comes line by line, as it is written."""
    if source == "-":
        for ink in read_stdin(force):
            if isinstance(ink, HwError):
                raise ink
            yield ink
        return
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise os_error(error, f"read {source}") from None
    yield from parse(data, source, force)
