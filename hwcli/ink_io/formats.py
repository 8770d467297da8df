"""Detects the format of an ink file and reads it. `FORMATS` is the registry of formats.

A new format is a new module with `SUMMARY`, `SUFFIXES`, `matches` and `read_each` (see `Format`) and a row in
`FORMATS`. It may also have `form_of(name)`, which returns the form that a line's id or a file's stem names,
or None, and `DATABASE`, the name of the database whose lines have such ids. One whose files include others is
an `IncludingFormat`. Readers get text in UTF-8, and what a gzip file holds. Packages offer further formats
(`plugins`).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from hwcli.errors import HwError, UsageError, os_error
from hwcli.hw_warning import warn
from hwcli.ink_io import foreign, limit, packed, plugins
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.included_files import IncludedFiles
from renderers.errors import RenderError
from renderers.ink import Ink

FORMATS = {  # name → module, in the order of detection
    "iam": "hwcli.ink_io.iam.captures",
    "inkml": "hwcli.ink_io.markup.inkml",
    "svg": "hwcli.ink_io.svg.drawings",
    "xournal": "hwcli.ink_io.markup.xournal",
    "quickdraw": "hwcli.ink_io.recorded.quick_draw",
    "ndjson": "hwcli.ink_io.ndjson",
    "json": "hwcli.ink_io.recorded.recorder_json",
    "unipen": "hwcli.ink_io.unipen.segments",
    "npy": "hwcli.ink_io.arrays.npy",
    "npz": "hwcli.ink_io.arrays.npz",
    "pickle": "hwcli.ink_io.arrays.pickled",
    "csv": "hwcli.ink_io.recorded.csv_ink",  # last: any two columns of numbers are a table
}
DATABASES = ("iam", "unipen")  # formats of one database each
HEAD = 4096  # bytes that detection looks at


class Format(Protocol):
    """What a format's module has."""

    SUMMARY: str  # what such a file looks like, in one line
    SUFFIXES: tuple[str, ...]  # that such files usually have; their content decides

    def matches(self, head: bytes) -> bool:
        """Return whether a file that begins with `head` is of this format."""

    def read_each(self, data: bytes, name: str) -> Iterator[FoundInk | HwError]:
        """Yield every ink in a file's `data`, or its error, which names the file and the line."""


class LineFormat(Format, Protocol):
    """The functions of the module of a format that is read line by line."""

    def read_lines(self, stream: BinaryIO, name: str) -> Iterator[FoundInk | HwError]:
        """Yield every ink in an open file, as `read_each` does."""

    def read_some(
        self, lines: Iterable[bytes], name: str, first: int, bad: int
    ) -> Iterator[FoundInk | HwError]:
        """Yield every ink in lines from number `first` on, `bad` lines before which could not be read."""


class FormNaming(Format, Protocol):
    """The functions of the module of a format by whose convention ids of lines name their forms."""

    def form_of(self, name: str) -> str | None:
        """Return the form that a line's id or a file's stem names, or None."""


class IncludingFormat(Format, Protocol):
    """The functions of the module of a format whose files include other files."""

    def included_names(self, data: bytes) -> list[str]:
        """Return the names of the files that a file includes."""

    def has_labels(self, data: bytes) -> bool:
        """Return whether a file has ink of its own accord, rather than being there to be included."""

    def read_each(
        self, data: bytes, name: str, files: IncludedFiles | None = None
    ) -> Iterator[FoundInk | HwError]:
        """Yield every ink in a file's `data`; `files` finds those that it includes, by default on disk."""


def by_name(name: str) -> Format:
    """Return the format called `name`; raise UsageError if there is none, or its package is broken."""
    if name in FORMATS:
        return _own(name)
    if name not in plugins.names():
        raise UsageError(f"unknown ink format {name!r}", _known())
    try:
        return cast(Format, plugins.load(name))
    except RenderError as error:
        raise UsageError(error.message, error.hint) from None


@cache
def _own(name: str) -> Format:
    return cast(Format, import_module(FORMATS[name]))


def detect(head: bytes) -> str | None:
    """Return the name of the format of a file that begins with `head`, None if it is unknown."""
    text = packed.plain_head(head, HEAD)
    found = next((name for name in FORMATS if by_name(name).matches(text)), None)
    return found or (plugins.detect(text, tuple(FORMATS)) if text.strip() else None)


def including(name: str | None) -> IncludingFormat | None:
    """Return the format called `name` if its files include others, else None."""
    if name is None or not hasattr(by_name(name), "included_names"):
        return None
    return cast(IncludingFormat, by_name(name))


def including_for(head: bytes) -> IncludingFormat | None:
    """Return the format of a file that begins with `head` if the files of that format include others."""
    text = packed.plain_head(head, HEAD)
    return next((module for module in _with_includes() if module.matches(text)), None)


@cache
def _with_includes() -> tuple[IncludingFormat, ...]:
    return tuple(module for name in FORMATS if (module := including(name)) is not None)


def form_of(name: str) -> str | None:
    """Return the form that a line's id or a file's stem names by the convention of some format, else None."""
    return next((form for module in _with_forms() if (form := module.form_of(name))), None)


def database_of(line_id: str) -> str | None:
    """Return the name of the database whose lines have ids like `line_id`, None if it has no known form."""
    for module in _with_forms():
        if (database := getattr(module, "DATABASE", None)) is not None and module.form_of(line_id):
            return str(database)
    return None


@cache
def _with_forms() -> tuple[FormNaming, ...]:
    """Return the formats with a convention for the ids of lines."""
    return tuple(cast(FormNaming, one) for one in map(by_name, FORMATS) if hasattr(one, "form_of"))


def read_each(
    data: bytes, name: str, format_: str | None, files: IncludedFiles | None = None
) -> Iterator[FoundInk | HwError]:
    """Yield every ink of one file, or an HwError (which names the file) in place of an unreadable one.

    `files` finds the files that it includes, by default on disk.
    """
    if format_ is None:
        yield _unknown(packed.plain_head(data, HEAD), name)
        return
    try:
        data = packed.plain(data, name)
    except HwError as error:
        yield error
        return
    if (module := including(format_)) is not None:
        yield from module.read_each(data, name, files)
    else:
        yield from by_name(format_).read_each(data, name)


def read_file(
    path: Path,
    name: str,
    format_: str | None = None,
    files: IncludedFiles | None = None,
    tell: Callable[[int], None] | None = None,
) -> Iterator[FoundInk | HwError]:
    """Yield every ink of the file at `path`, as `read_each` does; by default, detect the format.

    `tell` is called with the bytes read so far after every ink of a file that is read line by line.

    No more of a file is read than its format needs: of one that is not ink the first bytes, of hw ink a line
    at a time. A file that cannot be read, or would take too much memory, gives an error in its place.
    """
    try:
        with path.open("rb") as file, packed.reading(name):
            head = file.peek(HEAD)
            format_ = format_ or detect(head)
            if format_ is None:
                yield _unknown(packed.plain_head(head, HEAD), name)
                return
            stream, module = packed.plain_stream(file), by_name(format_)
            if hasattr(module, "read_lines"):
                for found in cast(LineFormat, module).read_lines(stream, name):
                    yield found
                    if tell is not None:
                        tell(file.tell())
            else:
                yield from read_each(limit.read(stream, name), name, format_, files)
    except OSError as error:
        yield os_error(error, f"read {name}")
    except HwError as error:
        yield error


def read_stdin(
    format_: str | None = None, tell: Callable[[int], None] | None = None
) -> Iterator[FoundInk | HwError]:
    """Yield the inks on stdin; by default, detect the format. hw ink is read line by line, as it is written.

    `tell` is that of `read_file`, for a stdin that is a file.

    What is in no known format is read as hw ink, whose errors name the line.
    """
    if sys.stdin is None:
        yield HwError("stdin: it is closed, so there is no ink to read", "name a file, or pipe in some ink")
        return
    with packed.reading("stdin"):
        stream = packed.plain_stream(sys.stdin.buffer)
        head = _peek(stream)
        if format_ is None and head and not head.startswith(b"{"):
            data = limit.read(stream, "stdin")  # a pipe may have brought less than detection looks at
            yield from read_each(data, "stdin", detect(data) or "ndjson")
            return
        format_ = format_ or detect(head) or "ndjson"
        if hasattr(module := by_name(format_), "read_lines"):
            for found in cast(LineFormat, module).read_lines(stream, "stdin"):
                yield found
                if tell is not None:
                    tell(sys.stdin.buffer.tell())
        else:
            yield from read_each(limit.read(stream, "stdin"), "stdin", format_)


def _peek(stream: BinaryIO) -> bytes:
    """Return what has arrived of a stream, without the blanks at its beginning."""
    return cast(io.BufferedReader, stream).peek(HEAD).lstrip()


def parse(data: bytes, name: str, format_: str | None = None) -> list[Ink]:
    """Return the inks in one file's bytes; raise HwError for a bad one. By default, detect the format."""
    return list(_strict(read_each(data, name, format_ or detect(data)), name))


def read_stream(
    source: str, format_: str | None = None, tell: Callable[[int], None] | None = None
) -> Iterator[Ink]:
    """Yield the inks in the file `source`, or on stdin for "-"; raise HwError for the first bad one.

    They are read as they are asked for, where the format allows that; `tell` is that of `read_file`.
    """
    if source == "-":
        yield from _strict(read_stdin(format_, tell), "stdin")
        return
    yield from _strict(read_file(Path(source), source, format_, tell=tell), source)


def _strict(found: Iterable[FoundInk | HwError], name: str) -> Iterator[Ink]:
    """Yield inks, and say what a reader noted about them; raise the first error."""
    for one in found:
        if isinstance(one, HwError):
            raise one
        if one.note is not None:
            warn(f"{name}: {one.note}", is_note=True)
        yield one.ink


def _unknown(head: bytes, name: str) -> HwError:
    """Return the error for a file of no known format, which begins with `head`."""
    what = foreign.what(head, name)
    if what is None:
        what = f"unknown ink format ({foreign.kind(head)})" if head.strip() else "the file is empty"
    return HwError(f"{name}: {what}", _known())


def names() -> list[str]:
    """Return the names of all formats that are read, built-in ones first."""
    return list(dict.fromkeys([*FORMATS, *plugins.names()]))


def _known() -> str:
    return f"known formats: {', '.join(names())}; hw formats describes them"
