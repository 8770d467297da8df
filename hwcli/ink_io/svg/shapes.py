"""The shapes of an SVG drawing, in the order of the document and in pixels, and which of them a pen draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg import path_data
from hwcli.ink_io.svg.curves import Array, Curve, PathError
from hwcli.ink_io.svg.lengths import IDENTITY, after, length, transform, view
from hwcli.ink_io.svg.path_data import numbers, subpaths
from hwcli.ink_io.svg.style import Style, StyleSheet

_INSIDE = ("g", "a", "svg", "switch")  # elements that hold shapes
_SHAPES = ("path", "line", "polyline", "polygon", "rect", "circle", "ellipse")
_OTHERS = {"text": "text", "image": "picture", "foreignObject": "foreign object"}  # drawn, but not with a pen
_DOT = 1.5  # a filled circle is a dot up to this many line widths of radius
_DEEPEST_USE = 20
_MOST_USED = 100_000  # elements that <use> shows


@dataclass
class Shape:
    """A shape: its subpaths, and how it is drawn."""

    curves: list[Curve]
    style: Style
    line: int  # of the file
    dot: Curve | None = None  # its centre, of a circle
    width: float = 1.0  # of the pen, or the radius of a filled circle; in the units of the page


@dataclass
class Drawing:
    """What there is in a document."""

    shapes: list[Shape] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)  # what is drawn in other ways, by what it is

    def strokes(self) -> list[Curve]:
        """Return what a pen draws: shapes with a stroke, and dots; of lines without any style, these."""
        pens = [shape.width for shape in self.shapes if shape.style.is_stroked]
        widest = max(pens, default=0.0)
        found: list[Curve] = []
        filled: list[Shape] = []
        for shape in self.shapes:
            if shape.style.is_stroked:
                found += shape.curves
            elif shape.dot is not None and shape.style.is_filled and shape.width <= _DOT * widest:
                found.append(shape.dot)
            elif shape.style.is_filled:
                filled.append(shape)
        if not found:
            bare = [shape for shape in filled if shape.style.fill is None and not _is_closed(shape)]
            found = [curve for shape in bare for curve in shape.curves]
            filled = [shape for shape in filled if shape not in bare]
        if filled:
            self.others["filled shape"] += len(filled)
        return found

    def passed_over(self) -> str | None:
        """Return in words what is drawn in other ways, None if nothing is."""
        if not self.others:
            return None
        return ", ".join(f"{n:,} {what}{'s' * (n > 1)}" for what, n in sorted(self.others.items()))


def _is_closed(shape: Shape) -> bool:
    return any((curve.points[0] == curve.points[-1]).all() for curve in shape.curves)


class Walk:
    """Collects the shapes of a document called `name`."""

    def __init__(self, root: Element, name: str) -> None:
        self._root, self._name = root, name
        self._prefix = root.prefix
        every = [one for one in root.walk() if one.prefix == self._prefix]
        self._sheet = StyleSheet([one.text for one in every if one.name == "style"])
        self._by_id: dict[str, Element] = {}
        for one in every:
            if identifier := one.attributes.get("id"):
                self._by_id.setdefault(identifier, one)
        self._used = 0
        self._bytes = 0  # of path data
        self.drawing = Drawing()

    def collect(self, skip: set[int] | None = None) -> Drawing:
        """Return what is drawn, without the elements whose identities are in `skip`."""
        self._skip = skip or set()
        self._inside(self._root, view(self._root), self._sheet.style(self._root, Style()), 0)
        return self.drawing

    def _inside(self, parent: Element, matrix: Array, style: Style, uses: int) -> None:
        for element in parent.children:
            if element.prefix == self._prefix and id(element) not in self._skip:
                try:
                    self._element(element, matrix, style, uses)
                except PathError as error:
                    raise HwError(f"{self._name}, line {element.line}: {error}") from None

    def _element(self, element: Element, matrix: Array, inherited: Style, uses: int) -> None:
        kind = element.name
        if kind not in (*_INSIDE, *_SHAPES, *_OTHERS, "use"):
            return  # definitions, and what is not drawn
        style = self._sheet.style(element, inherited)
        if style.gone:
            return
        if "transform" in element.attributes:
            matrix = after(matrix, transform(element.attributes["transform"]))
        if uses:
            self._used += 1
            if self._used > _MOST_USED:
                raise PathError(f"<use> shows more than {_MOST_USED:,} elements")
        if kind in _OTHERS:
            self.drawing.others[_OTHERS[kind]] += not style.hidden
        elif kind == "use":
            self._use(element, matrix, style, uses + 1)
        elif kind in _SHAPES:
            if not style.hidden:
                self._shape(element, matrix, style)
        else:
            if kind == "svg":
                matrix = after(after(matrix, _shift(element)), view(element))
            self._inside(element, matrix, style, uses)

    def _use(self, element: Element, matrix: Array, style: Style, uses: int) -> None:
        target = self._by_id.get(element.attributes.get("href", "").removeprefix("#"))
        if target is None:
            return  # what is in other files is never read
        if uses > _DEEPEST_USE:
            raise PathError(f"<use> is nested more than {_DEEPEST_USE} deep")
        matrix = after(matrix, _shift(element))
        if target.name in ("symbol", "svg"):
            inner = view(target, element.attributes.get("width"), element.attributes.get("height"))
            self._inside(target, after(matrix, inner), self._sheet.style(target, style), uses)
        else:
            self._element(target, matrix, style, uses)

    def _shape(self, element: Element, matrix: Array, style: Style) -> None:
        data = _as_path(element)
        self._bytes += len(data)
        needed = path_data.PER_BYTE * len(data) + path_data.KEPT_PER_BYTE * self._bytes
        limit.check(needed, f"{self._name}, line {element.line}")
        curves = [curve.moved(matrix) for curve in subpaths(data)]
        shape = Shape(curves, style, element.line)
        with np.errstate(over="ignore", invalid="ignore"):
            scale = float(np.sqrt(abs(np.linalg.det(matrix[:2]))))
        shape.width = style.width * scale
        if element.name == "circle" and not style.is_stroked:
            centre = np.array([[_number(element, "cx"), _number(element, "cy")]])
            shape.dot = Curve(centre).moved(matrix)
            shape.width = _number(element, "r") * scale
        if curves:
            self.drawing.shapes.append(shape)
        elif element.name == "rect" and "%" in element.attributes.get("width", "") and style.is_filled:
            self.drawing.others["background"] += 1


def _as_path(element: Element) -> str:
    """Return the path data that draw a shape."""
    kind, said = element.name, element.attributes
    if kind == "path":
        return said.get("d", "").replace("none", "")
    if kind in ("polyline", "polygon"):
        values = numbers(said.get("points", ""))
        pairs = " ".join(map(repr, values[: len(values) // 2 * 2].tolist()))
        return f"M{pairs}{'z' if kind == 'polygon' else ''}" if pairs else ""
    if kind == "line":
        x1, y1, x2, y2 = (_number(element, key) for key in ("x1", "y1", "x2", "y2"))
        return f"M{x1!r} {y1!r}L{x2!r} {y2!r}"
    if kind == "rect":
        x, y, width, height = (_number(element, key) for key in ("x", "y", "width", "height"))
        return f"M{x!r} {y!r}h{width!r}v{height!r}h{-width!r}z" if width > 0 and height > 0 else ""
    x, y = _number(element, "cx"), _number(element, "cy")
    rx, ry = (_number(element, "r" if kind == "circle" else key) for key in ("rx", "ry"))
    if rx <= 0 or ry <= 0:
        return ""
    return f"M{x - rx!r} {y!r}a{rx!r} {ry!r} 0 0 1 {2 * rx!r} 0a{rx!r} {ry!r} 0 0 1 {-2 * rx!r} 0z"


def _number(element: Element, key: str) -> float:
    """Return a length among the attributes; 0 if it is not given or relative."""
    return length(element.attributes.get(key, "0")) or 0.0


def _shift(element: Element) -> Array:
    """Return the matrix that moves by x and y."""
    if "x" not in element.attributes and "y" not in element.attributes:
        return IDENTITY
    return np.array([[1.0, 0.0], [0.0, 1.0], [_number(element, "x"), _number(element, "y")]])
