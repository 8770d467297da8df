"""An InkML document as strokes, with the groups that they are in and what is said about these.

Ink Markup Language (InkML), W3C Recommendation, 2011. Channels are found by name, through contexts, trace
formats and ink sources by reference; a trace that continues another is joined to it; views of traces are
groups as well. Points have y growing downwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from hwcli.errors import HwError
from hwcli.ink_io.markup.trace_values import Format, Points, read_points
from hwcli.ink_io.markup.xml_input import Element

_REFERENCES = 20  # contexts that refer to each other, at most
_UNITS = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "himetric": 0.01}
_LEADING_ON = ("traceFormatRef", "href", "inkSourceRef", "contextRef")  # attributes of a context
_DEFAULT = "#DefaultTraceFormat"
_TRACES = ("trace", "traceGroup", "traceView")


@dataclass
class Group:
    """Strokes that belong together, groups inside, and annotations by type; the root is a group too."""

    id: str | None = None
    annotations: dict[str, str] = field(default_factory=dict)
    strokes: list[Points] = field(default_factory=list)  # its own and those of all groups inside it
    groups: list[Group] = field(default_factory=list)
    is_view: bool = False

    def walk(self) -> Iterator[Group]:
        """Yield the group and all inside it."""
        yield self
        for group in self.groups:
            yield from group.walk()


class Document:
    """Resolves the references of one document; errors name the file `name` and a line."""

    def __init__(self, root: Element, name: str) -> None:
        self._name = name
        self._by_id: dict[str, Element] = {}
        for element in root.walk():
            if identifier := element.attributes.get("id"):
                self._by_id.setdefault(identifier, element)
        self._points: dict[int, Points | None] = {}  # by the identity of a <trace>
        self._formats: dict[str | None, Format] = {}
        self._current: Element | None = None  # the context that is in force
        self._traces = 0
        self.hovering = 0  # traces without contact, which are passed over
        self.root = self._group(root, None)
        self._add_views(root, self.root)

    # ---- groups

    def _group(self, element: Element, context: str | None) -> Group:
        """Return the traces and groups in an element; those of views are added later."""
        group = Group(element.attributes.get("id"), self._annotations(element))
        context = element.attributes.get("contextRef", context)
        last: int | None = None  # the place of the last trace among the strokes
        for child in element.children:
            if child.name in ("context", "traceFormat"):
                self._current = child
                self._formats.pop(None, None)
            elif child.name == "trace":
                last = self._add_trace(child, context, group, last)
            elif child.name == "traceGroup":
                group.groups.append(self._group(child, context))
                group.strokes += group.groups[-1].strokes
        return group

    def _annotations(self, element: Element) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in element.named("annotation"):
            found.setdefault(one.attributes.get("type", ""), one.text)
        return found

    def _add_trace(self, trace: Element, context: str | None, group: Group, last: int | None) -> int | None:
        """Add a trace to a group, or to the trace there that it continues; return the place of the latter."""
        points = self._read(trace, trace.attributes.get("contextRef", context))
        self._points[id(trace)] = points
        if points is None or not len(points):
            return last
        if trace.attributes.get("continuation") in ("middle", "end") and last is not None:
            whole = np.concatenate([group.strokes[last], points])
            group.strokes[last] = whole
            return last
        group.strokes.append(points)
        return len(group.strokes) - 1

    def _read(self, trace: Element, context: str | None) -> Points | None:
        """Return the points of a trace, None if the pen hovered."""
        if trace.attributes.get("type") == "penUp":
            self.hovering += 1
            return None
        try:
            return read_points(trace.text, self._format(context, trace))
        except ValueError as error:
            raise HwError(f"{self._name}, line {trace.line}: {error}") from None

    # ---- views

    def _add_views(self, element: Element, group: Group) -> None:
        for child in element.named("traceView"):
            group.groups.append(self._view(child, 0))

    def _view(self, element: Element, depth: int) -> Group:
        view = Group(element.attributes.get("id"), self._annotations(element), is_view=True)
        reference = element.attributes.get("traceDataRef")
        if reference is not None:
            view.strokes += self._part(element, self._target(reference, element), depth)
        for child in element.named("traceView"):
            view.groups.append(self._view(child, depth))
            view.strokes += view.groups[-1].strokes
        return view

    def _part(self, view: Element, target: Element, depth: int) -> list[Points]:
        """Return the part of a trace or a group that a view names, by the numbers `from` and `to`."""
        self._traces += 1
        if depth > _REFERENCES or self._traces > 20 * len(self._by_id) + 1000:
            raise HwError(f"{self._name}, line {view.line}: its views refer to each other without end")
        if target.name == "trace":
            points = self._points.get(id(target))
            chosen = [] if points is None else [points[self._slice(view, len(points))]]
            return [points for points in chosen if len(points)]
        inside = [child for child in target.children if child.name in _TRACES]
        found: list[Points] = []
        for child in inside[self._slice(view, len(inside))]:
            if child.name == "traceView":
                found += self._view(child, depth + 1).strokes
            else:
                found += self._part(Element("", "", {}, view.line), child, depth + 1)
        return found

    def _slice(self, view: Element, count: int) -> slice:
        numbers = [view.attributes.get(key, "").partition(":")[0].strip() for key in ("from", "to")]
        first, last = (int(n[:9]) if n.isascii() and n.isdigit() else None for n in numbers)
        return slice(max(0, (first or 1) - 1), count if last is None else last)

    # ---- formats of traces

    def _format(self, reference: str | None, where: Element) -> Format:
        """Return the format of a trace whose context is called `reference`, or is the one in force."""
        if reference not in self._formats:
            context = self._current if reference is None else self._target(reference, where)
            declared = None if context is None else self._declared(context, 0)
            self._formats[reference] = Format() if declared is None else self._channels(declared)
        return self._formats[reference]

    def _declared(self, element: Element, depth: int) -> Element | None:
        """Return the trace format of a context or an ink source, followed through references."""
        if element.name == "traceFormat" and element.children:
            return element
        if depth == _REFERENCES:
            raise HwError(f"{self._name}, line {element.line}: its contexts refer to each other without end")
        inside = [*element.named("traceFormat"), *element.named("inkSource")]
        outside = [name for key in _LEADING_ON if (name := element.attributes.get(key, _DEFAULT)) != _DEFAULT]
        for one in (*inside, *(self._target(name, element) for name in outside)):
            if (found := self._declared(one, depth + 1)) is not None:
                return found
        return None

    def _channels(self, declared: Element) -> Format:
        """Return the format that a <traceFormat> declares."""
        regular = declared.named("channel")
        rare = [one for part in declared.named("intermittentChannels") for one in part.named("channel")]
        names = tuple(one.attributes.get("name", "").strip().upper() for one in (*regular, *rare))
        if names.count("X") != 1 or names.count("Y") != 1:
            listed = " ".join(names)[:80] or "none"
            raise HwError(
                f"{self._name}, line {declared.line}: its channels ({listed}) are not X and Y, once each"
            )
        x, y = ([*regular, *rare][names.index(axis)].attributes for axis in "XY")
        units = [_UNITS.get(one.get("units", "").strip().lower()) for one in (x, y)]
        ratio = units[1] / units[0] if units[0] and units[1] else 1.0
        sign = [-1.0 if one.get("orientation", "").strip() == "-ve" else 1.0 for one in (x, y)]
        return Format(names, len(regular), sign[0], sign[1] * ratio)

    def _target(self, reference: str, where: Element) -> Element:
        """Return the element that a reference such as `#id` names."""
        found = self._by_id.get(reference.partition("#")[2] or reference)
        if found is None:
            raise HwError(f"{self._name}, line {where.line}: nothing in it has the id {reference[:40]!r}")
        return found
