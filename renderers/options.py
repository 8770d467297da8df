"""Declared options: dataclass fields that carry their own help, kind and range.

One mechanism serves the options of styles and formats and hw's settings. A field is made with `option(...)`;
its Rule checks values, whether they come from Python or as text, and describes them in help and errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from renderers.errors import RenderError, nearest, unknown

_YES_NO = {
    **dict.fromkeys(("yes", "true", "on", "1"), True),
    **dict.fromkeys(("no", "false", "off", "0"), False),
}
_NUMBERS = ("number", "whole number")


class Rule(NamedTuple):
    """The rule of an option; `least` and `most` (of colours: their number) are inclusive, `above` is not."""

    help: str
    kind: str  # number, whole number, text, length, yes or no, color, colors or choice
    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    choices: tuple[str, ...] = ()
    unset: str | None = None  # the word for None, in an option that can be left open
    metavar: str | None = None

    def check(self, name: str, value: Any) -> Any:
        """Return `value`, or the value that a text stands for; RenderError if it does not fit.

        >>> Rule("width of a line", "number", least=0, most=1).check("width", "0.5")
        0.5
        """
        if self.unset is not None and value in (None, self.unset):
            return None
        if self.kind == "length":
            from renderers.page.lengths import to_px

            return to_px(value, name, least=-1e-300)
        if self.kind in ("color", "colors"):
            from renderers.scene.colors import parse_color  # imports NumPy

            return parse_color(value, what=name) if self.kind == "color" else self._colors(name, value)
        if self.kind == "choice":
            if value not in self.choices:
                raise RenderError(f"{name} cannot be {value!r}", nearest(str(value), self.choices))
            return value
        if self.kind == "text":
            if not isinstance(value, str):
                raise self.wrong(name, value)
            return value
        return self._yes_or_no(name, value) if self.kind == "yes or no" else self._number(name, value)

    def describe(self) -> str:
        """Return the kind with its range: `number from 0.001 to 1`."""
        if self.kind == "choice":
            return " or ".join(self.choices)
        low, high = (
            str(v) if isinstance(v, int) else f"{v:.15g}" if math.isfinite(v) else ""
            for v in (self.least, self.most)
        )
        span = f" from {low} to {high}" if low and high else f" of at least {low}" if low else ""
        span = span or (f" of at most {high}" if high else "")
        if math.isfinite(self.above):
            span = f" above {self.above:g}" + (f" and at most {high}" if high else "")
        kind = self.kind + span if self.kind in _NUMBERS else self.kind
        kind += " (0.3mm, or a number of px)" if kind == "length" else ""
        return f"{kind}, or {self.unset}" if self.unset else kind

    def show(self, value: Any) -> str:
        """Return `value` as it is written on a command line."""
        if value is None:
            return self.unset or ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:g}"
        return ",".join(value) if isinstance(value, tuple) else str(value)

    def wrong(self, name: str, value: Any) -> RenderError:
        """Return the error for a value that does not fit."""
        article = "" if self.kind == "yes or no" else "a "
        wanted = "string" if self.kind == "text" else self.describe()
        return RenderError(f"{name} must be {article}{wanted}, not {value!r}")

    def _yes_or_no(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value.lower() not in _YES_NO:
            raise self.wrong(name, value)
        return _YES_NO[value.lower()]

    def _number(self, name: str, value: Any) -> float:
        whole = self.kind == "whole number"
        try:
            number = int(value) if whole else float(value)  # a seed has more digits than a float
            fits = math.isfinite(number) and self.least <= number <= self.most and number > self.above
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits or isinstance(value, bool) or (whole and not isinstance(value, str) and number != value):
            raise self.wrong(name, value)
        return number

    def _colors(self, name: str, value: Any) -> tuple[str, ...]:
        from renderers.scene.colors import parse_color

        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Iterable):
            raise RenderError(f"{name} must be a list of colours, not {value!r}", "for example red,#0a7,navy")
        found = tuple(dict.fromkeys(parse_color(part, what=name) for part in parts))
        if not self.least <= len(found) <= self.most:
            least, most = max(self.least, 1), self.most
            span = f"{least:g} to {most:g}" if math.isfinite(most) else f"at least {least:g}"
            raise RenderError(f"{name} must be {span} different colours, not {len(found)}")
        return found


def option(
    default: Any,
    help: str,
    *,
    kind: str | None = None,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    choices: Iterable[str] = (),
    color: bool = False,
    length: bool = False,
    whole: bool = False,
    unset: str | None = None,
    metavar: str | None = None,
) -> Any:
    """Declare a dataclass field as an option; its kind follows from `default` and the flags, if not given."""
    if kind is None:
        kind = _kind(default, color, length, bool(tuple(choices)), whole)
    rule = Rule(help, kind, least, most, above, tuple(choices), unset, metavar)
    return field(default=default, metadata={"rule": rule})


def _kind(default: Any, color: bool, length: bool, choice: bool, whole: bool) -> str:
    if isinstance(default, tuple):
        return "colors"
    if isinstance(default, bool):
        return "yes or no"
    if color or length:
        return "color" if color else "length"
    if isinstance(default, str):
        return "choice" if choice else "text"
    return "whole number" if whole or isinstance(default, int) else "number"


@dataclass(frozen=True)
class Options:
    """The base of the options of every style and format: checks each field by its rule."""

    def __post_init__(self) -> None:
        for one in fields(self):
            checked = one.metadata["rule"].check(one.name, getattr(self, one.name))
            object.__setattr__(self, one.name, checked)


SomeOptions = TypeVar("SomeOptions", bound=Options)


def make_options(kind: type[SomeOptions], values: Mapping[str, Any]) -> SomeOptions:
    """Return options of `kind` with `values`, Python or text; RenderError for a wrong name or value."""
    known = [one.name for one in fields(kind)]
    for name in values:
        if name not in known:
            raise unknown("option", name, known)
    return kind(**values)


def read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Return `KEY=VALUE` texts as a dict; a `-` in a key reads as `_`.

    >>> read_pairs(["width=0.1", "color=navy"])
    {'width': '0.1', 'color': 'navy'}
    """
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise RenderError(f"{pair!r} is not KEY=VALUE", "for example width=0.1")
        values[name] = value.strip()
    return values
