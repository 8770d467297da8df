"""Options of a style or a format: frozen dataclasses whose fields say their own help, kind and range.

A field is made with `option(...)`. Values are checked when the dataclass is made, whether they come from
Python or, as text, from a command line, so a style never meets a value that it cannot draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from renderers.errors import RenderError, unknown
from renderers.page.lengths import to_px
from renderers.scene.colors import parse_color

_YES_NO = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True)
class Rule:
    """What an option may be. `least` and `most` are inclusive; for colours they count them."""

    help: str
    kind: str  # number, whole number, length, yes or no, color, colors or choice
    least: float = -math.inf
    most: float = math.inf
    choices: tuple[str, ...] = ()
    unset: str | None = None  # what None means, for an option that may be left open

    def check(self, name: str, value: Any) -> Any:
        """`value` as the option's own type; RenderError if it is text or a value that does not fit."""
        if self.unset is not None and value in (None, self.unset):
            return None
        if self.kind == "yes or no":
            return self._yes_or_no(name, value)
        if self.kind == "length":
            return to_px(value, name, least=-1e-300)
        if self.kind == "color":
            return parse_color(value, what=name)
        if self.kind == "colors":
            return self._colors(name, value)
        if self.kind == "choice":
            if value not in self.choices:
                raise unknown(f"value of {name}:", str(value), self.choices)
            return value
        return self._number(name, value)

    def describe(self) -> str:
        """The kind with its range, for a person: `number from 0.001 to 1`."""
        if self.kind == "choice":
            return " or ".join(self.choices)
        low, high = (f"{v:g}" if math.isfinite(v) else "" for v in (self.least, self.most))
        span = f" from {low} to {high}" if low and high else f" from {low}" if low else ""
        kind = self.kind + span if self.kind.endswith("number") else self.kind
        kind += " (0.3mm, or a number of px)" if kind == "length" else ""
        return f"{kind}, or {self.unset}" if self.unset else kind

    def show(self, value: Any) -> str:
        """`value` as it is written on a command line."""
        if value is None:
            return self.unset or ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:g}"
        return ",".join(value) if isinstance(value, tuple) else str(value)

    def _yes_or_no(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value.lower() not in _YES_NO:
            raise RenderError(f"{name} is {value!r}", f"{name} is yes or no")
        return _YES_NO[value.lower()]

    def _number(self, name: str, value: Any) -> float:
        whole = self.kind == "whole number"
        wrong = RenderError(f"{name} is {value!r}", f"{name} is a {self.describe()}")
        if isinstance(value, bool):
            raise wrong
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise wrong from None
        if not self.least <= number <= self.most or (whole and number != math.floor(number)):
            raise wrong
        return int(number) if whole else number

    def _colors(self, name: str, value: Any) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Iterable):
            raise RenderError(f"{name} is {value!r}", f"{name} is a list of colours: red,#0a7,navy")
        found = tuple(dict.fromkeys(parse_color(part, what=name) for part in parts))
        if not self.least <= len(found) <= self.most:
            hint = f"give at least {self.least:g}: {name}=navy,crimson"
            raise RenderError(f"{name} has {len(found)} different colours", hint)
        return found


def option(
    default: Any,
    help: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    choices: Iterable[str] = (),
    color: bool = False,
    length: bool = False,
    whole: bool = False,
    unset: str | None = None,
) -> Any:
    """A dataclass field that is an option; its kind follows from `default` (and `color` and `length`).

    An option that may be left open has the default None and a word for that, `unset`; it is a number, and
    `whole` says whether a whole one.
    """
    if isinstance(default, tuple):
        kind = "colors"
    elif isinstance(default, bool):
        kind = "yes or no"
    elif color:
        kind = "color"
    elif length:
        kind = "length"
    elif isinstance(default, str):
        kind = "choice"
    else:
        kind = "whole number" if whole or isinstance(default, int) else "number"
    return field(default=default, metadata={"rule": Rule(help, kind, least, most, tuple(choices), unset)})


@dataclass(frozen=True)
class Options:
    """The base of the options of every style and format: checks each field by its rule."""

    def __post_init__(self) -> None:
        for one in fields(self):
            checked = one.metadata["rule"].check(one.name, getattr(self, one.name))
            object.__setattr__(self, one.name, checked)


SomeOptions = TypeVar("SomeOptions", bound=Options)


def make_options(kind: type[SomeOptions], values: Mapping[str, Any]) -> SomeOptions:
    """The options that `values` ask for; RenderError names the nearest option for one that is not there."""
    known = [one.name for one in fields(kind)]
    for name in values:
        if name not in known:
            raise unknown("option", name, known)
    return kind(**values)


def read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """`["width=0.1", "color=navy"]` as a dict; a `-` in a name reads as `_`."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise RenderError(f"option {pair!r} has no value", "options are written key=value: width=0.1")
        values[name] = value.strip()
    return values
