"""Arrays in .npy files, written as NumPy does.

Only the headers that hw writes are read. NumPy evaluates any Python literal in a header, and a damaged one
makes it fail in many ways. No array is mapped: a file that is cut short while it is mapped kills the process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError, os_error
from hwcli.typed_data import DamageError

_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '([<>][if][248])', 'fortran_order': False, 'shape': \((\d{1,15}),"
    rb"(?: (\d{1,3}))?\), \} *\n",
    re.DOTALL,
)


def damaged(file: Path, why: str) -> HwError:
    """Return an error on a file of a dataset folder."""
    return HwError(f"{file} is damaged: {why}", "make the dataset again with hw preprocess --overwrite")


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn what goes wrong with a file of a dataset folder in the block into an HwError that names it."""
    try:
        yield
    except OSError as error:
        raise os_error(error, f"read {file}") from None
    except DamageError as error:
        raise damaged(file, str(error)) from None


class Header(NamedTuple):
    """What the header of a file says of its array, and the byte where that begins."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int


def write_header(file: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """Write the header that numpy.save writes for such an array."""
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write what numpy.save writes, through Python's file: NumPy's own hides why a disk write failed."""
    with path.open("wb") as file:
        write_header(file, array.dtype, array.shape)
        file.write(np.ascontiguousarray(array).data)


def read_header(path: Path, types: Sequence[type[np.generic]], axes: int) -> Header:
    """Return the header of the array of one of the `types` in the file `path`.

    Raises HwError if it is anything else, has another size than its header says, or cannot be read.
    """
    with reading(path), path.open("rb") as file:
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
        if len(shape) != axes:
            raise DamageError(f"shape {shape}")
        return Header(dtype, shape, head.end())


def read_array(path: Path, header: Header) -> NDArray[Any]:
    """Return the array in the file `path`; HwError if it is shorter than its header says."""
    count = int(np.prod(header.shape, dtype=object))
    with reading(path):
        found: NDArray[Any] = np.fromfile(path, header.dtype, count, offset=header.start)
        if len(found) != count:
            raise DamageError("it was cut short while it was in use")
    return found.reshape(header.shape)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
