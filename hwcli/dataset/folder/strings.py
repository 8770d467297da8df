"""Many strings in one file of UTF-8, end to end, with an array of where each begins."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.folder.arrays import Header, damaged, read_array, read_header, save_array
from hwcli.dataset.folder.rows import StoredBytes

BYTES, BEGINS = "strings.txt", "strings.npy"
TOGETHER = 4096  # strings that are read at once, if they lie close together
CLOSE = 1 << 22  # bytes


class StringWriter:
    """Writes strings into a folder; only where they begin is held in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._begins = folder, array("q", [0])
        self._file = (folder / BYTES).open("wb", buffering=1 << 16)
        self._size = 0

    def add(self, text: str) -> None:
        """Append a string; the first one has the number 0."""
        data = text.encode("utf-8")
        self._file.write(data)
        self._size += len(data)
        self._begins.append(self._size)

    def close(self) -> None:
        """Write what is left."""
        self._file.close()
        save_array(self._folder / BEGINS, np.frombuffer(self._begins, np.int64))


class Strings:
    """Strings by their numbers, read from a folder when they are needed."""

    def __init__(self, folder: Path, data: StoredBytes, header: Header) -> None:
        self._folder, self._data, self._header = folder, data, header

    @classmethod
    def open(cls, folder: Path) -> Strings:
        """Open those in `folder`; HwError if a file is damaged or cannot be read."""
        header = read_header(folder / BEGINS, (np.int64,), axes=1)
        if not header.shape[0]:
            raise damaged(folder / BEGINS, "it is empty")
        return cls(folder, StoredBytes(folder / BYTES), header)

    def __len__(self) -> int:
        return self._header.shape[0] - 1

    @cached_property
    def begins(self) -> NDArray[np.int64]:
        """Where each string begins, in bytes, and where the last one ends, (strings + 1,)."""
        file = self._folder / BEGINS
        begins = read_array(file, self._header)
        if begins[0] != 0 or begins[-1] != len(self._data) or (begins[1:] < begins[:-1]).any():
            raise damaged(file, f"it does not match {BYTES}")
        return begins

    def __getitem__(self, number: int) -> str:
        begin, end = self.begins[number : number + 2].tolist()
        return self._decoded(self._data.read(begin, end - begin))

    def some(self, numbers: NDArray[np.int64]) -> Iterator[str]:
        """Yield the strings of these `numbers`."""
        for first in range(0, len(numbers), TOGETHER):
            yield from self._together(numbers[first : first + TOGETHER])

    def _together(self, numbers: NDArray[np.int64]) -> Iterator[str]:
        begins, ends = self.begins[numbers], self.begins[numbers + 1]
        low, high = int(begins.min()), int(ends.max())
        if high - low > CLOSE:
            yield from (self[number] for number in numbers.tolist())
            return
        data = self._data.read(low, high - low)
        for begin, end in zip((begins - low).tolist(), (ends - low).tolist(), strict=True):
            yield self._decoded(data[begin:end])

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise damaged(self._folder / BYTES, str(error)) from None


class HeldStrings:
    """Strings by their numbers, in memory."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = strings
        self.begins = np.concatenate([[0], np.cumsum([len(one.encode()) for one in strings], dtype=np.int64)])

    def __len__(self) -> int:
        return len(self._strings)

    def __getitem__(self, number: int) -> str:
        return self._strings[number]

    def some(self, numbers: NDArray[np.int64]) -> Iterator[str]:
        """Yield the strings of these `numbers`."""
        yield from (self._strings[number] for number in numbers.tolist())
