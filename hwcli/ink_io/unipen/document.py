"""A UNIPEN file with all that it includes, as components and labelled segments.

A component is one .PEN_DOWN or .PEN_UP that has coordinates; they are counted from 0 over the whole document,
and anew from each .START_SET. UNIPEN's y grows upwards; points given here have y growing downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.included_files import IncludedFiles
from hwcli.ink_io.unipen.syntax import Statement, argument, statements

MOST_INCLUDES = 1000
LARGEST = 1e7  # largest plausible coordinate
MOST_UNEQUAL = 10.0  # ratio of the resolutions in x and y; tablets have up to 1.2
LONGEST_STROKE = 1 << 20  # bytes; the longest file of the UNIPEN release has four times as many
MOST_NESTED = 50  # files that include each other
# bytes of memory per byte and per statement, at most
_PER_BYTE, _PER_STATEMENT = 8, 600
_CACHED = 4  # files
_MM_PER_INCH = 25.4
_RELEVANT = {
    "COORD", "INCLUDE", "POINTS_PER_SECOND", "SEGMENT", "START_SET", "WRITER_ID",
    "X_POINTS_PER_INCH", "X_POINTS_PER_MM", "Y_POINTS_PER_INCH", "Y_POINTS_PER_MM",
}  # fmt: skip

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What a document said about the ink that follows."""

    columns: tuple[str, ...] = ("X", "Y")
    x_per_inch: float | None = None
    y_per_inch: float | None = None
    points_per_second: float | None = None
    writer: str | None = None

    def after(self, one: Statement) -> Setting:
        """Return the setting after a statement; raise HwError if it declares coordinates without X and Y."""
        if one.keyword == "WRITER_ID":
            return replace(self, writer=argument(one) or None)
        if one.keyword == "COORD":
            columns = tuple(one.arguments[:1024].decode("latin-1").upper().split())
            if columns.count("X") != 1 or columns.count("Y") != 1:
                raise HwError(f".COORD {' '.join(columns)[:40]}: expected X and Y, once each")
            return replace(self, columns=columns)
        number = _positive(argument(one))
        if one.keyword == "POINTS_PER_SECOND":
            return replace(self, points_per_second=number)
        if number and one.keyword.endswith("_MM"):
            number *= _MM_PER_INCH
        return replace(self, x_per_inch=number) if one.keyword[0] == "X" else replace(self, y_per_inch=number)

    @property
    def y_factor(self) -> float:
        """What brings y to the units of x, and turns it downwards; HwError if that is absurd."""
        if not (self.x_per_inch and self.y_per_inch):
            return -1.0
        ratio = self.x_per_inch / self.y_per_inch
        if not 1 / MOST_UNEQUAL <= ratio <= MOST_UNEQUAL:
            raise HwError(f"resolutions of {self.x_per_inch:g} and {self.y_per_inch:g} points per inch")
        return -ratio


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < math.inf else None


class Trace:
    """The numbers of one .PEN_DOWN or .PEN_UP statement, parsed when they are first asked for."""

    __slots__ = ("_points", "_setting", "down", "found", "line", "text")

    def __init__(self, one: Statement):
        """Hold the numbers of `one`."""
        self.down = one.keyword == "PEN_DOWN"
        self.text = one.arguments
        self.line = one.line
        self.found: dict[Any, FoundInk] = {}  # the inks that begin with it, by what they are made of
        self._setting: Setting | None = None
        self._points: Points | None = None

    def points(self, setting: Setting) -> Points:
        """Return (points, 2), y downwards, in units of x; raise HwError, without the file's name."""
        if self._points is None or self._setting != setting:
            self._points, self._setting = self._parsed(setting), setting
        return self._points

    def _parsed(self, setting: Setting) -> Points:
        if len(self.text) > LONGEST_STROKE:
            raise HwError(f"line {self.line}: {len(self.text):,} bytes are too many for one stroke")
        words = self.text.split()
        try:
            numbers = np.array(list(map(float, words)))
        except ValueError:
            raise self._not_a_coordinate(
                next(k for k, word in enumerate(words) if not _is_number(word))
            ) from None
        columns = len(setting.columns)
        if len(numbers) % columns:
            what = f"{len(numbers)} numbers are not rows of {' '.join(setting.columns)}"
            raise HwError(f"line {self.line}: {what}")
        x, y = setting.columns.index("X"), setting.columns.index("Y")
        points: Points = numbers.reshape(-1, columns)[:, [x, y]]
        plausible = np.abs(points) <= LARGEST
        if not plausible.all():
            row, column = np.argwhere(~plausible)[0]
            raise self._not_a_coordinate(row * columns + (x, y)[column])
        points[:, 1] = 0.0 + points[:, 1] * setting.y_factor  # 0.0 +: no negative zeros
        return points

    def _not_a_coordinate(self, number: int) -> HwError:
        """Return the error of the word with this number, from 0."""
        for line, row in enumerate(self.text.split(b"\n"), self.line):
            words = row.split()
            if number < len(words):
                word = words[number][:40].decode("latin-1")
                return HwError(f"line {line}: {word!r} is not a coordinate")
            number -= len(words)
        raise IndexError(number)


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Component:
    """One trace of a document, the file that it is from, and the setting there."""

    trace: Trace
    path: str
    setting: Setting


@dataclass(frozen=True)
class Label:
    """A .SEGMENT statement and the file that it is from."""

    arguments: bytes
    path: str
    line: int


@dataclass
class Set:
    """The components that are counted together, and their labels."""

    components: list[Component] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def read_document(name: str, data: bytes, files: IncludedFiles) -> list[Set]:
    """Return the sets of the file `name`, whose content is `data`, with all that it includes.

    Raises HwError, which names the file and line, if an included file is missing or unreadable, or includes
    one that includes it, or if coordinates are declared without X and Y.
    """
    reader = _Reader(files)
    reader.count(needed(data), name)
    reader.take(_relevant(data), (name,))
    return reader.sets


def needed(data: bytes) -> int:
    """Return the bytes of memory that a file takes as statements, at most."""
    return _PER_BYTE * len(data) + _PER_STATEMENT * (data.count(b"\n.") + data.count(b"\r.") + 1)


class _Reader:
    """Walks through a file and those that it includes, in the order of their statements."""

    def __init__(self, files: IncludedFiles):
        self.files = files
        self.setting = Setting()
        self.sets = [Set()]
        self.includes = 0
        self.needed = 0

    def count(self, needed: int, name: str) -> None:
        """Add the memory of a file to that of the document; raise HwError if that is too much."""
        self.needed += needed
        limit.check(self.needed, name)

    def take(self, content: tuple[Statement | Trace, ...], stack: tuple[str, ...]) -> None:
        """Add what a file says; `stack` has its path last, before it those of the files that include it."""
        path = stack[-1]
        for one in content:
            if isinstance(one, Trace):
                self.sets[-1].components.append(Component(one, path, self.setting))
            elif one.keyword == "SEGMENT":
                self.sets[-1].labels.append(Label(one.arguments, path, one.line))
            elif one.keyword == "START_SET":
                self.sets.append(Set())
            elif one.keyword == "INCLUDE":
                self.include(argument(one), stack, f"{PurePosixPath(path).name}, line {one.line}")
            else:
                try:
                    self.setting = self.setting.after(one)
                except HwError as error:
                    where = f"{PurePosixPath(path).name}, line {one.line}"
                    raise HwError(f"{stack[0]}: {error.message} ({where})", error.hint) from None

    def include(self, name: str, stack: tuple[str, ...], where: str) -> None:
        """Add the file that the last of `stack` calls `name`."""
        path = self.files.find(name, stack[-1])
        if path is None:
            hint = "the folder include must lie beside or above the file that needs it"
            raise HwError(f"{stack[0]}: include not found: {name!r} ({where})", hint)
        if path in stack:
            raise HwError(f"{stack[0]}: include cycle: {name!r} ({where}) includes itself")
        self.includes += 1
        if self.includes > MOST_INCLUDES:
            raise HwError(f"{stack[0]}: more than {MOST_INCLUDES:,} included files")
        if len(stack) > MOST_NESTED:
            raise HwError(f"{stack[0]}: more than {MOST_NESTED} files include each other")
        size, content = _included(self.files, path)
        self.count(size, f"{stack[0]} with the files that it includes")
        self.take(content, (*stack, path))


@lru_cache(maxsize=_CACHED)  # label files with the same ink are read one after another; ink takes memory
def _included(files: IncludedFiles, path: str) -> tuple[int, tuple[Statement | Trace, ...]]:
    """Return the memory that a file takes, and what it says."""
    data = files.read(path)
    limit.check(_CACHED * needed(data), path)
    return needed(data), _relevant(data)


def _relevant(data: bytes) -> tuple[Statement | Trace, ...]:
    """Return the statements that ink depends on; a component without coordinates does not count."""
    found: list[Statement | Trace] = []
    for one in statements(data):
        if one.keyword in ("PEN_DOWN", "PEN_UP"):
            if one.arguments and not one.arguments.isspace():
                found.append(Trace(one))
        elif one.keyword in _RELEVANT:
            found.append(one)
    return tuple(found)
