"""What attributes and style sheets of an SVG say about strokes: is a shape drawn with a pen, and how wide.

Of CSS, rules for elements, classes and ids are understood, which is what drawing programs write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from hwcli.ink_io.markup.xml_input import Element
from hwcli.ink_io.svg.lengths import length

_KEPT = ("stroke", "fill", "stroke-width", "display", "visibility", "opacity", "stroke-opacity")
_NONE = ("none", "transparent")


@dataclass(frozen=True)
class Style:
    """What is in force for an element; values are those of CSS."""

    stroke: str = "none"
    fill: str | None = None  # None: nothing said so
    width: float = 1.0
    hidden: bool = False  # by `visibility`, which elements inside may change
    gone: bool = False  # with all that is inside

    @property
    def is_stroked(self) -> bool:
        """Whether shapes are drawn with a pen."""
        return self.stroke not in _NONE

    @property
    def is_filled(self) -> bool:
        """Whether shapes are filled."""
        return self.fill not in _NONE


class StyleSheet:
    """The rules in the <style> elements of a document."""

    def __init__(self, texts: list[str]) -> None:
        self._rules: dict[str, dict[str, str]] = {}
        first, *others = "\n".join(texts).split("/*")
        without_comments = " ".join([first, *(one.partition("*/")[2] for one in others)])
        for rule in without_comments.split("}"):
            selectors, _, body = rule.rpartition("{")
            for selector in selectors.rpartition("{")[2].split(","):  # a rule may be inside a condition
                self._rules.setdefault(selector.strip(), {}).update(_declarations(body))

    def style(self, element: Element, inherited: Style) -> Style:
        """Return the style of an element inside one of the style `inherited`."""
        own = {key: element.attributes[key] for key in _KEPT if key in element.attributes}
        if self._rules:
            classes = [f".{name}" for name in element.attributes.get("class", "").split()]
            for selector in ("*", element.name, *classes, f"#{element.attributes.get('id', '')}"):
                own |= self._rules.get(selector, {})
        if "style" in element.attributes:
            own |= _declarations(element.attributes["style"])
        return _changed(inherited, own) if own else inherited


def _changed(style: Style, own: Mapping[str, str]) -> Style:
    changes: dict[str, Any] = {}
    for key in ("stroke", "fill"):
        if own.get(key, "inherit") != "inherit":
            changes[key] = own[key]
    if "stroke-width" in own and (width := length(own["stroke-width"])) is not None:
        changes["width"] = width
    if own.get("visibility", "inherit") != "inherit":
        changes["hidden"] = own["visibility"] != "visible"
    unseen = own.get("display") == "none" or "0" in (own.get("opacity"), own.get("stroke-opacity"))
    return replace(style, gone=style.gone or unseen, **changes)


@lru_cache(maxsize=1 << 12)
def _declarations(text: str) -> dict[str, str]:
    """Return the declarations that matter among those of a rule or an attribute `style`."""
    pairs = (one.partition(":") for one in text.split(";"))
    found = {key.strip().lower(): value.strip().removesuffix("!important").strip() for key, _, value in pairs}
    return {key: value for key, value in found.items() if key in _KEPT}
