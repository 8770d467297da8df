"""Reads notes of Xournal and Xournal++: gzip files of XML (.xopp, .xoj), or the XML itself.

A page is an ink: the strokes of the tool `pen` on its layers, in their order. Points are points of 1/72 inch,
with y growing downwards. Text that was typed, pictures and the like are passed over with a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.markup import xml_input
from hwcli.ink_io.markup.root import root_name
from hwcli.ink_io.markup.xml_input import Element
from renderers.ink import Ink, InkError

SUMMARY = "Xournal and Xournal++: XML with the root element <xournal>, packed with gzip or not"
SUFFIXES = (".xopp", ".xoj")
_OTHERS = {
    "text": "typed text",
    "image": "picture",
    "teximage": "formula",
    "link": "link",
}


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head`, once unpacked, is a note of Xournal."""
    return root_name(head) == "xournal"


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the ink of each page that has any, or the error in it."""
    try:
        root = xml_input.parse(data, name)
    except HwError as error:
        yield error
        return
    others: Counter[str] = Counter()
    found: list[Ink | HwError] = []
    for number, page in enumerate(root.named("page"), 1):
        try:
            strokes = _strokes(page, name, others)
            if strokes:
                found.append(Ink(strokes=tuple(strokes)))
        except HwError as error:
            found.append(error)
        except InkError as error:
            found.append(HwError(f"{name}, page {number}: {error}"))
    passed_over = ", ".join(f"{n:,} {what}{'s' * (n > 1)}" for what, n in sorted(others.items()))
    if not found:
        yield HwError(
            f"{name}: a note without strokes of a pen{f' (it has {passed_over})' if passed_over else ''}"
        )
    for one in found:
        if isinstance(one, Ink):
            note = f"passed over: {passed_over}" if passed_over and one is found[0] else None
            yield FoundInk(one, "xournal", note=note)
        else:
            yield one


def _strokes(page: Element, name: str, others: Counter[str]) -> list[np.ndarray]:
    """Return the strokes of a page, each (points, 2); count what else there is."""
    strokes = []
    for part in page.children:
        if part.name == "background" and part.attributes.get("type") in ("pdf", "pixmap"):
            others[f"{part.attributes['type'].replace('pixmap', 'picture')} background"] += 1
        for one in part.children if part.name == "layer" else ():
            if one.name == "stroke" and one.attributes.get("tool", "pen") == "pen":
                points = _points(one, name)
                if len(points):
                    strokes.append(points)
            elif one.name == "stroke":
                others[f"stroke of the {one.attributes['tool'][:20]}"] += 1
            elif one.name in _OTHERS:
                others[_OTHERS[one.name]] += 1
    return strokes


def _points(stroke: Element, name: str) -> np.ndarray:
    """Return the points of a stroke, (points, 2)."""
    words = stroke.text.split()
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError:
        raise HwError(f"{name}, line {stroke.line}: a stroke has coordinates that are not numbers") from None
    if len(words) % 2:
        raise HwError(f"{name}, line {stroke.line}: a stroke has {len(words)} numbers, which are not pairs")
    return values.reshape(-1, 2)
