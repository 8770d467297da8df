"""Reading ink in one call, for notebooks and scripts."""

from __future__ import annotations

from pathlib import Path

from hwcli.errors import HwError
from hwcli.formats import read_stream
from renderers.ink import Ink


def read_inks(source: str | Path, format: str | None = None) -> list[Ink]:
    """Every ink in a file of any known format, or on stdin for "-". HwError where there is none."""
    inks = list(read_stream(str(source), format))
    if not inks:
        raise HwError(f"{source}: no ink in it")
    return inks


def read_ink(source: str | Path, format: str | None = None) -> Ink:
    """The first ink in a file of any known format, or on stdin for "-"."""
    return read_inks(source, format)[0]
