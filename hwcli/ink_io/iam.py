"""Reads the IAM On-Line Handwriting Database: whiteboard captures in XML, one text line per file.

Liwicki and Bunke, *IAM-OnDB: an on-line English sentence database acquired from handwritten text on a
whiteboard*, ICDAR 2005. Coordinates are whole tablet units, y downwards. A line's id is its file's name
(`a01-000u-01`); without the line number, it is the id of the form (`a01-000u`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.parsers import expat

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk
from renderers.ink import Ink

ROOT = b"<WhiteboardCaptureSession"
_LINE_ID = re.compile(r"^([a-z]\d{2}-\d{3}[a-z]?)-\d{2,}$")
_LIMIT = 1e7  # largest plausible coordinate: a whiteboard is some 10,000 units wide
# defects of the database that no rule can find in the ink itself
_BAD_FORMS = {"z01-000z": "known bad: IAM-OnDB has no text for this form"}


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is from IAM-OnDB."""
    return ROOT in head


def form_of(line_id: str) -> str | None:
    """Return the form of a line (`a01-000u-01` → `a01-000u`), None if the id is not one of IAM-OnDB."""
    match = _LINE_ID.match(line_id)
    return match.group(1) if match else None


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the line in one XML file, or the error in it; the stem of its path `name` is the line's id."""
    line_id = PurePosixPath(name).stem
    form = form_of(line_id)
    try:
        ink = Ink(strokes=tuple(_strokes(data, name)), id=line_id)
    except HwError as error:
        yield error
        return
    yield FoundInk(ink, "iam", form=form, defect=_BAD_FORMS.get(form or ""))


def _strokes(data: bytes, name: str) -> list[np.ndarray]:
    """Return the strokes in one XML file, each (points, 2); HwError names the file and, if it can, a line."""
    if not data.strip():
        raise HwError(f"{name}: the file is empty")
    xs: list[str] = []
    ys: list[str] = []
    starts: list[int] = []
    add_x, add_y = xs.append, ys.append
    root: str | None = None
    # expat calls back for each element without building a tree: as fast as a bare ElementTree pass
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal root
        if tag == "Point":
            add_x(attributes["x"])
            add_y(attributes["y"])
        elif tag == "Stroke":
            starts.append(len(xs))
        if root is None:
            root = tag

    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise HwError(f"{name}, line {error.lineno}: incomplete or invalid XML ({what})") from None
    except KeyError as error:  # before LookupError, its base class
        line = parser.CurrentLineNumber
        raise HwError(f"{name}, line {line}: a point has no {error.args[0]}") from None
    except (LookupError, ValueError) as error:  # an unknown encoding
        raise HwError(f"{name}: {error}") from None
    if root != "WhiteboardCaptureSession":
        raise HwError(f"{name}: not an IAM-OnDB file (root element <{root}>)")
    if not xs:
        raise HwError(f"{name} contains no points")
    points = _numbers(xs, ys, data, name)
    cuts = sorted({s for s in starts if 0 < s < len(xs)})  # an empty <Stroke> leaves no stroke
    return np.split(points, cuts)


def _numbers(xs: list[str], ys: list[str], data: bytes, name: str) -> np.ndarray:
    """Return the coordinates as numbers, (points, 2)."""
    try:
        points = np.array([list(map(float, xs)), list(map(float, ys))]).T
    except ValueError:
        points = None
    if points is None or not (np.abs(points) <= _LIMIT).all():
        raise HwError("{}, line {}: {!r} is not a coordinate".format(name, *_first_bad(data)))
    return points


def _first_bad(data: bytes) -> tuple[int, str]:
    """Return line number and text of the first invalid coordinate, in a second, slower pass."""
    bad: list[tuple[int, str]] = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Point":
            values = (attributes["x"], attributes["y"])
            bad.extend((parser.CurrentLineNumber, v[:40]) for v in values if not _is_coordinate(v))

    parser.StartElementHandler = start
    parser.Parse(data, True)
    return bad[0]


def _is_coordinate(text: str) -> bool:
    try:
        return abs(float(text)) <= _LIMIT
    except ValueError:
        return False
