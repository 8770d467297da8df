"""Reads InkML, the W3C's markup of ink: one ink per labelled group, or else one per document.

Lines are groups, or views of traces, with a label; of several levels the lines are taken if the document says
what is a line, as IAMonDo does, else the outermost. What `inkml_writer` wrote is read back as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.markup import xml_input
from hwcli.ink_io.markup.inkml_document import Document, Group
from hwcli.ink_io.markup.root import root_name
from renderers.ink import Ink, InkError

SUMMARY = "InkML: XML with the root element <ink>, and <trace>10 0, 9 14, 8 28</trace> for each stroke"
SUFFIXES = (".inkml",)
OWN = "hw"  # type of the annotation with which hw marks a group that it wrote
_LABELS = (
    "transcription", "truth", "label", "textualcontent", "textcontent", "text", "groundtruth", "gt", "word",
    "textline", "content",
)  # fmt: skip
_WRITERS = ("writer", "writerid")
_IDS = ("id", "ui")
_LINES = ("textline", "line")  # what the annotation `type` calls a line


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is InkML."""
    return root_name(head) == "ink"


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks of one document, or the error in it."""
    try:
        document = Document(xml_input.parse(data, name), name)
        groups = _lines(document.root)
        if not any(group.strokes or OWN in group.annotations for group in groups):
            raise HwError(f"{name} contains no strokes")
    except HwError as error:
        yield error
        return
    writer = _said(document.root, _WRITERS)
    for number, group in enumerate(groups, 1):
        where = f"{name}, ink {number}"
        if OWN in group.annotations:
            yield _own(group, where)
        elif group.strokes:
            yield _foreign(group, writer, document, where, number == 1)


def _lines(root: Group) -> list[Group]:
    """Return the groups that are an ink each."""
    every = list(root.walk())
    if own := [group for group in every if OWN in group.annotations]:
        return own
    if lines := [group for group in every if _is_line(group)]:
        return lines
    labelled = list(_outermost(root, views=True)) or list(_outermost(root, views=False))
    return labelled or [root]


def _is_line(group: Group) -> bool:
    return bool(group.strokes) and _plain(group.annotations.get("type", "")) in _LINES


def _outermost(group: Group, views: bool) -> Iterator[Group]:
    """Yield the labelled groups that no labelled one holds: of views only, or of other groups only."""
    if group.strokes and group.is_view == views and _label(group) is not None:
        yield group
        return
    for inner in group.groups:
        if views or not inner.is_view:
            yield from _outermost(inner, views)


def _foreign(
    group: Group, writer: str | None, document: Document, where: str, first: bool
) -> FoundInk | HwError:
    """Return an ink of another program; what was passed over in the document is noted with its first."""
    writer = _said(group, _WRITERS) or writer
    extra: dict[str, Any] = {"writer": writer} if writer else {}
    id_ = _said(group, _IDS) or group.id
    try:
        ink = Ink(strokes=tuple(group.strokes), text=_label(group), id=id_, extra=extra)
    except InkError as error:
        return HwError(f"{where}: {error}")
    note = (
        f"passed over: {document.hovering:,} traces of a hovering pen"
        if document.hovering and first
        else None
    )
    return FoundInk(ink, "inkml", writer=writer, note=note)


def _own(group: Group, where: str) -> FoundInk | HwError:
    """Return an ink that hw wrote: what its annotation says is that of a line of NDJSON."""
    try:
        about = orjson.loads(group.annotations[OWN])
    except orjson.JSONDecodeError as error:
        return HwError(f"{where}: its annotation of type {OWN!r} is not JSON ({error})")
    if not isinstance(about, dict):
        return HwError(f"{where}: its annotation of type {OWN!r} is not an object")
    row: dict[str, Any] = {"hw": ndjson.VERSION, "strokes": [stroke.tolist() for stroke in group.strokes]}
    row |= {key: text for key, text in (("text", _label(group)), ("id", _said(group, _IDS))) if text}
    try:
        line = orjson.dumps(row | about)
    except TypeError:
        return HwError(f"{where}: its values are nested too deeply")
    (found,) = ndjson.read_some([line], where)
    if isinstance(found, HwError):
        return HwError(found.message.replace(", line 1", "", 1), found.hint)
    return FoundInk(found.ink, "inkml", found.form, found.writer)


def _label(group: Group) -> str | None:
    return _said(group, _LABELS)


def _said(group: Group, types: tuple[str, ...]) -> str | None:
    """Return the first annotation of one of these types, in their order; None if all are blank."""
    by_type = {_plain(kind): text.strip() for kind, text in reversed(group.annotations.items())}
    return next((text for kind in types if (text := by_type.get(kind))), None)


def _plain(kind: str) -> str:
    """Return the type of an annotation in lower case, with letters and digits only."""
    return "".join(filter(str.isalnum, kind.lower()))
