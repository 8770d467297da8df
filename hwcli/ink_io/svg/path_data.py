"""The path data of SVG: its commands as subpaths of lines and cubic curves.

SVG 1.1, chapter 8. Lines, of which pictures of ink consist, are read many at once; arcs become cubic curves
by svgelements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import svgelements

from hwcli.ink_io.svg.curves import Array, Curve, PathError

PER_BYTE = 70  # bytes of memory per byte of path data, at most, while it is read
KEPT_PER_BYTE = 24  # and afterwards
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_COMMANDS = re.compile(r"([MmZzLlHhVvCcSsQqTtAa])([^MmZzLlHhVvCcSsQqTtAa]*)")
_ARC = re.compile(rf"({_NUMBER})[\s,]*({_NUMBER})[\s,]*({_NUMBER})[\s,]*([01])[\s,]*([01])[\s,]*({_NUMBER})"
                  rf"[\s,]*({_NUMBER})[\s,]*")  # fmt: skip
_BETWEEN = " \t\r\n\f,"
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2}
_SHOWN = 30


def numbers(text: str) -> Array:
    """Return the numbers in a list with blanks or commas between them; PathError if it has anything else."""
    if _NUMBERS.sub("", text).strip(_BETWEEN):
        raise PathError(f"{text.strip()[:_SHOWN]!r} is not a list of numbers")
    return np.array(_NUMBERS.findall(text), dtype=np.float64)


def subpaths(data: str) -> Iterator[Curve]:
    """Yield the subpaths of path data; one that is closed ends where it began."""
    path = _Path()
    place = 0
    for match in _COMMANDS.finditer(data):
        if data[place : match.start()].strip(_BETWEEN if place else None):
            break
        place = match.end()
        command, arguments = match[1], match[2]
        if command in "Mm" and (finished := path.finish()):
            yield finished
        path.add(command, arguments)
        if command in "Zz" and (finished := path.finish()):
            yield finished
    if data[place:].strip(_BETWEEN):
        raise PathError(f"path data cannot begin with {data[place:].strip()[:_SHOWN]!r}")
    if finished := path.finish():
        yield finished


class _Path:
    """The subpath that is being read."""

    def __init__(self) -> None:
        self._points: list[Array] = []  # each (n, 2)
        self._controls: list[Array] = []  # each (n, 2, 2)
        self._curved = False
        self._drawn = False  # or only moved to where it begins
        self._here = np.zeros(2)
        self._start = np.zeros(2)
        self._handle: Array | None = None  # the last control point, if the last command was a curve
        self._handle_of = ""

    def finish(self) -> Curve | None:
        """Return the subpath so far, unless nothing was drawn, and begin another."""
        points, controls, curved, drawn = self._points, self._controls, self._curved, self._drawn
        self._points, self._controls, self._curved, self._drawn = [], [], False, False
        if not drawn:
            return None
        return Curve(np.concatenate(points), np.concatenate(controls) if curved else None).checked()

    def add(self, command: str, arguments: str) -> None:
        """Add what a command draws."""
        kind, relative = command.upper(), command.islower()
        self._drawn |= kind != "M"
        if kind == "Z":
            if arguments.strip(_BETWEEN):
                raise PathError(f"{arguments.strip()[:_SHOWN]!r} follows {command}")
            self._begin()
            if (self._here != self._start).any():
                self._lines(self._start[None])
            self._here = self._start
            self._handle = None
            return
        if kind == "A":
            self._arcs(arguments, relative)
            return
        values = numbers(arguments)
        if not len(values) or len(values) % _COUNTS[kind]:
            raise PathError(f"{(command + arguments.strip())[:_SHOWN]!r} has {len(values)} numbers")
        rows = values.reshape(-1, _COUNTS[kind])
        if kind == "M":
            self._move(rows, relative)
        elif kind in "LHV":
            self._lines(self._ends(rows, kind, relative))
        else:
            self._curves(rows, kind, relative)

    def _move(self, rows: Array, relative: bool) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            points = np.cumsum(rows, axis=0) + self._here if relative else rows
        self._start = self._here = points[0]
        self._add(points[:1])
        if len(points) > 1:
            self._lines(points[1:])
        self._handle = None

    def _ends(self, rows: Array, kind: str, relative: bool) -> Array:
        """Return where the lines of L, H or V end."""
        axis = {"H": 0, "V": 1}.get(kind)
        if axis is not None:
            both = np.zeros((len(rows), 2)) if relative else np.tile(self._here, (len(rows), 1))
            both[:, axis] = rows[:, 0]
            rows = both
        with np.errstate(over="ignore", invalid="ignore"):
            return np.cumsum(rows, axis=0) + self._here if relative else rows

    def _lines(self, points: Array) -> None:
        self._drawn = True
        self._begin()
        self._add(points)
        self._here, self._handle = points[-1], None

    def _begin(self) -> None:
        """Begin a subpath where the last one was closed, if there is none."""
        if not self._points:
            self._add(self._here[None])
            self._start = self._here

    def _add(self, points: Array, controls: Array | None = None) -> None:
        self._points.append(points)
        self._controls.append(np.full((len(points), 2, 2), np.nan) if controls is None else controls)
        self._curved |= controls is not None

    def _curves(self, rows: Array, kind: str, relative: bool) -> None:
        self._begin()
        for row in rows:
            with np.errstate(over="ignore", invalid="ignore"):
                given = row.reshape(-1, 2) + (self._here if relative else 0.0)
                end = given[-1]
                if kind in "ST":  # the first control point mirrors the last one of the curve before
                    same = self._handle is not None and self._handle_of == ("C" if kind == "S" else "Q")
                    first = 2 * self._here - self._handle if same and self._handle is not None else self._here
                else:
                    first = given[0]
                if kind in "CS":
                    controls = np.stack([first, given[-2]])
                    self._handle, self._handle_of = given[-2], "C"
                else:
                    controls = np.stack([self._here + 2 * first, end + 2 * first]) / 3
                    self._handle, self._handle_of = first, "Q"
            self._add(end[None], controls[None])
            self._here = end

    def _arcs(self, arguments: str, relative: bool) -> None:
        self._begin()
        text, place = arguments.strip(_BETWEEN), 0
        while match := _ARC.match(text, place):
            place = match.end()
            values = [float(value) for value in match.groups()]
            end = np.array(values[5:]) + (self._here if relative else 0.0)
            for controls, point in _cubics(self._here, values, end):
                self._add(point[None], controls)
            self._here, self._handle = end, None
        if place < len(text) or not text:
            raise PathError(f"{('A' + text)[:_SHOWN]!r} is not an arc")


def _cubics(start: Array, arc: list[float], end: Array) -> Iterator[tuple[Array | None, Array]]:
    """Yield the curves of an arc, as control points, (1, 2, 2), and end; without a radius it is a line."""
    rx, ry, rotation, large, sweep = arc[:5]
    if (start == end).all():
        return
    if not np.isfinite([*start, *end, rx, ry]).all() or _is_straight(rx, ry, end - start):
        yield None, end
        return
    try:
        whole = svgelements.Arc(complex(*start), rx, ry, rotation, int(large), int(sweep), complex(*end))
        curves = [[complex(p) for p in (c.control1, c.control2, c.end)] for c in whole.as_cubic_curves()]
    except (ValueError, ArithmeticError) as error:
        raise PathError(f"an arc with the radii {rx:g} and {ry:g} cannot be drawn ({error})") from None
    rows = np.array([[(p.real, p.imag) for p in curve] for curve in curves])
    for row in rows:
        yield row[None, :2], row[2]


def _is_straight(rx: float, ry: float, way: Array) -> bool:
    """Return whether an arc has so small a radius for its `way` from start to end that it is a line."""
    return bool(min(abs(rx), abs(ry)) <= 1e-9 * np.abs(way).max())
