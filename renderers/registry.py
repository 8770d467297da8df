"""Styles and formats by name: two tables whose modules are imported on first use, and plug-ins.

renderers.plugin describes what a style and a format consist of, built in or not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from renderers import entry_points
from renderers.errors import RenderError, unknown
from renderers.options import Options, make_options, read_pairs
from renderers.page.lengths import is_length

if TYPE_CHECKING:
    from renderers.formats.progress import Report
    from renderers.ink import Ink
    from renderers.page.page import Page
    from renderers.scene.scene import Scene

STYLE_GROUP, FORMAT_GROUP = "hw.renderers", "hw.formats"

STYLES = {
    "plain": "renderers.styles.plain",
    "color": "renderers.styles.color",
    "multi": "renderers.styles.multi",
    "eos": "renderers.styles.eos",
    "pdf": "renderers.styles.pdf",
    "window": "renderers.styles.window",
    "attention": "renderers.styles.attention",
}


@dataclass(frozen=True)
class BuiltinFormat:
    """Facts about a format that are known without importing it."""

    module: str
    suffixes: tuple[str, ...] = ()
    binary: bool = True


FORMATS = {
    "svg": BuiltinFormat("renderers.formats.svg", (".svg",), binary=False),
    "png": BuiltinFormat("renderers.formats.png", (".png",)),
    "gif": BuiltinFormat("renderers.formats.gif", (".gif",)),
    "pdf": BuiltinFormat("renderers.formats.pdf", (".pdf",)),
    "html": BuiltinFormat("renderers.formats.html", (".html", ".htm"), binary=False),
    "gcode": BuiltinFormat("renderers.formats.gcode", (".gcode", ".nc", ".ngc"), binary=False),
    "term": BuiltinFormat("renderers.formats.terminal", binary=False),
}


@dataclass(frozen=True)
class Style:
    """A way to draw ink."""

    name: str
    summary: str
    options: type[Options]
    draw: Callable[[Ink, Any], Scene]
    origin: str | None = None  # the package that offers it; None for a built-in style
    needs: tuple[str, ...] = ()  # fields of Ink, or keys of its `extra`, that it draws

    def lacks(self, ink: Ink) -> list[str]:
        """Return what the style needs and `ink` does not have."""
        return [name for name in self.needs if getattr(ink, name, ink.extra.get(name)) is None]

    def scene(self, ink: Ink, options: Options) -> Scene:
        """Draw `ink`; RenderError for ink that the style cannot draw, and for a plug-in that fails."""
        from renderers.scene.scene import Scene

        made = _run(f"the style {self.name!r}", self.origin, self.draw, ink, options)
        if not isinstance(made, Scene):
            raise _broken("style", self.name, self.origin, "scene() must return a Scene")
        return made


@dataclass(frozen=True)
class Format:
    """A picture format."""

    name: str
    summary: str
    suffixes: tuple[str, ...]
    binary: bool
    options: type[Options]
    write: Callable[..., bytes]
    origin: str | None = None
    write_pages: Callable[..., Iterator[bytes]] | None = None  # several pages in one file; built-in only
    plotter: bool = False  # whether its pages are always those of a plotter

    @property
    def reports(self) -> bool:
        """Whether it reports progress, for pictures that take long."""
        return "progress" in signature(self.write).parameters

    def encode(
        self, scene: Scene, page: Page, options: Options | None = None, report: Report | None = None
    ) -> bytes:
        """Return the bytes of `scene` on `page`, calling `report` meanwhile; RenderError if that fails."""
        more = {"progress": report} if report and self.reports else {}
        chosen = self.options() if options is None else options
        data = _run(f"the format {self.name!r}", self.origin, self.write, scene, page, chosen, **more)
        if not isinstance(data, bytes):
            raise _broken("format", self.name, self.origin, "encode() must return bytes")
        return data

    def encode_pages(self, pages: Iterable[tuple[Scene, Page]], options: Options) -> Iterator[bytes]:
        """Yield the bytes of a file with a page for each of `pages`, which are taken one by one.

        Raises RenderError if that fails, or if the format has no pages.
        """
        if self.write_pages is None:
            having = [name for name in FORMATS if format_for(name).write_pages]
            hint = f"pages are written by {', '.join(having)}"
            raise RenderError(f"a file of the format {self.name} holds one picture, not pages", hint)
        return self.write_pages(pages, options)


def style_names() -> list[str]:
    """Return the names of all styles, built-in ones first."""
    return list(dict.fromkeys([*STYLES, *_others(STYLE_GROUP)]))


def format_names() -> list[str]:
    """Return the names of all formats, built-in ones first."""
    return list(dict.fromkeys([*FORMATS, *_others(FORMAT_GROUP)]))


def style(name: str) -> Style:
    """Return the style `name`; RenderError if it is unknown, offered by two packages, or a broken plug-in."""
    found, origin = _find("style", STYLE_GROUP, name, STYLES)
    module = import_module(found) if isinstance(found, str) else found
    _check("style", name, origin, module, "scene")
    needs = getattr(module, "NEEDS", ())
    if not (isinstance(needs, tuple) and all(isinstance(need, str) for need in needs)):
        raise _broken("style", name, origin, "NEEDS must be a tuple of names")
    return Style(name, str(module.SUMMARY), module.Options, module.scene, origin, needs)


def format_for(path_or_name: str | os.PathLike[str]) -> Format:
    """Return the format with this name or suffix (a plug-in's is its name); RenderError names the known."""
    name = format_name(path_or_name)
    found, origin = _find("format", FORMAT_GROUP, name, {k: v.module for k, v in FORMATS.items()})
    module = import_module(found) if isinstance(found, str) else found
    _check("format", name, origin, module, "encode")
    known = FORMATS.get(name, BuiltinFormat("", (f".{name}",), bool(getattr(module, "BINARY", True))))
    summary = str(module.SUMMARY)
    pages = getattr(module, "encode_pages", None) if origin is None else None
    of_machine = bool(getattr(module, "PLOTTER", False))
    kinds = known.suffixes, known.binary
    return Format(name, summary, *kinds, module.Options, module.encode, origin, pages, of_machine)


def format_name(path_or_name: str | os.PathLike[str]) -> str:
    """Return the name of the format with this name, or with the suffix of this path, without importing it."""
    text = os.fspath(path_or_name)
    if text in FORMATS:
        return text
    suffix = os.path.splitext(text)[1].lower()
    for name, one in FORMATS.items():
        if suffix in one.suffixes:
            return name
    others = _others(FORMAT_GROUP)
    for name in (text, suffix[1:]):
        if name in others:
            return name
    every = ", ".join([*(s for one in FORMATS.values() for s in one.suffixes), *(f".{n}" for n in others)])
    if not suffix and os.path.basename(text) == text:
        names = ", ".join(format_names())
        raise RenderError(f"unknown format {text!r}", f"formats: {names}; suffixes of files: {every}")
    raise RenderError(f"{text}: no format has the suffix {suffix!r}", f"pictures are saved as {every}")


def split_options(
    style: Style, format: Format, pairs: Iterable[str], settings: Mapping[str, Any] | None = None
) -> tuple[Options, Options]:
    """Return `KEY=VALUE` texts as checked options of the style and of the format.

    A key that both have belongs to the style. `settings` are further options of the format, which pairs
    override. Raises RenderError for a key that neither has, and for a value that does not fit.
    """
    own, its = option_names(style), option_names(format)
    values = read_pairs(pairs)
    for key in values:
        if key not in own + its:
            raise unknown(f"option of {style.name} or {format.name}", key, own + its)
    of_style = {key: value for key, value in values.items() if key in own}
    kinds = {one.name: one.metadata["rule"].kind for one in fields(style.options)}
    if kinds.get("width") == "number" and is_length(width := of_style.get("width", "")):
        message = f"width cannot be {width!r}: it is a fraction of the writing size"
        raise RenderError(message, f"give the width of the pen: --pen {width}")
    of_format = {key: value for key, value in values.items() if key not in own}
    return make_options(style.options, of_style), make_options(
        format.options, {**(settings or {}), **of_format}
    )


def option_names(one: Style | Format) -> list[str]:
    """Return the names of the options of a style or a format."""
    return [f.name for f in fields(one.options)]


def _find(kind: str, group: str, name: str, table: Mapping[str, str]) -> tuple[Any, str | None]:
    """Return the name of a built-in module, or a plug-in's object and its origin."""
    if not isinstance(name, str):
        raise unknown(kind, str(name), table)
    if name in table and not entry_points.any_offered(group):
        return table[name], None
    points = entry_points.offered(group).get(name, ())
    offers = ([f"hw itself ({table[name]})"] if name in table else []) + [
        entry_points.origin(p) for p in points
    ]
    if not offers:
        raise unknown(kind, name, [*table, *_others(group)])
    if len(offers) > 1:
        hint = "uninstall one of them, or ask its author for another name"
        raise RenderError(f"the {kind} {name!r} is offered by {' and by '.join(offers)}", hint)
    if not points:
        return table[name], None
    return entry_points.load(kind, points[0]), offers[0]


def _others(group: str) -> list[str]:
    return list(entry_points.offered(group))


def _check(kind: str, name: str, origin: str | None, module: Any, function: str) -> None:
    """Raise RenderError unless `module` has everything that a style or a format needs."""
    if not isinstance(getattr(module, "SUMMARY", None), str):
        raise _broken(kind, name, origin, "SUMMARY must be one line of text")
    options = getattr(module, "Options", None)
    if not (isinstance(options, type) and issubclass(options, Options)):
        raise _broken(kind, name, origin, "Options must be a dataclass derived from renderers.plugin.Options")
    bare = [f.name for f in fields(options) if "rule" not in f.metadata]
    if bare:
        raise _broken(kind, name, origin, f"option {bare[0]!r} must be declared with option()")
    if not callable(getattr(module, function, None)):
        raise _broken(kind, name, origin, f"it needs a function {function}")


def _broken(kind: str, name: str, origin: str | None, why: str) -> RenderError:
    return RenderError(
        f"the {kind} {name!r} of {origin or 'hw itself'} is broken: {why}", "see docs/plugins.md"
    )


def _run(what: str, origin: str | None, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Return `call(*args)`; whatever a plug-in raises becomes a RenderError that names the plug-in."""
    try:
        return call(*args, **more)
    except Exception as error:  # third-party code may raise anything
        if origin is None or isinstance(error, RenderError):
            raise
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise RenderError(
            f"{what} of {origin} failed: {why}", "please report this to the plug-in's author"
        ) from error
