"""Reads and writes .npy files: stroke-3 or stroke-5, one sequence or many."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.arrays import npy_file
from hwcli.ink_io.arrays.sequences import read_value
from hwcli.ink_io.found_ink import FoundInk
from renderers.ink import Ink

SUMMARY = "NumPy array of rows dx, dy, lift (stroke-3), one sequence or many"
SUFFIXES = (".npy",)


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a .npy file."""
    return head.startswith(npy_file.MAGIC)


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a .npy file, or what is wrong with it."""
    return read_value(npy_file.array_in, data, name, "npy")


def dump(inks: Iterable[Ink], prediction: bool = True) -> Iterator[bytes]:
    """Yield the bytes of a .npy file: stroke-3, (points, 3) of one ink, (inks, points, 3) of several.

    Rows of zeros make all inks of a file equally long. Only strokes are kept.
    """
    rows = [_placed(ink) for ink in inks]
    longest = max(map(len, rows), default=0)
    array = rows[0] if len(rows) == 1 else np.zeros((len(rows), longest, 3))
    if len(rows) > 1:
        for place, one in zip(array, rows, strict=True):
            place[: len(one)] = one
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    yield out.getvalue()


def _placed(ink: Ink) -> np.ndarray:
    """Return the offsets of an ink whose first row moves from the origin, so that its place is kept."""
    rows = ink.offsets.copy()
    rows[:1, :2] = ink.points[:1]
    return rows
