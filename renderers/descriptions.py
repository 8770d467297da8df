"""All styles and formats with their options, described in words for `hw render --list`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from renderers.errors import RenderError
from renderers.registry import Format, Style, format_for, format_names, style, style_names


@dataclass(frozen=True)
class OptionInfo:
    """An option in words."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True)
class Info:
    """A style or a format in words; `trouble` says why it cannot be used."""

    name: str
    summary: str
    options: tuple[OptionInfo, ...] = ()
    origin: str | None = None
    trouble: str | None = None


def describe() -> list[Info]:
    """Describe every style with its options; a broken one by what is wrong with it."""
    return [_info(name, style) for name in style_names()]


def describe_formats() -> list[Info]:
    """Describe every format with its options; a broken one by what is wrong with it."""
    return [_info(name, format_for) for name in format_names()]


def _info(name: str, find: Callable[[str], Style | Format]) -> Info:
    try:
        one = find(name)
    except RenderError as error:
        return Info(name, "", trouble=error.message)
    options = []
    for f in fields(one.options):
        rule = f.metadata["rule"]
        options.append(OptionInfo(f.name, rule.describe(), rule.show(f.default), rule.help))
    return Info(name, one.summary, tuple(options), one.origin)
