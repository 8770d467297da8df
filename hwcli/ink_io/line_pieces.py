"""Large files of a format that is read line by line, cut into pieces that several processes read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from hwcli.errors import HwError, os_error
from hwcli.ink_io import formats, limit, packed
from hwcli.ink_io.found_ink import FoundInk

PIECE_BYTES = 2 << 20


@dataclass(frozen=True)
class Piece:
    """Consecutive lines of a file."""

    lines: Sequence[bytes]
    first: int  # number of the first line, from 1
    before: int  # inks and errors in the lines before, if each that is not blank has one
    position: int  # bytes of the file read up to its end
    bad: int = 0  # lines before that could not be read

    def read(self, name: str, format_: str) -> Iterator[FoundInk | HwError]:
        """Yield the inks, as if the whole file was read."""
        module = cast(formats.LineFormat, formats.by_name(format_))
        return module.read_some(self.lines, name, self.first, self.bad)


def can_be_cut(format_: str) -> bool:
    """Return whether files of a format are read line by line."""
    return hasattr(formats.by_name(format_), "read_lines")


def pieces(path: Path, name: str) -> Iterator[Piece | HwError]:
    """Yield the lines of a file in pieces, and an error after those before it if they are not all."""
    lines: list[bytes] = []
    first, before, size, position = 1, 0, 0, 0
    trouble: HwError | None = None
    try:
        with path.open("rb") as file, packed.reading(name):
            for line in limit.lines(packed.plain_stream(file), name):
                lines.append(line)
                size += len(line)
                if size >= PIECE_BYTES:
                    position = file.tell()
                    yield Piece(lines, first, before, position)
                    first, before = first + len(lines), before + sum(not one.isspace() for one in lines)
                    lines, size = [], 0
    except OSError as error:
        trouble = os_error(error, f"read {name}")
    except HwError as error:
        trouble = error
    if lines:
        yield Piece(lines, first, before, position)
    if trouble is not None:
        yield trouble
