"""The IAM On-Line Handwriting Database: whiteboard captures in XML, one text line a file.

Liwicki and Bunke, *IAM-OnDB: an on-line English sentence database acquired from handwritten text on a
whiteboard*, ICDAR 2005. Coordinates are whole tablet units, y downwards. A line's id is its file's name
(`a01-000u-01`); without the line number it is the id of the form (`a01-000u`).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from xml.parsers import expat

import numpy as np

from hwcli.errors import HwError
from renderers.ink import Ink

ROOT = b"<WhiteboardCaptureSession"
_LINE_ID = re.compile(r"^([a-z]\d{2}-\d{3}[a-z]?)-\d{2,}$")
_LIMIT = 1e7  # a whiteboard has some 10,000 units; what lies beyond this is no coordinate


def matches(head: bytes) -> bool:
    """Whether a file that begins with `head` is one of IAM-OnDB's."""
    return ROOT in head


def form_of(line_id: str) -> str | None:
    """The form that a line belongs to (`a01-000u-01` → `a01-000u`), None where the id is not IAM's."""
    match = _LINE_ID.match(line_id)
    return match.group(1) if match else None


def read(data: bytes, name: str) -> list[Ink]:
    """The line in one XML file. `name` is its path, for the id and for errors.

    Raises HwError, with the file and the line in it, for XML that is cut off or not IAM's, a point without
    numbers for x and y, and a file without a point.
    """
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
        raise HwError(f"{name}, line {error.lineno}: not whole XML ({what})") from None
    except KeyError as error:  # before LookupError, which it is
        line = parser.CurrentLineNumber
        raise HwError(f"{name}, line {line}: a point without {error.args[0]}") from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise HwError(f"{name}: {error}") from None
    if root != "WhiteboardCaptureSession":
        raise HwError(f"{name}: XML, but not IAM-OnDB's (it starts with <{root}>)")
    if not xs:
        raise HwError(f"{name}: no point in it")
    points = _numbers(xs, ys, data, name)
    cuts = sorted({s for s in starts if 0 < s < len(xs)})  # an empty <Stroke> leaves no stroke
    return [Ink(strokes=tuple(np.split(points, cuts)), id=PurePosixPath(name).stem)]


def _numbers(xs: list[str], ys: list[str], data: bytes, name: str) -> np.ndarray:
    try:
        points = np.array([list(map(float, xs)), list(map(float, ys))]).T
    except ValueError:
        points = None
    if points is None or not (np.abs(points) <= _LIMIT).all():
        raise HwError("{}, line {}: {!r} is no coordinate".format(name, *_first_bad(data)))
    return points


def _first_bad(data: bytes) -> tuple[int, str]:
    """The line of the first coordinate that is none, and its text: a second, slower pass over the XML."""
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
