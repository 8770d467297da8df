"""Reads SVG drawings: what is drawn with a pen becomes strokes, and what is not is passed over with a note.

Pictures by hw become the inks that they show, one per layer, with whole strokes whatever the style; any other
drawing is one ink. Coordinates are pixels of CSS.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.markup import xml_input
from hwcli.ink_io.markup.root import root_name
from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg.curves import Curve, PathError, flattened
from hwcli.ink_io.svg.lengths import view
from hwcli.ink_io.svg.page_marks import page_in
from hwcli.ink_io.svg.path_data import subpaths
from hwcli.ink_io.svg.pieces import any_touching, share_touching, touching_joined, whole_strokes
from hwcli.ink_io.svg.shapes import Walk
from renderers.ink import Ink, InkError

SUMMARY = "SVG: paths, polylines and lines that are drawn with a pen; hw's own pictures of any style"
SUFFIXES = (".svg", ".svgz")
# a drawing of pieces of strokes: most paths are one segment, and this share begins where the one before ends
_SEGMENTS, _TOUCHING = 0.9, 0.3
_INSIDE_LAYER = {"title", "image", "g", "path", "text"}
# a title is a text or an id: ids, such as a01-000u-01, have no blanks, but a digit and a dash
_ID = re.compile(r"(?=\S*\d)[\w.]+(-[\w.]+)+")


@dataclass
class _Layer:
    """An ink in a picture by hw."""

    title: str | None
    strokes: list[Curve]


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is SVG."""
    return root_name(head) == "svg"


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in one drawing, or the error in it."""
    try:
        root = xml_input.parse(data, name)
        if root.name != "svg":
            raise HwError(f"{name}: not an SVG (root element <{root.name}>)")
        try:
            yield from _inks(root, name)
        except PathError as error:
            raise HwError(f"{name}: {error}") from None
    except HwError as error:
        yield error


def _inks(root: Element, name: str) -> Iterator[FoundInk | HwError]:
    layers = {id(child): child for child in root.children if _is_layer(child)}
    drawing = Walk(root, name).collect(skip=set(layers))
    strokes = [] if layers else drawing.strokes()
    if layers:
        drawing.strokes()  # counts the background
        found = [one for child in layers.values() if (one := _layer(child, root, name, drawing.others))]
    else:
        if _is_piecewise(strokes):
            strokes = touching_joined(strokes)
        found = [_Layer(None, strokes)]
    inks = [(layer, points) for layer in found if (points := flattened(layer.strokes, name))]
    others = drawing.passed_over()
    page = page_in(root) if len(inks) == 1 else (None, None)
    if not inks:
        raise HwError(f"{name}: an SVG without strokes of a pen{f' (it has {others})' if others else ''}")
    for number, (layer, points) in enumerate(inks, 1):
        title = layer.title
        about: dict[str, Any] = {} if title is None else {"id" if _ID.fullmatch(title) else "text": title}
        note = f"passed over: {others}" if others and number == 1 else None
        try:
            ink = Ink(strokes=tuple(points), frame=page[0], paper=page[1], **about)
            yield FoundInk(ink, "svg", note=note)
        except InkError as error:
            yield HwError(f"{name}, ink {number}: {error}")


def _is_piecewise(curves: list[Curve]) -> bool:
    segments = sum(len(curve.points) <= 2 for curve in curves)
    return segments >= _SEGMENTS * len(curves) and share_touching(curves) >= _TOUCHING


def _is_layer(element: Element) -> bool:
    """Return whether an element is how hw draws an ink."""
    said = element.attributes
    if element.name != "g" or said.get("fill") != "none" or "transform" in said:
        return False
    if (said.get("stroke-linecap"), said.get("stroke-linejoin")) != ("round", "round"):
        return False
    inside = [*element.children, *(inner for child in element.named("g") for inner in child.children)]
    return all(one.name in _INSIDE_LAYER and "transform" not in one.attributes for one in inside)


def _layer(layer: Element, root: Element, name: str, others: Counter[str]) -> _Layer | None:
    """Return the ink in a layer, None for a legend; count what else it shows."""
    for kind, what in (("text", "text"), ("image", "picture")):
        if count := len(layer.named(kind)):
            others[what] += count
    titles = [one.text.strip() for one in layer.named("title")]
    curves: list[Curve] = []
    colors: list[int] = []
    most = 0  # subpaths of one path
    for color, group in enumerate([layer, *layer.named("g")]):
        for path in group.named("path"):
            try:
                found = list(subpaths(path.attributes.get("d", "")))
            except PathError as error:
                raise HwError(f"{name}, line {path.line}: {error}") from None
            most = max(most, len(found))
            curves += found
            colors += [color] * len(found)
    if not titles and layer is not next(filter(_is_layer, root.children)) and all(map(_is_flat, curves)):
        others["legend"] += 1
        return None
    scattered = most > 1 or (len(set(colors)) == len(curves) and any_touching(curves))
    matrix = view(root)
    strokes = [curve.moved(matrix) for curve in whole_strokes(curves, colors, scattered)]
    return _Layer(titles[0] if titles and titles[0] else None, strokes)


def _is_flat(curve: Curve) -> bool:
    """Return whether a curve is a horizontal line."""
    return bool((curve.points[:, 1] == curve.points[0, 1]).all())
