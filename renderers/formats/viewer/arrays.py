"""Arrays of numbers as text: compressed together, in an order that compresses well."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# by the names that unpack.mjs knows
KINDS = {"u1": np.uint8, "i1": np.int8, "u2": np.uint16, "i2": np.int16, "i4": np.int32}


class Pack:
    """Arrays that are decoded together; each is known by its number."""

    def __init__(self) -> None:
        self._about: list[list[Any]] = []
        self._bytes: list[bytes] = []

    def add(self, values: ArrayLike, kind: str, deltas: bool = False) -> int:
        """Add whole numbers, flattened, as `kind`; with `deltas`, as differences. Return their number.

        Differences wrap around, so that they need no wider kind. Bytes of equal weight lie together: the
        high ones of small numbers are all alike.
        """
        flat: NDArray[Any] = np.asarray(values).ravel().astype(KINDS[kind])
        if deltas:
            flat = np.diff(flat, prepend=flat.dtype.type(0))
        little = flat.astype(flat.dtype.newbyteorder("<"))
        planes = little.view(np.uint8).reshape(len(flat), flat.itemsize).T
        self._about.append([kind, len(flat), int(deltas)])
        self._bytes.append(planes.tobytes())
        return len(self._about) - 1

    def encoded(self) -> dict[str, Any]:
        """Return what unpack.mjs decodes: kind, length and deltas of each array, and their data."""
        data = zlib.compress(b"".join(self._bytes), 9)
        return {"arrays": self._about, "data": base64.b64encode(data).decode()}
