"""Reads .npz files, hw's own and data sets of stroke-3, and writes hw's own."""

from __future__ import annotations

from collections.abc import Iterator

from hwcli.errors import HwError
from hwcli.ink_io.arrays import hw_arrays, npz_file
from hwcli.ink_io.arrays.sequences import inks_in, reported
from hwcli.ink_io.found_ink import FoundInk

SUMMARY = "arrays of NumPy: hw's own (points, ends, starts, texts, ids), or rows dx, dy, lift (stroke-3)"
SUFFIXES = (".npz",)


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a zip whose first file is an array."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return head.startswith(npz_file.MAGIC) and name.endswith(b".npy")


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a .npz file, or what is wrong with it."""

    def read() -> Iterator[FoundInk | HwError]:
        arrays = npz_file.arrays_in(data)
        if hw_arrays.are_hw(arrays):
            return hw_arrays.inks_in(arrays, name)
        return inks_in(arrays, name, "npz")

    return reported(read, name)


dump = hw_arrays.dump
