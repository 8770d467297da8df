"""Ink files in one call, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hwcli.atomic import write_atomically
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.find import read_stream
from renderers.ink import Ink


def read_inks(source: str | Path, format: str | None = None) -> list[Ink]:
    """Every ink in a file of any known format, or on stdin for "-". HwError where there is none."""
    inks = list(read_stream(str(source), format))
    if not inks:
        name = "stdin" if str(source) == "-" else source
        raise HwError(f"{name}: no ink in it", "name a file of ink, or pipe some in: hw sample | hw render")
    return inks


def read_ink(source: str | Path, format: str | None = None) -> Ink:
    """The first ink in a file of any known format, or on stdin for "-"."""
    return read_inks(source, format)[0]


def write_ink(inks: Ink | Iterable[Ink], path: str | Path, prediction: bool = True) -> Path:
    """Write ink as hw ink NDJSON, a line each, whole or not at all; its path."""
    several = [inks] if isinstance(inks, Ink) else inks
    write_atomically(Path(path), (ndjson.dump(ink, prediction) for ink in several))
    return Path(path)
