"""Reads the drawings of Quick, Draw!: NDJSON, raw (x, y and time of each point) or simplified (x and y).

J. Jongejan, H. Rowley, T. Kawashima, J. Kim and N. Fox-Gieg, *The Quick, Draw! Experiment*, 2016. A stroke is
a list of its x, one of its y and, if raw, one of its times in ms. The word is what was drawn, and no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.recorded.point_table import PointError, Strokes, strokes_of

SUMMARY = 'Quick, Draw! NDJSON, raw or simplified: {"word": …, "drawing": [[[x, …], [y, …]], …]}'
SUFFIXES = (".ndjson",)
KEYS = ("word", "countrycode", "timestamp", "recognized")


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is of Quick, Draw!."""
    return head.lstrip().startswith(b"{") and all(b'"%s"' % key in head for key in (b"word", b"drawing"))


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield one drawing per line, or the error of a bad line in its place."""
    return read_some(data.splitlines(), name, 1, 0)


def read_some(lines: Iterable[bytes], name: str, first: int, bad: int) -> Iterator[FoundInk | HwError]:
    """Yield one drawing per line, as `ndjson.read_some` does."""
    from hwcli.ink_io import ndjson  # which also reads such lines among others

    return ndjson.read_some(lines, name, first, bad, "quickdraw")


def read_lines(stream: BinaryIO, name: str) -> Iterator[FoundInk | HwError]:
    """Yield one drawing per line of an open file, as they arrive."""
    from hwcli.ink_io import ndjson

    return ndjson.read_lines(stream, name, "quickdraw")


def is_drawing(row: Mapping[str, Any]) -> bool:
    """Return whether an object of JSON is a drawing: lists of lists of numbers, and not of points."""
    drawing = row.get("drawing")
    if "word" not in row or not isinstance(drawing, list):
        return False
    return not drawing or (isinstance(drawing[0], list) and 2 <= len(drawing[0]) <= 3)


def strokes_of_columns(stroke: Any) -> Strokes:
    """Return a stroke that is a list of x, one of y and perhaps one of times; PointError if it is not."""
    if (
        not isinstance(stroke, list)
        or not 2 <= len(stroke) <= 3
        or not all(isinstance(c, list) for c in stroke)
    ):
        raise PointError("a stroke is not a list of x and one of y")
    if len({len(column) for column in stroke}) > 1 or not stroke[0]:
        raise PointError("a stroke has lists of x and y of different lengths, or empty ones")
    return strokes_of(dict(zip(("x", "y", "t"), stroke, strict=False)))


def strokes_of_drawing(drawing: list[Any]) -> Strokes:
    """Return the strokes of a drawing; PointError if it is damaged."""
    parts = [strokes_of_columns(stroke) for stroke in drawing]
    timed = bool(parts) and all(part.t is not None for part in parts)
    t = [one for part in parts for one in part.t or ()] if timed else None
    return Strokes([stroke for part in parts for stroke in part.strokes], t)
