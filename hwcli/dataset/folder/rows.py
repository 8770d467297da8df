"""Parts of a dataset's files, read when they are needed.

A memory map would do the same, but a file that is cut short while it is mapped kills the process (SIGBUS).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.folder.arrays import Header, reading
from hwcli.errors import HwError, os_error


class StoredBytes:
    """The bytes of a file, which is open as long as this object exists."""

    def __init__(self, path: Path) -> None:
        """Open `path`; HwError if that fails."""
        with reading(path):
            self.path, self._handle = path, os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._handle)

    def __len__(self) -> int:
        return os.fstat(self._handle).st_size

    def read(self, place: int, size: int) -> bytes:
        """Return `size` bytes from `place` on; HwError if the file cannot be read or is shorter."""
        try:
            data = os.pread(self._handle, size, place)
            while len(data) < size:
                if not (more := os.pread(self._handle, size - len(data), place + len(data))):
                    raise HwError(
                        f"{self.path} was cut short while it was in use",
                        "make the dataset again with hw preprocess; hw train --resume then continues a run",
                    )
                data += more
        except OSError as error:
            raise os_error(error, f"read {self.path}") from None
        return data


class StoredRows:
    """An array (rows, columns) in a file, which is open as long as this object exists."""

    def __init__(self, path: Path, header: Header) -> None:
        """Open `path`, whose array `header` describes; HwError if that fails."""
        self.dtype, self.shape, self._start = header
        self._bytes = StoredBytes(path)
        self._row_size = self.shape[1] * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read these rows; raise HwError if the file cannot be read or is shorter than it was."""
        first, end, step = rows.indices(self.shape[0])
        size = (end - first) * self._row_size
        data = self._bytes.read(self._start + first * self._row_size, size) if size > 0 else b""
        found: NDArray[Any] = np.frombuffer(data, self.dtype).reshape(-1, self.shape[1])
        return found if step == 1 else found[::step]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)
