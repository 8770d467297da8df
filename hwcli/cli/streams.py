"""Output to stdout or a file: written completely, and never cut within a line of NDJSON.

Ink on its way there is counted on the screen.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwcli import console, signals
from hwcli.atomic import write_atomically
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
    direct = output is None or to_stdout(output) or (output.exists() and not output.is_file())
    if not isinstance(data, bytes) and direct:
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


def counted_from(sources: Sequence[str], read: Callable[[str], Iterable[Ink]], doing: str) -> Iterator[Ink]:
    """Yield what `read` returns for each source; show on a terminal how many inks are done, as `counted`.

    The time left is known by the sources that are done. None is held in memory: it may be long, or stdin.
    """
    done, total = 0, None if "-" in sources else len(sources)
    with console.status(doing) as show:
        for number, source in enumerate(sources):
            for ink in read(source):
                show(f"{doing}: {done:,} done", number, total)
                yield ink
                done += 1


def write_inks(
    inks: Iterable[Ink], output: Path | None, prediction: bool = True, format_: str = "ndjson"
) -> None:
    """Write ink to a file or to stdout; NDJSON to stdout one line per ink as each is finished."""
    from hwcli.ink_io import ndjson, writers
    from hwcli.ink_io.files import write_ink

    if output is not None and not to_stdout(output):
        write_ink(inks, output, prediction, format_)
        console.note(f"wrote {output}")
        return
    if format_ != "ndjson":
        write_stdout(b"".join(writers.dump(inks, format_, prediction)))
        return
    for ink in inks:
        with signals.held():  # so that no line is cut
            line = ndjson.dump(ink, prediction)
            if stdout_is_terminal():
                line = json_printable(line.decode().removesuffix("\n")).encode() + b"\n"
            write_stdout(line)
