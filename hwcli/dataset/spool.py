"""Lines on their way into a dataset, in a temporary file: what is in memory is a few numbers of each.

A line that is replaced is written once more; the file is gone when the process ends, however it ends.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwcli.atomic import check_parent
from hwcli.dataset.packing import Line
from hwcli.errors import os_error

IntArray = NDArray[np.int64]
HasArray = NDArray[np.bool_]
# flags of a line
IS_INK, HAS_REASON, HAS_TEXT, HAS_NOTE, HAS_PART, CUT_OUT, WHOLE, HAS_WRITER = (1 << k for k in range(8))
PREFIX = 24  # bytes of an id that are in memory, to sort by
NO_HASH, NO_OFFSETS = 0, -1
_BUFFER = 1 << 20  # bytes that are written at once
_OWN = ("id", "group", "source", "text", "reason", "is_ink", "hand", "part", "count", "writer", "form",
        "cut_out", "note")  # fmt: skip
_own = attrgetter(*_OWN)


class Shared(NamedTuple):
    """What many lines have in common."""

    place: int
    origin: str
    units: str
    grain: float
    scaling: str | None  # as JSON
    split: str | None


class LineSpool:
    """Lines by their numbers, in the order in which they came."""

    def __init__(self, output: Path) -> None:
        """Begin without lines, in a file without a name beside `output`, the folder that they are for.

        Here and later, HwError if the file cannot be written.
        """
        self._output = output
        try:
            self._file = TemporaryFile(dir=check_parent(output), buffering=0)  # noqa: SIM115 - see close()
        except OSError as error:
            raise os_error(error, f"write {output}") from None
        self._buffer, self._written = bytearray(), 0
        self._places, self._heads = array("q"), array("i")  # of a line's head, and its length
        self._shared_of: dict[Shared, int] = {}
        self.shared: list[Shared] = []
        self._columns = {
            "points": array("i"),  # NO_OFFSETS if the line is left out
            "flags": array("B"),
            "shared": array("i"),  # number in `shared`
            "group": array("Q"),  # hashes
            "form": array("Q"),  # or NO_HASH
        }
        self._prefixes = bytearray()

    @classmethod
    def of(cls, lines: Iterable[Line], output: Path) -> LineSpool:
        """Return a spool of `lines`, which are for the folder `output`."""
        spool = cls(output)
        try:
            for line in lines:
                spool.append(line)
        except BaseException:
            spool.close()
            raise
        return spool

    def __len__(self) -> int:
        return len(self._places)

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    def append(self, line: Line) -> int:
        """Add a line; return its number."""
        number = len(self)
        self._places.append(0)
        self._heads.append(0)
        for column in self._columns.values():
            column.append(0)
        self._prefixes += bytes(PREFIX)
        self[number] = line
        return number

    def __setitem__(self, number: int, line: Line) -> None:
        shared = self._number_of(line)
        score = None if line.legibility is None else float(line.legibility)
        head = marshal.dumps((*_own(line), score))  # keeps lone surrogates; no one else has the file
        self._places[number], self._heads[number] = self._written + len(self._buffer), len(head)
        self._buffer += head
        points, whole = NO_OFFSETS, False
        if line.offsets is not None:
            points, whole = len(line.offsets), line.offsets.dtype == np.int16
            self._buffer += np.ascontiguousarray(line.offsets).tobytes()
        numbers = (points, _flags(line, whole), shared, hash_of(line.group), hash_of(line.form))
        for column, value in zip(self._columns.values(), numbers, strict=True):
            column[number] = value
        prefix = _bytes(line.id)[:PREFIX].ljust(PREFIX, b"\0")
        self._prefixes[PREFIX * number : PREFIX * (number + 1)] = prefix
        if len(self._buffer) >= _BUFFER:
            self._flush()

    def __getitem__(self, number: int) -> Line:
        points = self._columns["points"][number]
        whole = self._columns["flags"][number] & WHOLE
        head = self._heads[number]
        size = 3 * max(points, 0) * (2 if whole else 4)
        data = self._read(self._places[number], head + size)
        shared = self.shared[self._columns["shared"][number]]
        *own, score = marshal.loads(data[:head])
        offsets = None
        if points != NO_OFFSETS:
            offsets = np.frombuffer(data, np.int16 if whole else np.float32, offset=head).reshape(-1, 3)
        return Line(
            **dict(zip(_OWN, own, strict=True)),
            legibility=score,
            offsets=offsets,
            place=shared.place,
            origin=shared.origin,
            units=shared.units,
            grain=shared.grain,
            scaling=None if shared.scaling is None else json.loads(shared.scaling),
            split=shared.split,
        )

    def id_of(self, number: int) -> str:
        """Return the id of a line."""
        prefix = self._prefixes[PREFIX * number : PREFIX * (number + 1)].rstrip(b"\0")
        return self[number].id if len(prefix) == PREFIX or not prefix else prefix.decode()

    def column(self, name: str, numbers: ArrayLike) -> NDArray[Any]:
        """Return points, flags, shared, group or form of some lines."""
        column = self._columns[name]
        return np.frombuffer(column, column.typecode)[np.asarray(numbers, np.int64)]

    def sorted(self) -> Lines:
        """Return all lines by their ids; of one id, those of files of their own first, as they were named."""
        keys = np.frombuffer(bytes(self._prefixes), ">u8").reshape(-1, PREFIX // 8)
        order = np.lexsort(keys.T[::-1])
        same = (keys[order[1:]] == keys[order[:-1]]).all(1)
        for begin, end in runs(same):
            order[begin:end] = sorted(order[begin:end].tolist(), key=self._rank)
        return Lines(self, order)

    def _rank(self, number: int) -> tuple[Any, ...]:
        line = self[number]
        return line.id, line.cut_out, line.place, line.source

    def _number_of(self, line: Line) -> int:
        scaling = None if line.scaling is None else json.dumps(line.scaling)
        shared = Shared(line.place, line.origin, line.units, line.grain, scaling, line.split)
        number = self._shared_of.setdefault(shared, len(self.shared))
        if number == len(self.shared):
            self.shared.append(shared)
        return number

    def _flush(self) -> None:
        left = memoryview(self._buffer)
        while left:
            try:
                done = os.pwrite(self._file.fileno(), left, self._written)
            except OSError as error:
                raise os_error(error, f"write {self._output}") from None
            self._written += done
            left = left[done:]
        self._buffer = bytearray()

    def _read(self, place: int, size: int) -> bytes:
        if place + size > self._written:
            self._flush()
        return os.pread(self._file.fileno(), size, place)


class Lines(Sequence[Line]):
    """Some lines of a spool, in some order; each is read when it is asked for, and can be replaced."""

    def __init__(self, spool: LineSpool, numbers: IntArray) -> None:
        self.spool, self.numbers = spool, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Lines: ...
    def __getitem__(self, index: int | slice) -> Line | Lines:
        if isinstance(index, slice):
            return Lines(self.spool, self.numbers[index])
        return self.spool[int(self.numbers[index])]

    def __setitem__(self, index: int, line: Line) -> None:
        self.spool[int(self.numbers[index])] = line

    def at(self, places: ArrayLike) -> Lines:
        """Return those at `places`: positions, or flags for all."""
        return Lines(self.spool, self.numbers[np.asarray(places)])

    def with_more(self, lines: Iterable[Line]) -> Lines:
        """Return these and further `lines`, which the spool gets as well."""
        new = [self.spool.append(line) for line in lines]
        return Lines(self.spool, np.concatenate([self.numbers, np.array(new, np.int64)]))

    def column(self, name: str) -> NDArray[Any]:
        """Return points, flags, shared, group or form of each."""
        return self.spool.column(name, self.numbers)

    def has(self, flag: int) -> HasArray:
        """Return which have a flag."""
        return np.asarray(self.column("flags") & flag != 0)

    def ids_hashed(self) -> NDArray[np.uint64]:
        """Return the hash of the id of each."""
        return np.fromiter((hash_of(line_id) for line_id in map(self.spool.id_of, self.numbers)), np.uint64)

    @property
    def kept(self) -> HasArray:
        """Which are not left out."""
        return np.asarray(self.column("points") != NO_OFFSETS)

    def same_ids(self) -> Iterator[range]:
        """Yield the places of lines with one id, where there are several; these must be sorted."""
        spool = self.spool
        keys = np.frombuffer(bytes(spool._prefixes), f"V{PREFIX}")[self.numbers]
        for begin, end in runs(keys[1:] == keys[:-1]):
            ids = [self[k].id for k in range(begin, end)]
            first = 0
            for k in range(1, len(ids) + 1):
                if k == len(ids) or ids[k] != ids[first]:
                    if k - first > 1:
                        yield range(begin + first, begin + k)
                    first = k


def runs(same: HasArray) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the runs of equal items, of which `same` tells whether each is like the next."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2).tolist():
        yield begin, end + 1


def hash_of(name: str | None) -> int:
    """Return the first 8 bytes of the SHA-256 of a name, which sort like it; NO_HASH for None."""
    return NO_HASH if name is None else int.from_bytes(hashlib.sha256(_bytes(name)).digest()[:8], "big")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _flags(line: Line, whole: bool) -> int:
    return (
        IS_INK * line.is_ink
        | HAS_REASON * (line.reason is not None)
        | HAS_TEXT * (line.text is not None)
        | HAS_NOTE * (line.note is not None)
        | HAS_PART * (line.part is not None)
        | CUT_OUT * line.cut_out
        | WHOLE * whole
        | HAS_WRITER * bool(line.writer)
    )
