"""Detects the format of an ink file and reads it. `FORMATS` is the registry of formats.

A new format is a new module with `matches` and `read_each` (see `Format`) and a row in `FORMATS`. It may also
have `form_of(name)`, which returns the form that a line's id or a file's stem names, or None, and `DATABASE`,
the name of the database whose lines have such ids. One whose files include others is an `IncludingFormat`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from hwcli.errors import HwError, UsageError, os_error
from hwcli.ink_io import foreign, limit
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.included_files import IncludedFiles
from renderers.ink import Ink

FORMATS = {  # name → module, in the order of detection
    "iam": "hwcli.ink_io.iam",
    "quickdraw": "hwcli.ink_io.recorded.quick_draw",
    "ndjson": "hwcli.ink_io.ndjson",
    "json": "hwcli.ink_io.recorded.recorder_json",
    "unipen": "hwcli.ink_io.unipen",
    "npy": "hwcli.ink_io.arrays.npy",
    "npz": "hwcli.ink_io.arrays.npz",
    "pickle": "hwcli.ink_io.arrays.pickled",
    "csv": "hwcli.ink_io.recorded.csv_ink",  # last: any two columns of numbers are a table
}
DATABASES = ("iam", "unipen")  # formats of one database each
HEAD = 4096  # bytes that detection looks at


class Format(Protocol):
    """The functions of a format's module."""

    def matches(self, head: bytes) -> bool:
        """Return whether a file that begins with `head` is of this format."""

    def read_each(self, data: bytes, name: str) -> Iterator[FoundInk | HwError]:
        """Yield every ink in a file's `data`, or its error, which names the file and the line."""


class LineFormat(Format, Protocol):
    """The functions of the module of a format that is read line by line."""

    def read_lines(self, stream: BinaryIO, name: str) -> Iterator[FoundInk | HwError]:
        """Yield every ink in an open file, as `read_each` does."""


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
    """Return the format called `name`; raise UsageError if there is none."""
    if name not in FORMATS:
        raise UsageError(f"unknown ink format {name!r}", _known())
    return cast(Format, import_module(FORMATS[name]))


def detect(head: bytes) -> str | None:
    """Return the name of the format of a file that begins with `head`, None if it is unknown."""
    return next((name for name in FORMATS if by_name(name).matches(head[:HEAD])), None)


def including(name: str | None) -> IncludingFormat | None:
    """Return the format called `name` if its files include others, else None."""
    if name is None or not hasattr(by_name(name), "included_names"):
        return None
    return cast(IncludingFormat, by_name(name))


def including_for(head: bytes) -> IncludingFormat | None:
    """Return the format of a file that begins with `head` if the files of that format include others."""
    several = (module for name in FORMATS if (module := including(name)) is not None)
    return next((module for module in several if module.matches(head[:HEAD])), None)


def form_of(name: str) -> str | None:
    """Return the form that a line's id or a file's stem names by the convention of some format, else None."""
    conventions = (getattr(by_name(format_), "form_of", None) for format_ in FORMATS)
    return next((form for of in conventions if of is not None and (form := of(name))), None)


def database_of(line_id: str) -> str | None:
    """Return the name of the database whose lines have ids like `line_id`, None if it has no known form."""
    for format_ in map(by_name, FORMATS):
        of, database = getattr(format_, "form_of", None), getattr(format_, "DATABASE", None)
        if of is not None and database is not None and of(line_id):
            return str(database)
    return None


def read_each(
    data: bytes, name: str, format_: str | None, files: IncludedFiles | None = None
) -> Iterator[FoundInk | HwError]:
    """Yield every ink of one file, or an HwError (which names the file) in place of an unreadable one.

    `files` finds the files that it includes, by default on disk.
    """
    if format_ is None:
        what = foreign.what(data, name) or ("unknown ink format" if data.strip() else "the file is empty")
        yield HwError(f"{name}: {what}", _known())
    elif (module := including(format_)) is not None:
        yield from module.read_each(data, name, files)
    else:
        yield from by_name(format_).read_each(data, name)


def read_file(
    path: Path, name: str, format_: str | None = None, files: IncludedFiles | None = None
) -> Iterator[FoundInk | HwError]:
    """Yield every ink of the file at `path`, as `read_each` does; by default, detect the format.

    No more of a file is read than its format needs: of one that is not ink the first bytes, of hw ink a line
    at a time. A file that cannot be read, or would take too much memory, gives an error in its place.
    """
    try:
        with path.open("rb") as stream:
            head = stream.peek(HEAD)
            format_ = format_ or detect(head)
            module = None if format_ is None else by_name(format_)
            if module is None:
                yield from read_each(head, name, None)
            elif hasattr(module, "read_lines"):
                yield from cast(LineFormat, module).read_lines(stream, name)
            else:
                yield from read_each(limit.read(stream, name), name, format_, files)
    except OSError as error:
        yield os_error(error, f"read {name}")
    except HwError as error:
        yield error


def read_stdin(format_: str | None = None) -> Iterator[FoundInk | HwError]:
    """Yield the inks on stdin: hw ink, line by line as they are written, unless `format_` names another."""
    from hwcli.ink_io import ndjson

    if format_ in (None, "ndjson"):
        return ndjson.read_lines(sys.stdin.buffer, "stdin")
    return read_each(limit.read(sys.stdin.buffer, "stdin"), "stdin", format_)


def parse(data: bytes, name: str, format_: str | None = None) -> list[Ink]:
    """Return the inks in one file's bytes; raise HwError for a bad one. By default, detect the format."""
    return list(_strict(read_each(data, name, format_ or detect(data))))


def read_stream(source: str, format_: str | None = None) -> Iterator[Ink]:
    """Yield the inks in the file `source`, or on stdin for "-"; raise HwError for the first bad one."""
    if source == "-":
        yield from _strict(read_stdin(format_))
        return
    yield from list(_strict(read_file(Path(source), source, format_)))  # all of them, or an error


def _strict(found: Iterable[FoundInk | HwError]) -> Iterator[Ink]:
    for one in found:
        if isinstance(one, HwError):
            raise one
        yield one.ink


def _known() -> str:
    return f"known formats: {', '.join(FORMATS)}"
