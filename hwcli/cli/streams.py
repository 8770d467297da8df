"""Output to stdout or a file: written completely, and never cut within a line of NDJSON.

Ink on its way there is counted on the screen.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hwcli import console, signals
from hwcli.atomic import write_atomically
from hwcli.cli.series import Tally, write_series
from hwcli.errors import HwError, UsageError, os_error
from hwcli.printable import json_printable, printable

if TYPE_CHECKING:
    from renderers.ink import Ink


def stdout_is_terminal() -> bool:
    """Return whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def to_stdout(output: Path | None) -> bool:
    """Return whether `--output` means stdout: not given, or `-`."""
    return output is None or str(output) == "-"


def is_direct(output: Path | None) -> bool:
    """Return whether bytes leave at once: to stdout, or to a path like /dev/stdout or a named pipe."""
    return output is None or to_stdout(output) or (output.exists() and not output.is_file())


def suffix_of(output: Path) -> str:
    """Return the suffix of a file to write, in lower case; UsageError if it has none to tell its format."""
    if not output.suffix:
        raise UsageError(
            f"-o {output} has no suffix, so its format is unknown", "add a suffix (.svg), or use --format"
        )
    return output.suffix.lower()


def refuse_binary(format_: str, output: Path | None) -> None:
    """Raise UsageError if `output` is a terminal, for a format of binary data."""
    if to_stdout(output) and stdout_is_terminal():
        raise UsageError(
            f"{format_} is binary data, and stdout is a terminal",
            f"use -o FILE.{format_}, or redirect stdout",
        )


def write_stdout(data: bytes) -> None:
    """Write `data` to stdout and flush it.

    Raises BrokenPipeError if the reader has closed the pipe, HwError for any other failure.
    """
    if sys.stdout is None:
        raise HwError("stdout is closed: cannot write to it", "write to a file with -o")
    left = memoryview(data)
    try:
        while left:  # with PYTHONUNBUFFERED a write may be partial
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise os_error(error, "write to stdout") from None


def write_line(*fields: str) -> None:
    """Write a line for people to stdout, its `fields` separated by tabs.

    They may come from files, so they are made printable. Raises HwError as `write_stdout` does.
    """
    write_stdout("\t".join(map(printable, fields)).encode() + b"\n")


def write_json(row: Mapping[str, Any]) -> None:
    """Write a JSON object to stdout, on one line; see `write_line`."""
    write_stdout(json_printable(json.dumps(row, ensure_ascii=False)).encode() + b"\n")


def write_output(data: bytes | Iterable[bytes], output: Path | None) -> None:
    """Write `data`, in one piece or several, to a file, or to stdout if `output` is None or `-`.

    Nothing is written until the last piece is there.
    """
    if not isinstance(data, bytes) and is_direct(output):
        with tempfile.TemporaryFile() as file:
            try:
                file.writelines(data)
                file.seek(0)
            except OSError as error:
                raise os_error(error, "write a temporary file") from None
            _write_pieces(iter(lambda: file.read(1 << 20), b""), output)
        return
    _write_pieces([data] if isinstance(data, bytes) else data, output)


def _write_pieces(pieces: Iterable[bytes], output: Path | None) -> None:
    if output is None or to_stdout(output):
        for piece in pieces:
            write_stdout(piece)
        return
    write_atomically(output, pieces)
    console.note(f"wrote {output}")


def counted(inks: Iterable[Ink], doing: str, total: int | None = None) -> Iterator[Ink]:
    """Yield `inks`; show on a terminal how many are done, as in "sampling: 8 of 200"."""
    of = f" of {total:,}" if total else " done"
    with console.status(doing) as show:
        for number, ink in enumerate(inks):
            show(f"{doing}: {number:,}{of}", number, total)
            yield ink


class Reads(Protocol):
    """Reads the inks of a source, and tells how many of its bytes are read, as `read_file` does."""

    def __call__(self, source: str, /, *, tell: Callable[[int], None] | None) -> Iterable[Ink]:
        """Yield the inks of a file, or on stdin for "-"."""


def counted_from(sources: Sequence[str], doing: str, read: Reads | None = None) -> Iterator[Ink]:
    """Yield the inks in files, or on stdin for "-"; show on a terminal how many are done, as `counted`.

    `read` reads a source, by default as `read_stream` does.
    The time left is known by the bytes of files that are read. No more than one ink is in memory: there may
    be many, or stdin.
    """
    from hwcli.ink_io.formats import read_stream

    read = read or read_stream
    sizes = [_size_of(source) for source in sources]
    total = None if None in sizes else sum(filter(None, sizes))
    done = before = here = 0

    def tell(position: int) -> None:
        nonlocal here
        here = position

    with console.status(doing) as show:
        for source, size in zip(sources, sizes, strict=True):
            for ink in read(source, tell=None if size is None else tell):
                show(f"{doing}: {done:,} done", before + here, total)
                yield ink
                done += 1
            before, here = before + (size or 0), 0


def _size_of(source: str) -> int | None:
    """Return the bytes of a file, or of stdin if it is one; None of a pipe, whose end cannot be known."""
    try:
        about = os.fstat(sys.stdin.fileno()) if source == "-" else os.stat(source)
    except (OSError, AttributeError):  # reading it will say what is wrong
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def write_inks(
    inks: Iterable[Ink],
    output: Path | None,
    prediction: bool = True,
    format_: str = "ndjson",
    tally: Tally | None = None,
) -> None:
    """Write ink to a file or to stdout; NDJSON to stdout one line per ink as each is finished.

    Ctrl-C keeps what is finished, by `tally`, unless `inks` is a sequence: then it is one thing.
    """
    from hwcli.ink_io import ndjson, writers
    from hwcli.ink_io.files import write_ink

    tally = tally or Tally("ink")
    if output is not None and not to_stdout(output):
        if isinstance(inks, Sequence) or is_direct(output):
            write_ink(inks, output, prediction, format_)
            console.note(f"wrote {output}")
        else:
            write_series(inks, output, lambda some: writers.dump(some, format_, prediction), tally)
        return
    if format_ != "ndjson":
        write_stdout(b"".join(writers.dump(inks, format_, prediction)))
        return
    with signals.telling(lambda: tally.told("were", "written")):
        for ink in inks:
            with signals.held():  # so that no line is cut
                line = ndjson.dump(ink, prediction)
                if stdout_is_terminal():
                    line = json_printable(line.decode().removesuffix("\n")).encode() + b"\n"
                write_stdout(line)
                tally.done += 1
