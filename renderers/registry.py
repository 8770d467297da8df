"""Names → styles and formats: two tables whose modules are imported when a name is used, and plug-ins.

A style is a module, or any object, with SUMMARY, a dataclass Options (see options.py) and
scene(ink, options) -> Scene, and may have NEEDS, a tuple that names what it draws and not all ink has: fields
of Ink, or keys of its `extra`. A format has SUMMARY, Options and encode(scene, page, options) -> bytes, and
may have BINARY (False where its bytes are text). Third parties offer them by entry points in the groups
`hw.renderers` and `hw.formats`; see docs/plugins.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from renderers import plugins
from renderers.errors import RenderError, unknown

if TYPE_CHECKING:
    from renderers.formats.progress import Report
    from renderers.ink import Ink
    from renderers.options import Options
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
}


@dataclass(frozen=True)
class BuiltinFormat:
    """What is known of a format without importing it."""

    module: str
    suffixes: tuple[str, ...] = ()
    binary: bool = True


FORMATS = {
    "svg": BuiltinFormat("renderers.formats.svg", (".svg",), binary=False),
    "png": BuiltinFormat("renderers.formats.png", (".png",)),
    "gif": BuiltinFormat("renderers.formats.gif", (".gif",)),
    "term": BuiltinFormat("renderers.formats.terminal", binary=False),
}


@dataclass(frozen=True)
class Style:
    """A way to draw ink."""

    name: str
    summary: str
    options: type[Options]
    draw: Callable[[Ink, Any], Scene]
    origin: str | None = None  # the package that it comes from; None for our own
    needs: tuple[str, ...] = ()  # fields of Ink, and keys of its `extra`, without which it draws nothing

    def lacks(self, ink: Ink) -> list[str]:
        """Which of its needs `ink` does not have, so that it need not be asked to draw it."""
        return [name for name in self.needs if getattr(ink, name, ink.extra.get(name)) is None]

    def scene(self, ink: Ink, options: Options) -> Scene:
        """`ink` drawn; RenderError for ink that the style cannot draw, and for a plug-in that fails."""
        from renderers.scene.scene import Scene

        made = _run(f"the style {self.name!r}", self.origin, self.draw, ink, options)
        if not isinstance(made, Scene):
            raise _broken("style", self.name, self.origin, "its scene() gave no Scene")
        return made


@dataclass(frozen=True)
class Format:
    """A kind of picture."""

    name: str
    summary: str
    suffixes: tuple[str, ...]
    binary: bool
    options: type[Options]
    write: Callable[..., bytes]
    origin: str | None = None

    @property
    def reports(self) -> bool:
        """Whether it tells how far it is, for pictures that take long."""
        return "progress" in signature(self.write).parameters

    def encode(
        self, scene: Scene, page: Page, options: Mapping[str, Any] | None = None, report: Report | None = None
    ) -> bytes:
        """`scene` on `page` as a file's bytes, with the format's `options`, as values or as text.

        `report` is called as a long picture is made. RenderError for an option that does not fit, for a
        picture that cannot be made, and for a plug-in that fails.
        """
        from renderers.options import make_options

        checked = make_options(self.options, options or {})
        more = {"progress": report} if report and self.reports else {}
        data = _run(f"the format {self.name!r}", self.origin, self.write, scene, page, checked, **more)
        if not isinstance(data, bytes):
            raise _broken("format", self.name, self.origin, "its encode() gave no bytes")
        return data


def style_names() -> list[str]:
    """The names of all styles, ours first."""
    return list(dict.fromkeys([*STYLES, *_others(STYLE_GROUP)]))


def format_names() -> list[str]:
    """The names of all formats, ours first."""
    return list(dict.fromkeys([*FORMATS, *_others(FORMAT_GROUP)]))


def style(name: str) -> Style:
    """The style called `name`.

    RenderError names the nearest for one that is not there, both for one that two packages offer, and what
    is wrong with a plug-in that cannot be used.
    """
    found, origin = _find("style", STYLE_GROUP, name, STYLES)
    module = import_module(found) if isinstance(found, str) else found
    _check("style", name, origin, module, "scene")
    needs = getattr(module, "NEEDS", ())
    if not (isinstance(needs, tuple) and all(isinstance(need, str) for need in needs)):
        raise _broken("style", name, origin, "its NEEDS is no tuple of names")
    return Style(name, str(module.SUMMARY), module.Options, module.scene, origin, needs)


def format_for(path_or_name: str | os.PathLike[str]) -> Format:
    """The format called so, or whose suffix the path has; RenderError names what there is.

    A plug-in's suffix is its name.
    """
    name = format_name(path_or_name)
    found, origin = _find("format", FORMAT_GROUP, name, {k: v.module for k, v in FORMATS.items()})
    module = import_module(found) if isinstance(found, str) else found
    _check("format", name, origin, module, "encode")
    known = FORMATS.get(name, BuiltinFormat("", (f".{name}",), bool(getattr(module, "BINARY", True))))
    summary = str(module.SUMMARY)
    return Format(name, summary, known.suffixes, known.binary, module.Options, module.encode, origin)


def format_name(path_or_name: str | os.PathLike[str]) -> str:
    """The name of the format called so, or whose suffix the path has; RenderError names what there is."""
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
        raise RenderError(f"unknown format {text!r}", f"formats are {names}; suffixes of files {every}")
    raise RenderError(f"{text}: no format has the suffix {suffix!r}", f"pictures are saved as {every}")


def split_options(
    style_name: str, format_name: str, pairs: Iterable[str], more: Mapping[str, Any] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """`["key=value", …]` as options of the style and options of the format; RenderError if one fits neither.

    A name that both have is the style's. `more` are options of the format that are checked with its pairs.
    """
    from renderers.options import make_options, read_pairs

    own, its = style(style_name), format_for(format_name)
    names = option_names(own), option_names(its)
    styles: dict[str, str] = {}
    formats: dict[str, str] = {}
    for name, value in read_pairs(pairs).items():
        if name not in names[0] + names[1]:
            raise unknown(f"option of {style_name} or {format_name}", name, names[0] + names[1])
        (styles if name in names[0] else formats)[name] = value
    make_options(own.options, styles)
    make_options(its.options, {**(more or {}), **formats})
    return styles, formats


def option_names(one: Style | Format) -> list[str]:
    """The names of the options of a style or a format."""
    return [f.name for f in fields(one.options)]


def _find(kind: str, group: str, name: str, table: Mapping[str, str]) -> tuple[Any, str | None]:
    """Our module's name, or a plug-in's object and its origin."""
    if not isinstance(name, str):
        raise unknown(kind, str(name), table)
    if name in table and not plugins.any_offered(group):
        return table[name], None
    points = plugins.offered(group).get(name, ())
    offers = ([f"hw itself ({table[name]})"] if name in table else []) + [plugins.origin(p) for p in points]
    if not offers:
        raise unknown(kind, name, [*table, *_others(group)])
    if len(offers) > 1:
        hint = "uninstall one of them, or have its author choose another name"
        raise RenderError(f"the {kind} {name!r} is offered by {' and by '.join(offers)}", hint)
    if not points:
        return table[name], None
    return plugins.load(kind, points[0]), offers[0]


def _others(group: str) -> list[str]:
    return list(plugins.offered(group))


def _check(kind: str, name: str, origin: str | None, module: Any, function: str) -> None:
    """RenderError unless `module` has what a style or a format has to have."""
    from renderers.options import Options

    if not isinstance(getattr(module, "SUMMARY", None), str):
        raise _broken(kind, name, origin, "it has no SUMMARY, a line of text")
    options = getattr(module, "Options", None)
    if not (isinstance(options, type) and issubclass(options, Options)):
        raise _broken(
            kind, name, origin, "it has no Options, a dataclass made from renderers.options.Options"
        )
    bare = [f.name for f in fields(options) if "rule" not in f.metadata]
    if bare:
        raise _broken(kind, name, origin, f"its option {bare[0]!r} is not made with renderers.options.option")
    if not callable(getattr(module, function, None)):
        raise _broken(kind, name, origin, f"it has no function {function}")


def _broken(kind: str, name: str, origin: str | None, why: str) -> RenderError:
    return RenderError(
        f"the {kind} {name!r} of {origin or 'hw itself'} is broken: {why}", "see docs/plugins.md"
    )


def _run(what: str, origin: str | None, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """`call(*args)`; whatever a plug-in raises becomes a RenderError that names it."""
    if origin is None:
        return call(*args, **more)
    try:
        return call(*args, **more)
    except RenderError:
        raise
    except Exception as error:  # a stranger's code may raise anything
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise RenderError(f"{what} of {origin} failed: {why}", "its author should hear of it") from error
