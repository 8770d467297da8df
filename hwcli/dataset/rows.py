"""The rows of a dataset on disk, read when they are needed.

A memory map would do the same, but a file that is cut short while it is mapped kills the process (SIGBUS).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError, os_error


class StoredRows:
    """An array (rows, columns) in a file, which is open as long as this object exists."""

    def __init__(self, path: Path, start: int, dtype: np.dtype[Any], shape: tuple[int, int]) -> None:
        """Open `path`, whose array begins at the byte `start`; OSError if that fails."""
        self.path, self.dtype, self.shape = path, dtype, shape
        self._start, self._handle = start, os.open(path, os.O_RDONLY)
        finalize(self, os.close, self._handle)
        self._row_size = shape[1] * dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read these rows; raise HwError if the file cannot be read or is shorter than it was."""
        first, end, step = rows.indices(len(self))
        data = self._read(self._start + first * self._row_size, max(end - first, 0) * self._row_size)
        found: NDArray[Any] = np.frombuffer(data, self.dtype).reshape(-1, self.shape[1])
        return found if step == 1 else found[::step]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    def _read(self, place: int, size: int) -> bytes:
        try:
            data = os.pread(self._handle, size, place)
            while len(data) < size:
                if not (more := os.pread(self._handle, size - len(data), place + len(data))):
                    raise HwError(
                        f"{self.path} was cut short while it was in use",
                        "make the dataset again with hw preprocess; hw train --resume then continues a run",
                    )
                data += more
            return data
        except OSError as error:
            raise os_error(error, f"read {self.path}") from None
