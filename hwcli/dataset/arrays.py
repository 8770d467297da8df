"""Arrays in .npy files, written as NumPy does and opened by memory map.

Only the headers that hw writes are read. NumPy evaluates any Python literal in a header, and a damaged one
makes it fail in many ways.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.typed_data import DamageError

_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '([<>][if][248])', 'fortran_order': False, 'shape': \((\d{1,15}),"
    rb"(?: (\d{1,3}))?\), \} *\n",
    re.DOTALL,
)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write what numpy.save writes, through Python's file: NumPy's own hides why a disk write failed."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        file.write(np.ascontiguousarray(array).data)


def open_array(path: Path, types: Sequence[type[np.generic]]) -> NDArray[Any]:
    """Return the array of one of the `types`, with one or two axes, in the file `path`, as a memory map.

    Raises DamageError if it is anything else or has another size than its header says, and OSError if the
    file cannot be read.
    """
    with path.open("rb") as file:
        head = _HEADER.match(file.read(1024))
    if head is None:
        raise DamageError("it has no header of an array that hw writes")
    dtype = np.dtype(head[2].decode("ascii"))
    if head.end() != 10 + int.from_bytes(head[1], "little") or dtype not in types:
        raise DamageError(f"its type is {dtype}, or its header has another length than it says")
    shape = tuple(int(length) for length in head.groups()[2:] if length is not None)
    size, found = head.end() + dtype.itemsize * int(np.prod(shape, dtype=object)), path.stat().st_size
    if size != found:
        raise DamageError(f"it has {found:,} bytes, but should have {size:,}")
    if size == head.end():  # nothing, which cannot be mapped
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", head.end(), shape)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
