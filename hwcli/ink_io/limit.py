"""How much memory reading one file, or one line of hw ink, may take.

Files lie about their size: a few kilobytes of an archive unpack to gigabytes, and what is parsed takes up to
forty times the memory of its text. So every reader estimates what it will need before it needs it. The limit
is the setting `ink.memory`, in megabytes.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hwcli.config.sections import InkConfig
from hwcli.errors import HwError, os_error

MEGABYTE = 1_000_000
PER_BYTE = 8  # bytes of memory per byte of any file: hw ink with predictions takes 9, bare text takes less
NAME = "HW_INK_MEMORY"
HINT = f"if you trust it, raise the limit: {NAME}=MB, or memory in the section [ink] of hw.toml"
_CHUNK = 1 << 20
_megabytes = InkConfig.memory


def allow(megabytes: int) -> None:
    """Set the limit in this process."""
    global _megabytes
    _megabytes = megabytes


def allowed() -> int:
    """Return the limit in force, in bytes."""
    return _megabytes * MEGABYTE


def check(needed: float, name: str) -> None:
    """Raise HwError if reading `name` needs more bytes of memory than the limit allows."""
    if (trouble := exceeded(needed)) is not None:
        raise HwError(f"{name}: {trouble}", HINT)


def exceeded(needed: float) -> str | None:
    """Return in words that something needs more bytes than the limit allows; None if it does not."""
    if needed <= allowed():
        return None
    needs = f"{math.ceil(needed / MEGABYTE):,} MB of memory"
    return f"reading it may take {needs}, more than the limit ({NAME}) of {_megabytes:,} MB"


def read(stream: BinaryIO, name: str) -> bytes:
    """Return all that is left in `stream`; raise HwError if it is larger than the limit allows."""
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        check(PER_BYTE * size, name)
    return b"".join(chunks)


def read_file(path: str | Path, name: str | None = None, doing: str = "read") -> bytes:
    """Return the content of a file; raise HwError if it cannot be read or is larger than the limit allows.

    `name` is what errors call it, by default its path; `doing` is what they say could not be done.
    """
    name = str(path) if name is None else name
    try:
        with open(path, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return read(file, name)
            check(PER_BYTE * about.st_size, name)
            return file.read()
    except OSError as error:
        raise os_error(error, f"{doing} {name}") from None


def lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the lines of `stream` as they arrive; raise HwError at one that is too long."""
    most, number = allowed() // PER_BYTE, 0
    while line := stream.readline(most + 1):
        number += 1
        if len(line) > most:
            check(PER_BYTE * len(line), f"{name}, line {number}")
        yield line
