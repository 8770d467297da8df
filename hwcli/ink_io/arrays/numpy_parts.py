"""What NumPy's arrays and types are pickled as: their names, how they are made, and their state.

Arrays are pickled as a call of `_reconstruct`, which makes an empty one, and a state of version, shape, type,
order and content; in protocol 5 as a call of `_frombuffer`. NumPy's own `__setstate__` believes what a state
says about a type, and can be made to read memory that is not its own. So what is made here is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_io.arrays.damage import ArrayError

_TYPE = re.compile(r"([<>|=]?)([biufSUO])(\d{0,4})")
_NAMED_TYPES = {"float": "f8", "int": "i8", "bool": "b1", "object": "O", "str": "U", "bytes": "S"}


class Part(Enum):
    """A name that a pickle of arrays may use."""

    ARRAY = "ndarray"
    TYPE = "dtype"
    EMPTY = "_reconstruct"
    SCALAR = "scalar"
    FROM_BUFFER = "_frombuffer"
    ENCODE = "encode"
    BYTES = "bytes"
    BYTE_ARRAY = "bytearray"


_NAMES = {
    ("numpy", "ndarray"): Part.ARRAY,
    ("numpy", "dtype"): Part.TYPE,
    ("_codecs", "encode"): Part.ENCODE,  # bytes, in the protocols that Python 2 knows
}
for _core in ("numpy.core", "numpy._core"):
    _NAMES[f"{_core}.multiarray", "_reconstruct"] = Part.EMPTY
    _NAMES[f"{_core}.multiarray", "scalar"] = Part.SCALAR
    _NAMES[f"{_core}.numeric", "_frombuffer"] = Part.FROM_BUFFER
for _builtins in ("builtins", "__builtin__"):
    _NAMES[_builtins, "bytes"] = Part.BYTES
    _NAMES[_builtins, "bytearray"] = Part.BYTE_ARRAY
    _NAMES[_builtins, "object"] = Part.TYPE


@dataclass
class PickledType:
    """A type of an array: one that `checked_type` allows, without its byte order."""

    name: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        """Return the type for NumPy."""
        return checked_type(self.order.replace("|", "=") + self.name)


@dataclass
class Pickled:
    """An array in a pickle: numbers or texts as `array`, or anything in a flat list `items`."""

    array: NDArray[Any] | None = None
    items: list[Any] = field(default_factory=list)
    shape: tuple[int, ...] = ()


def checked_type(descr: str) -> np.dtype[Any]:
    """Return the type that `descr` (`<f4`) names; ArrayError if it is not of numbers, texts or objects."""
    match = _TYPE.fullmatch(descr)
    if match is None:
        raise ArrayError(f"an array has the type {descr[:20]}; hw reads numbers, texts and lists in arrays")
    try:
        return np.dtype(descr if match[2] != "O" else "O")
    except TypeError:
        raise ArrayError(f"an array has the type {descr[:20]}, which does not exist") from None


def named(module: str, name: str) -> Part:
    """Return the part that a pickle calls by a name; ArrayError for every other name."""
    part = _NAMES.get((module, name))
    if part is None:
        called = f"{module}.{name}"[:60]
        raise ArrayError(f"the pickle asks for {called}; hw reads arrays, lists, dicts, texts and numbers")
    return part


def made(part: object, arguments: object) -> Any:
    """Return what the call of a part makes."""
    if not isinstance(part, Part) or type(arguments) is not tuple:
        raise ArrayError("the pickle calls something that makes no array")
    if part is Part.EMPTY:
        return Pickled()
    try:
        return _MAKERS[part](*arguments)
    except KeyError:
        raise ArrayError(f"the pickle calls {part.value}, which makes no array") from None


def fill(value: object, state: object) -> None:
    """Give a made array or type its state."""
    if type(state) is not tuple:
        raise ArrayError("the pickle holds objects; hw reads arrays, lists, dicts, texts and numbers in it")
    if isinstance(value, PickledType):
        _fill_type(value, state)
    elif isinstance(value, Pickled) and value.array is None and not value.shape:
        _fill_array(value, state)
    else:
        raise ArrayError("the pickle sets the state of something that is not an array")


def _fill_type(value: PickledType, state: tuple[Any, ...]) -> None:
    if len(state) < 5 or state[2] is not None or state[3] is not None or state[4] is not None:
        raise ArrayError("an array has a type of several fields; hw reads numbers, texts and lists in arrays")
    order = state[1].decode("latin-1") if isinstance(state[1], bytes) else state[1]
    if order not in ("<", ">", "|", "="):
        raise ArrayError(f"an array has the byte order {str(order)[:10]!r}")
    value.order = order


def _fill_array(value: Pickled, state: tuple[Any, ...]) -> None:
    _, shape, kind, fortran, content = state if len(state) == 5 else (0, *state)
    if not isinstance(kind, PickledType) or type(shape) is not tuple:
        raise ArrayError("an array in the pickle has no type or no shape")
    if kind.name.startswith("O"):
        if type(content) is not list or len(content) != _size(shape):
            raise ArrayError("an array in the pickle has another size than it says")
        value.items, value.shape = content, shape
    else:
        value.array = shaped(_raw(content), kind.dtype(), shape, bool(fortran))
        value.shape = shape


def shaped(raw: bytes, dtype: np.dtype[Any], shape: tuple[Any, ...], fortran: bool) -> NDArray[Any]:
    """Return the array of a type and a shape whose bytes are `raw`; ArrayError if they do not fit."""
    if len(raw) != _size(shape) * dtype.itemsize or len(shape) > 32:
        raise ArrayError(f"an array has {len(raw):,} bytes, which do not fit its shape {str(shape)[:40]}")
    if not raw:
        return np.zeros(shape, dtype) if max(shape, default=1) < 2**31 else np.zeros(0, dtype)
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")


def _size(shape: tuple[Any, ...]) -> int:
    """Return the number of values in a shape."""
    size = 1
    for length in shape:
        if type(length) is not int or not 0 <= length < 2**63:
            raise ArrayError(f"an array has the shape {str(shape)[:40]}")
        size *= length
    return size


def _raw(content: object) -> bytes:
    if isinstance(content, str):  # of Python 2
        return content.encode("latin-1", "replace")
    if not isinstance(content, bytes):
        raise ArrayError("an array in the pickle has no content")
    return content


def _type(spec: object = None, *_: object) -> PickledType:
    if spec is Part.TYPE:
        return PickledType("O")
    name = _NAMED_TYPES.get(str(spec), str(spec)) if isinstance(spec, str) else ""
    order = name[0] if name[:1] in "<>|=" else "="
    kind = PickledType(name.lstrip("<>|="), order)
    kind.dtype()
    return kind


def _scalar(kind: object, raw: object = b"") -> Any:
    if not isinstance(kind, PickledType) or kind.name.startswith("O"):
        raise ArrayError("a number in the pickle has no type")
    return shaped(_raw(raw), kind.dtype(), (1,), False)[0].item()


def _from_buffer(raw: object, kind: object, shape: object, order: object = "C") -> Pickled:
    if not isinstance(kind, PickledType) or type(shape) is not tuple or kind.name.startswith("O"):
        raise ArrayError("an array in the pickle has no type or no shape")
    return Pickled(shaped(_raw(raw), kind.dtype(), shape, order == "F"), shape=shape)


def _encoded(text: object = "", encoding: object = "latin1") -> bytes:
    if type(text) is not str or str(encoding).replace("-", "") != "latin1":
        raise ArrayError("the pickle calls encode for something that is not an array")
    return text.encode("latin-1", "replace")


def _as_bytes(content: object = b"", *_: object) -> bytes:
    return _raw(content)


_MAKERS: dict[Part, Any] = {
    Part.TYPE: _type,
    Part.SCALAR: _scalar,
    Part.FROM_BUFFER: _from_buffer,
    Part.ENCODE: _encoded,
    Part.BYTES: _as_bytes,
    Part.BYTE_ARRAY: _as_bytes,
}
