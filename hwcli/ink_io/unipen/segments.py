"""Reads UNIPEN 1.0: label files, whose segments name components of the ink files that they include.

I. Guyon, L. Schomaker, R. Plamondon, M. Liberman and S. Janet, *UNIPEN project of on-line data exchange and
recognizer benchmarks*, ICPR 1994. Ink is in units of x, with y downwards. The id of a segment names its ink
file, level and components (`unipen-app-app32-app3261-char-11-12`), so that a segment that several label
files list has the same id in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk, UnreadInkError
from hwcli.ink_io.included_files import FOLDER, IncludedFiles, OnDisk
from hwcli.ink_io.unipen.document import Component, Label, Points, Set, read_document
from hwcli.ink_io.unipen.labels import spaced_as_written
from hwcli.ink_io.unipen.line_breaks import line_breaks
from hwcli.ink_io.unipen.syntax import (
    Segment,
    Span,
    argument,
    delineated,
    is_unipen,
    parse_segment,
    statements,
)
from renderers.ink import Ink

SUMMARY = "UNIPEN 1.0: keywords such as .VERSION, .COORD, .PEN_DOWN and .SEGMENT, and columns of numbers"
SUFFIXES = (".dat", ".unp")
# levels whose segments are a line or less; of several in one file, the first of these is read
LEVELS = {
    "LINE": "line",
    "TEXT": "text",
    "SENTENCE": "text",
    "WORD": "word",
    "CHARACTER": "char",
    "CHAR": "char",
}
_NO_POINTS: Points = np.zeros((0, 2))
_CATEGORY = re.compile(r"(?:^|/)data/(1[a-d]|[2-8])/")
# contributors of the UNIPEN release train_r01_v07 whose writers are partly the same people
_ORGANISATIONS = {
    "apple": ("apa", "apb", "apc", "apd", "ape", "app"),
    "cedar": ("cea", "ceb", "ced", "cee", "cef"),
}
_OWNER = {part: whole for whole, parts in _ORGANISATIONS.items() for part in parts}


class ToRead(NamedTuple):
    """A label with what its components are counted in."""

    label: Label
    segment: Segment | HwError  # the error of a malformed one
    components: list[Component]


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is UNIPEN: it begins with one of its keywords."""
    return is_unipen(head)


def included_names(data: bytes) -> list[str]:
    """Return the names of the files that a file includes, in order."""
    if b".INCLUDE" not in data:
        return []
    return [name for one in statements(data) if one.keyword == "INCLUDE" if (name := argument(one))]


def has_labels(data: bytes) -> bool:
    """Return whether a file has segments, so that it is more than something to include."""
    return b".SEGMENT" in data and any(one.keyword == "SEGMENT" for one in statements(data))


def read_each(data: bytes, name: str, files: IncludedFiles | None = None) -> Iterator[FoundInk | HwError]:
    """Yield an ink for each segment of the label file `name`, or the segment's error.

    `files` finds the files that it includes, by default on disk. Of several levels of segments, only the
    longest that fits on a line is read. A missing include is one error, which counts all segments.
    """
    category = _CATEGORY.search(name)
    part = f"unipen {category[1]}" if category else "unipen"
    try:
        sets = read_document(name, data, files or OnDisk())
        labels = _labels_to_read(sets, name)
    except HwError as error:
        count = sum(one.keyword == "SEGMENT" for one in statements(data))
        yield UnreadInkError(error.message, error.hint, count=max(count, 1), part=part)
        return
    # a point takes four bytes at least, eight as a rule
    points_left = sum(len(one.trace.text) for each in sets for one in each.components)
    for number, one in enumerate(labels):
        where = f"{one.label.path}, line {one.label.line}"
        if points_left < 0:
            why = f"{where}: the segments name the same ink again and again"
            yield UnreadInkError(why, count=len(labels) - number, part=part)
            return
        try:
            found = _found(one.segment, one.components, part)
        except HwError as error:
            yield UnreadInkError(f"{where}: {error.message}", error.hint, part=part)
        else:
            points_left -= len(found.ink)
            yield found


def _labels_to_read(sets: list[Set], name: str) -> list[ToRead]:
    """Return the segments of the level to read, and those that are malformed."""
    every: list[ToRead] = []
    for one in sets:
        for label in one.labels:
            try:
                every.append(ToRead(label, parse_segment(label.arguments), one.components))
            except HwError as error:
                every.append(ToRead(label, error, one.components))
    if not every:
        raise HwError(f"{name}: no labelled segments", "name the label file that includes it")
    levels = {one.segment.level for one in every if isinstance(one.segment, Segment)}
    chosen = next((level for level in LEVELS if level in levels), None)
    if levels and chosen is None:
        names = ", ".join(sorted(levels))[:60]
        raise HwError(f"{name}: its segments ({names}) are not lines, words or characters")
    return [one for one in every if isinstance(one.segment, HwError) or one.segment.level == chosen]


def _found(segment: Segment | HwError, components: list[Component], part: str) -> FoundInk:
    """Return the ink of a segment; raise HwError, without a place, if it cannot be read.

    The same segment of the same ink gives the same `Ink` object while its file is cached: half of UNIPEN's
    segments are in several categories.
    """
    if isinstance(segment, HwError):
        raise segment
    if segment.label is None:
        raise HwError("the segment has no label")
    if not segment.spans:
        raise HwError("the segment has no component numbers")
    for span in segment.spans:
        if span.last >= len(components):
            raise HwError(f"component {span.last} does not exist: the ink has {len(components)}")
    first = components[segment.spans[0].first]
    used = (one.trace for span in segment.spans for one in components[span.first : span.last + 1])
    # without the trace that holds the key: a cycle would keep its ink in memory
    key = (segment, first.setting, *(trace for trace in used if trace is not first.trace))
    found = first.trace.found.get(key)
    if found is None:
        found = first.trace.found[key] = _assembled(segment, components)
    return replace(found, part=part)


def _assembled(segment: Segment, components: list[Component]) -> FoundInk:
    assert segment.label is not None  # _found() checked it
    strokes = tuple(_strokes(segment, components))
    first = components[segment.spans[0].first]
    form, contributor = _form(first.path)
    setting = first.setting
    writer = _writer(setting.writer, contributor)
    about = {
        "writer": writer,
        "quality": segment.quality,
        "points_per_second": setting.points_per_second,
        "points_per_inch": setting.x_per_inch,
    }
    where = delineated(segment.spans).replace(":", ".").replace(",", "+")
    ink = Ink(
        strokes=strokes,
        text=spaced_as_written(" ".join(segment.label.split()), contributor),
        id=f"unipen-{form}-{LEVELS[segment.level]}-{where}",
        extra={key: value for key, value in about.items() if value is not None},
    )
    # one writer may have used several tablets: some contributors give one resolution for all of theirs
    device = f"{contributor}: {setting.x_per_inch} points per inch, {setting.points_per_second} per second"
    return FoundInk(ink, "unipen", form=form, writer=writer, defect=_defect(segment, strokes), device=device)


def _defect(segment: Segment, strokes: tuple[Points, ...]) -> str | None:
    """Return why a segment must not be learned from, None if it may."""
    if segment.quality == "BAD":
        return "marked as illegible (quality BAD)"
    if not segment.label:
        return "a ligature between characters, not text"
    if LEVELS[segment.level] in ("line", "text") and len(segment.label) > 3 and line_breaks(strokes):
        return "written on several lines"
    return None


def _writer(writer_id: str | None, contributor: str) -> str | None:
    """Return a name that no writer of another organisation has."""
    if writer_id is None:
        return None
    return "-".join(filter(None, ("unipen", _OWNER.get(contributor, contributor), writer_id)))


def _form(path: str) -> tuple[str, str]:
    """Return a name for an ink file, and its contributor: the first folder in the folder of includes."""
    parts = PurePosixPath(path).with_suffix("").parts
    above = [k for k, part in enumerate(parts[:-1]) if part.lower() == FOLDER]
    if not above:
        return parts[-1], ""
    inside = parts[above[-1] + 1 :]
    return "-".join(part for part in inside if part != "data"), inside[0] if len(inside) > 1 else ""


def _strokes(segment: Segment, components: list[Component]) -> Iterator[Points]:
    """Yield the pen-down strokes of a segment; raise HwError if it names what does not exist."""
    down = 0
    for span in segment.spans:
        for number in range(span.first, span.last + 1):
            piece = _piece(span, number, components[number])
            if components[number].trace.down:
                down += 1
                yield piece
    if not down:
        raise HwError("the pen is up in all of its components")


def _piece(span: Span, number: int, component: Component) -> Points:
    """Return the points of a component that belong to a span."""
    cut = (number == span.first and span.first_point) or (number == span.last and span.last_point is not None)
    if not component.trace.down and not cut:
        return _NO_POINTS
    try:
        points = component.trace.points(component.setting)
    except HwError as error:
        raise HwError(f"{component.path}, {error.message}", error.hint) from None
    start = span.first_point if number == span.first else 0
    end = span.last_point if number == span.last and span.last_point is not None else len(points) - 1
    if max(start, end) >= len(points):
        raise HwError(f"point {max(start, end)} of component {number} does not exist: it has {len(points)}")
    return points[start : end + 1]
