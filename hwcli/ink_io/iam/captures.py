"""Reads the IAM On-Line Handwriting Database: whiteboard captures in XML, one text line or one form per file.

Liwicki and Bunke, *IAM-OnDB: an on-line English sentence database acquired from handwritten text on a
whiteboard*, ICDAR 2005. Coordinates are whole tablet units, y downwards. A line's id is its file's name
(`a01-000u-01`, in lineStrokes); without the line number, it is the id of the form (`a01-000u`).

A whole form (`original/a01/a01-000/strokesu.xml`) is split into its lines. Most forms say who wrote them
(`<Form id writerID>`) and what (`<TextLine id text>`); the others say neither, and their path has
their id.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import PurePosixPath
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_io import foreign, limit
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.iam.form_lines import MEMORY_PER_PAIR, line_of_each
from renderers.ink import Ink

SUMMARY = "IAM-OnDB: XML with the root element <WhiteboardCaptureSession>, one line or form per file"
SUFFIXES = (".xml",)
DATABASE = "IAM-OnDB"
_ROOT = "WhiteboardCaptureSession"
_PLAIN_POINT = re.compile(
    r'<Point x="(-?[0-9]{1,7})" y="(-?[0-9]{1,7})" time="[0-9.]++"/>[ \t\r\n]*+'  # and what follows it
)
_MARK = "<Point/>"
_LINE_ID = re.compile(r"^([a-z]\d{2}-\d{3}[a-z]?)-\d{2,}$")
_FORM_FILE = re.compile(r"^strokes([a-z]?)$")
_FORM_FOLDER = re.compile(r"^[a-z]\d{2}-\d{3}$")
_MOST_TEXTS = 100  # lines of a form, which has some eight
_PER_BYTE = 45  # bytes of memory per byte of XML, at most
_LIMIT = 1e7  # largest plausible coordinate: a whiteboard is some 10,000 units wide
# defects of the database that no rule can find in the ink itself
_BAD_FORMS = {"z01-000z": "known bad: IAM-OnDB has no text for this form"}


@dataclass
class _Capture:
    """The content of one file."""

    strokes: list[NDArray[np.float64]] = field(default_factory=list)  # each (points, 2)
    form: str | None = None
    writer: str | None = None
    texts: dict[str, str] = field(default_factory=dict)  # line id → text, in order


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is from IAM-OnDB."""
    return f"<{_ROOT}".encode() in head


def form_of(line_id: str) -> str | None:
    """Return the form of a line (`a01-000u-01` → `a01-000u`), None if the id is not one of IAM-OnDB."""
    match = _LINE_ID.match(line_id)
    return match.group(1) if match else None


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the line in one XML file, the lines of the form in it, or the error in it.

    A line has the stem of its path `name` as its id.
    """
    try:
        capture = _capture(data, name)
    except HwError as error:
        yield error
        return
    path = PurePosixPath(name)
    if capture.form or capture.texts or _FORM_FILE.match(path.stem):
        try:
            _check_size(capture, name)
        except HwError as error:
            yield error
        else:
            yield from _lines_of_form(capture, path)
        return
    form = form_of(path.stem)
    ink = Ink(strokes=tuple(capture.strokes), id=path.stem)
    yield FoundInk(ink, "iam", form=form, defect=_BAD_FORMS.get(form or ""))


def _lines_of_form(capture: _Capture, path: PurePosixPath) -> Iterator[FoundInk]:
    """Yield the lines of a whole form, without text if there seem to be more or fewer of them in the ink."""
    form = capture.form or _form_of_path(path)
    line, agrees = line_of_each(capture.strokes, len(capture.texts) or None)
    named, note = list(capture.texts.items()), None
    if not agrees:
        line, _ = line_of_each(capture.strokes)
        note = (
            f"kept without text: its form has {len(named)} lines of text, and the ink does not look like it"
        )
    if not agrees or not named:
        named = [(f"{form}-{k + 1:02d}", "") for k in range(line.max() + 1)]
    for k, (line_id, text) in enumerate(named):
        strokes = tuple(capture.strokes[i] for i in np.flatnonzero(line == k))
        ink = Ink(strokes=strokes, id=line_id, text=text or None)
        defect = _BAD_FORMS.get(form)
        yield FoundInk(ink, "iam", form, capture.writer, cut_out=True, note=note, defect=defect)


def _check_size(capture: _Capture, name: str) -> None:
    """Raise HwError if a form has more lines or strokes than can be split."""
    if len(capture.texts) > _MOST_TEXTS:
        raise HwError(f"{name}: {len(capture.texts):,} lines of text, more than the {_MOST_TEXTS} of a form")
    limit.check(MEMORY_PER_PAIR * len(capture.strokes) ** 2, name)


def _form_of_path(path: PurePosixPath) -> str:
    """Return the form that a path names: `a01-000/strokesu.xml` is `a01-000u`; else the stem."""
    match = _FORM_FILE.match(path.stem)
    return path.parent.name + match.group(1) if match and _FORM_FOLDER.match(path.parent.name) else path.stem


def _capture(data: bytes, name: str) -> _Capture:
    """Return the content of one XML file; HwError names the file and, if it can, a line."""
    if not data.strip():
        raise HwError(f"{name}: the file is empty")
    limit.check(_PER_BYTE * len(data), name)
    return _of_plain_points(data) or _of_any_points(data, name)


def _of_plain_points(data: bytes) -> _Capture | None:
    """Return the content of a file whose points are all written like those of IAM-OnDB; None for any other.

    Nine tenths of a file are points. A regular expression reads them several times as fast as the XML
    parser would report them. The parser reads the rest, with one mark for each run of points. It must find an
    element at every mark and no other points, so no run is in a comment or anywhere else without meaning.
    """
    before, *found = _PLAIN_POINT.split(data.decode("latin-1"))  # whatever its encoding: a sign for each byte
    xs, ys, after = found[::3], found[1::3], found[2::3]
    ends = [k for k, text in enumerate(after, 1) if text]  # of the runs, as numbers of points
    if not ends or ends[-1] < len(xs):
        return None
    texts = [before, *filter(None, after)]
    begins, seen = [0, *ends], []
    parser = expat.ParserCreate()
    try:
        capture, starts, root = _elements(
            parser,
            _MARK.join(texts).encode("latin-1"),
            lambda _: seen.append(parser.CurrentByteIndex),
            lambda: begins[len(seen)],
        )
    except (expat.ExpatError, LookupError, ValueError):
        return None
    places = accumulate((len(text) + len(_MARK) for text in texts[1:-1]), initial=len(before))
    if root != _ROOT or seen != list(places):
        return None
    points = np.array([list(map(int, xs)), list(map(int, ys))]).T  # twice as fast as float()
    capture.strokes = _cut(points.astype(np.float64), starts)
    return capture


def _of_any_points(data: bytes, name: str) -> _Capture:
    """Return what `_capture` does, for any file."""
    xs: list[str] = []
    ys: list[str] = []
    add_x, add_y = xs.append, ys.append

    def add(attributes: dict[str, str]) -> None:
        add_x(attributes["x"])
        add_y(attributes["y"])

    parser = expat.ParserCreate()
    try:
        capture, starts, root = _elements(parser, data, add, xs.__len__)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise HwError(f"{name}, line {error.lineno}: incomplete or invalid XML ({what})") from None
    except KeyError as error:  # before LookupError, its base class
        where, (missing,) = f"{name}, line {parser.CurrentLineNumber}", error.args
        element = "a text line" if missing in ("id", "text") else "a point"
        raise HwError(f"{where}: {element} has no {missing}") from None
    except (LookupError, ValueError) as error:  # an unknown encoding
        raise HwError(f"{name}: {error}") from None
    if root != _ROOT:
        known = foreign.what(data, name)
        raise HwError(f"{name}: {known or f'not an IAM-OnDB file (root element <{root}>)'}")
    if not xs:
        raise HwError(f"{name} contains no points")
    capture.strokes = _cut(_numbers(xs, ys, data, name), starts)
    return capture


def _elements(
    parser: expat.XMLParserType,
    data: bytes,
    add_point: Callable[[dict[str, str]], None],
    points: Callable[[], int],
) -> tuple[_Capture, list[int], str | None]:
    """Return what a file says besides points, the number of `points` before each stroke, and the root's name.

    `add_point` gets the attributes of each point. Raises what expat raises, and KeyError if a line of text
    lacks an attribute.
    """
    capture = _Capture()
    starts: list[int] = []
    root: str | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal root
        if tag == "Point":
            add_point(attributes)
        elif tag == "Stroke":
            starts.append(points())
        elif tag == "TextLine":
            # some characters of the texts are escaped twice
            capture.texts[attributes["id"]] = html.unescape(attributes["text"]).strip()
        elif tag == "Form":
            capture.form, capture.writer = attributes.get("id"), attributes.get("writerID") or None
        if root is None:
            root = tag

    parser.StartElementHandler = start
    parser.Parse(data, True)
    return capture, starts, root


def _cut(points: NDArray[np.float64], starts: Iterable[int]) -> list[NDArray[np.float64]]:
    """Return the strokes that begin at `starts`, and at the first point; an empty <Stroke> leaves none."""
    cuts = [0, *sorted({start for start in starts if 0 < start < len(points)}), len(points)]
    return [points[begin:end] for begin, end in pairwise(cuts)]


def _numbers(xs: list[str], ys: list[str], data: bytes, name: str) -> NDArray[np.float64]:
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
