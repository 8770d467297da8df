"""Names → styles and formats: two tables, whose modules are imported when a name is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from renderers.errors import RenderError, unknown

if TYPE_CHECKING:
    from renderers.ink import Ink
    from renderers.options import Options
    from renderers.page import Page
    from renderers.scene import Scene

# A style's module has SUMMARY, a dataclass Options (see options.py) and scene(ink, options) -> Scene.
STYLES = {
    "plain": "renderers.plain",
    "color": "renderers.color",
    "multi": "renderers.multi",
    "eos": "renderers.eos",
    "pdf": "renderers.pdf",
}


@dataclass(frozen=True)
class Style:
    """A way to draw ink."""

    name: str
    summary: str
    options: type[Options]
    scene: Callable[[Ink, Any], Scene]


@dataclass(frozen=True)
class OptionInfo:
    """What `hw render --list` says of an option."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True)
class StyleInfo:
    """What `hw render --list` says of a style."""

    name: str
    summary: str
    options: tuple[OptionInfo, ...]


@dataclass(frozen=True)
class Format:
    """A kind of file. Its module has encode(scene, page, **options) -> bytes."""

    name: str
    module: str
    summary: str
    suffixes: tuple[str, ...] = ()
    binary: bool = True

    def encode(self, scene: Scene, page: Page, **options: Any) -> bytes:
        """`scene` on `page` as a file's bytes; RenderError for an option that the format does not have."""
        encode = import_module(self.module).encode
        known = list(signature(encode).parameters)[2:]  # after the scene and the page
        for name in options:
            if name not in known:
                raise unknown(f"option of {self.name}", name, known)
        data: bytes = encode(scene, page, **options)
        return data


FORMATS = {
    one.name: one
    for one in (
        Format("svg", "renderers.svg", "vector picture", (".svg",), binary=False),
        Format("png", "renderers.png", "picture of pixels", (".png",)),
        Format("term", "renderers.terminal", "braille characters, for a terminal", binary=False),
    )
}


def style_names() -> list[str]:
    """The names of all styles."""
    return list(STYLES)


def style(name: str) -> Style:
    """The style called `name`; RenderError names the nearest for one that is not there."""
    if name not in STYLES:
        raise unknown("style", str(name), STYLES)
    module = import_module(STYLES[name])
    return Style(name, module.SUMMARY, module.Options, module.scene)


def describe() -> list[StyleInfo]:
    """Every style with its options, as text for a person."""
    found = []
    for name in style_names():
        one = style(name)
        options = []
        for f in fields(one.options):
            default = ",".join(f.default) if isinstance(f.default, tuple) else str(f.default)
            options.append(
                OptionInfo(f.name, f.metadata["rule"].describe(), default, f.metadata["rule"].help)
            )
        found.append(StyleInfo(name, one.summary, tuple(options)))
    return found


def parse_options(name: str, pairs: Iterable[str]) -> Options:
    """The options of style `name` from `["key=value", …]`; RenderError if they do not fit."""
    from renderers.options import make_options, read_pairs

    return make_options(style(name).options, read_pairs(pairs))


def format_for(path_or_name: str | os.PathLike[str]) -> Format:
    """The format called so, or whose suffix the path has; RenderError names what there is."""
    text = os.fspath(path_or_name)
    if text in FORMATS:
        return FORMATS[text]
    suffix = os.path.splitext(text)[1].lower()
    for one in FORMATS.values():
        if suffix in one.suffixes:
            return one
    every = ", ".join(s for one in FORMATS.values() for s in one.suffixes)
    if not suffix and os.path.basename(text) == text:
        raise RenderError(
            f"unknown format {text!r}", f"formats are {', '.join(FORMATS)}; suffixes of files {every}"
        )
    raise RenderError(f"{text}: no format has the suffix {suffix!r}", f"pictures are saved as {every}")
