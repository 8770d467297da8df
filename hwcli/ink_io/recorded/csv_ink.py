"""Reads tables of points: CSV with commas, semicolons or tabs, a row a point, with a header or without.

Columns are known by their names (`point_table`, `key_names`), in any order; without a header, by what they
hold. A column of line ids or texts makes several inks. Without a column that tells strokes apart, empty lines
do. Numbers may have decimal commas where commas do not separate columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.found_ink import FoundInk, NoInkError
from hwcli.ink_io.recorded import key_names
from hwcli.ink_io.recorded.point_table import PointError, roles_of, strokes_of
from renderers.ink import Ink, InkError

SUMMARY = "table of points: a header with x, y and perhaps stroke, t, pressure, pen, text, id; or none"
SUFFIXES = (".csv", ".tsv")
_PER_BYTE = 25  # bytes of memory per byte of the table, at most
_DELIMITERS = ",;\t"
_MOST_BARE = 6  # columns of a table without a header
Rows = list[list[str]]


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a table of numbers, or has the columns x and y."""
    lines = _text(head).splitlines()
    if len(lines) > 1 and len(head) >= 4096:
        lines.pop()  # cut off in its middle
    lines = [line for line in lines if line.strip()][:20]
    if not lines or "\x00" in lines[0] or lines[0].lstrip()[:1] in ("{", "[", "<", "("):
        return False
    delimiter = _delimiter(lines[0])
    if delimiter is None:
        return False
    rows = [line.split(delimiter) for line in lines]
    return _is_header_of_ink(rows[0]) or (len(rows) > 1 and _are_numbers(rows, delimiter))


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a table, or what is wrong with it."""
    try:
        limit.check(_PER_BYTE * len(data), name)
        yield from _inks(_text(data), name)
    except HwError as error:
        yield error
    except csv.Error as error:
        yield HwError(f"{name}: no table ({error})")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _delimiter(line: str) -> str | None:
    """Return the sign that separates most columns of a line, None without any."""
    best = max(_DELIMITERS, key=lambda sign: (line.count(sign), sign != ","))
    if ";" in line and line.count(";") >= line.count(",") / 2 and not line.count("\t"):
        best = ";"  # the commas are those of numbers
    return best if best in line else None


def _is_header_of_ink(names: Sequence[str]) -> bool:
    return {"x", "y"} <= roles_of([name.strip().strip('"') for name in names]).keys()


def _are_numbers(rows: Rows, delimiter: str) -> bool:
    width = len(rows[0])
    if not 2 <= width <= _MOST_BARE or any(len(row) != width for row in rows):
        return False
    return all(_number(value, delimiter) is not None for row in rows for value in row)


def _number(text: str, delimiter: str) -> float | None:
    """Return the number that a text says, None if it says none."""
    text = text.strip()
    if delimiter != ",":
        text = text.replace(",", ".")
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _inks(text: str, name: str) -> Iterator[FoundInk | HwError]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = _delimiter(first)
    if delimiter is None:
        yield NoInkError(f"{name}: no table of points (its first line has one column)")
        return
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [value.strip() for value in next((row for row in reader if row), [])]
    bare = all(_number(value, delimiter) is not None for value in header)
    if not bare and not _is_header_of_ink(header):
        found = ", ".join(column[:20] for column in header[:8])
        yield NoInkError(
            f"{name}: a table without ink: its columns are {found}, and x or y is not among them"
        )
        return
    if bare:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    table = _Table(header, bare, delimiter)
    for row in reader:
        table.add(row, f"{name}, line {reader.line_num}")
    yield from table.inks(name)


class _Table:
    """A table that is read row by row, as lists of its columns."""

    def __init__(self, header: list[str], bare: bool, delimiter: str):
        self._delimiter, self._bare = delimiter, bare
        self._width = len(header)
        self._columns: list[list[Any]] = [[] for _ in header]
        self._gaps: list[int] = []  # for each row, the number of empty lines above it
        self._gap = 0
        self._roles = {} if bare else {role: header.index(own) for role, own in roles_of(header).items()}
        plain = [one.lower() for one in header]
        if "id" in plain and "stroke" not in self._roles and not set(plain) & set(key_names.TEXT):
            self._roles["stroke"] = plain.index("id")
        taken = set(self._roles.values())
        self._about = {
            key: next((plain.index(n) for n in names if n in plain and plain.index(n) not in taken), None)
            for key, names in (
                ("id", key_names.ID), ("text", key_names.TEXT), ("writer", key_names.WRITER),
            )
        }  # fmt: skip

    def add(self, row: list[str], where: str) -> None:
        """Add a row; HwError if it has another number of columns or a coordinate is not a number."""
        if not any(value.strip() for value in row):
            self._gap += bool(self._gaps)
            return
        if len(row) < self._width:
            raise HwError(f"{where}: {len(row)} columns, the first line has {self._width}")
        self._gaps.append(self._gap)
        for k, column in enumerate(self._columns):
            value = _number(row[k], self._delimiter)
            if value is None and (self._bare or k in (self._roles["x"], self._roles["y"])):
                raise HwError(f"{where}: {row[k][:40]!r} is not a number")
            column.append(row[k].strip() if value is None else value)

    def inks(self, name: str) -> Iterator[FoundInk | HwError]:
        """Yield the inks of the rows."""
        if not self._gaps:
            yield HwError(f"{name}: a table without rows")
            return
        roles = _roles_by_content(self._columns) if self._bare else self._roles
        columns: dict[str, list[Any]] = {role: self._columns[k] for role, k in roles.items()}
        if not {"stroke", "down", "lift", "event"} & roles.keys() and self._gaps[-1]:
            columns["stroke"] = self._gaps
        for key, rows in self._groups().items():
            where = name if key is None else f"{name}, {key}"
            try:
                yield self._ink({role: [values[k] for k in rows] for role, values in columns.items()}, rows)
            except (InkError, PointError) as error:
                yield HwError(f"{where}: {error}")

    def _groups(self) -> dict[str | None, list[int]]:
        """Return the rows of each ink, by its id or its text."""
        for key in ("id", "text"):
            if (place := self._about[key]) is not None:
                groups: dict[str | None, list[int]] = {}
                for k, value in enumerate(self._columns[place]):
                    groups.setdefault(_shown(value), []).append(k)
                if len(groups) < len(self._gaps) or len(self._gaps) == 1:  # else each point has an id
                    return groups
        return {None: list(range(len(self._gaps)))}

    def _ink(self, columns: Mapping[str, list[Any]], rows: list[int]) -> FoundInk:
        strokes = strokes_of(columns)
        about: dict[str, str] = {}
        for key, place in self._about.items():
            values = set() if place is None else {_shown(self._columns[place][k]) for k in rows}
            if len(values) == 1 and (value := values.pop()):
                about[key] = value
        extra: dict[str, Any] = {"writer": about["writer"]} if "writer" in about else {}
        extra |= {key: v for key in ("t", "pressure") if (v := getattr(strokes, key)) is not None}
        ink = Ink(tuple(strokes.strokes), text=about.get("text"), id=about.get("id"), extra=extra)
        return FoundInk(ink, "csv", writer=about.get("writer"))


def _shown(value: str | float) -> str:
    """Return a value as a name: whole numbers without a point."""
    return value if isinstance(value, str) else str(int(value)) if value == value // 1 else str(value)


def _roles_by_content(columns: list[list[float]]) -> dict[str, int]:
    """Return which column of a table without a header plays which role, by what it holds."""
    count = len(columns)
    if count == 2:
        return {"x": 0, "y": 1}
    if _counts_strokes(columns[0]):
        return dict(zip(("stroke", "x", "y", "t", "pressure"), range(count), strict=False))
    if _counts_strokes(columns[-1]) and columns[-1].count(columns[-1][-1]) > 1:
        return dict(zip(("x", "y", "t", "pressure"), range(count - 1), strict=False)) | {"stroke": count - 1}
    last = columns[-1]
    states = {"lift" if 2 * sum(last) <= len(last) else "down": count - 1} if set(last) == {0, 1} else {}
    rest = count - len(states)
    rises = [all(a <= b for a, b in pairwise(one)) for one in columns]
    if rest > 2 and rises[0] and not rises[2]:
        return dict(zip(("t", "x", "y", "pressure"), range(rest), strict=False)) | states
    return dict(zip(("x", "y", "t", "pressure"), range(rest), strict=False)) | states


def _counts_strokes(column: list[float]) -> bool:
    """Return whether numbers look like those of strokes: whole, each some times, each one above the last."""
    steps = {b - a for a, b in pairwise(column)}
    return column[0] in (0, 1) and steps <= {0, 1} and 0 in steps
