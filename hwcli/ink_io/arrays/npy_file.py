"""One array of a .npy file: numbers and texts as NumPy's, objects as the pickle that they are.

The header is parsed here, since NumPy evaluates any Python literal in it, and damaged ones make it fail in
many ways.
"""

from __future__ import annotations

import re

from hwcli.ink_io.arrays import plain_pickle
from hwcli.ink_io.arrays.damage import ArrayError
from hwcli.ink_io.arrays.numpy_parts import Pickled, checked_type, shaped

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
_TYPE = re.compile(r"'descr'\s*:\s*'([^']{1,20})'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(([\d\sL,]*)\)")


def array_in(data: bytes) -> Pickled:
    """Return the array in the bytes of a .npy file; ArrayError if it is damaged or holds something else."""
    if not data.startswith(MAGIC) or len(data) < 12:
        raise ArrayError("the array has no header of NumPy")
    wide = data[6] >= 2
    start = 12 if wide else 10
    length = int.from_bytes(data[8:start], "little")
    if length > LONGEST_HEADER or start + length > len(data):
        raise ArrayError("the header of the array is damaged")
    header = data[start : start + length].decode("latin-1")
    kind, order, shape = (pattern.search(header) for pattern in (_TYPE, _ORDER, _SHAPE))
    if order is None or shape is None:
        raise ArrayError("the header of the array is damaged")
    if kind is None:
        raise ArrayError("the array has several fields; hw reads numbers, texts and lists in arrays")
    return _content(data, start + length, kind[1], _lengths(shape[1]), order[1] == "True")


def _lengths(text: str) -> tuple[int, ...]:
    lengths = [length.strip().removesuffix("L") for length in text.split(",") if length.strip()]
    if any(len(length) > 18 or not length.isdigit() for length in lengths):
        raise ArrayError("the header of the array is damaged")
    return tuple(map(int, lengths))


def _content(data: bytes, start: int, descr: str, shape: tuple[int, ...], fortran: bool) -> Pickled:
    dtype = checked_type(descr)
    if dtype.kind != "O":
        return Pickled(shaped(data[start:], dtype, shape, fortran), shape=shape)
    value = plain_pickle.load(data, start)
    if isinstance(value, Pickled):
        return value
    return Pickled(items=value if isinstance(value, list) else [value], shape=shape)
