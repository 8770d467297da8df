"""Third-party readers of ink, found by the entry points of installed packages (docs/plugins.md).

A package is imported only if its format is named, if no built-in format knows a file, or to list it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hwcli.errors import HwError
from hwcli.hw_warning import warn
from hwcli.ink_io.found_ink import FoundInk
from renderers import entry_points
from renderers.errors import RenderError
from renderers.ink import Ink, InkError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "hw.readers"


@dataclass(frozen=True)
class PluginFormat:
    """A format of ink that a package reads, with the functions of a built-in one."""

    name: str
    SUMMARY: str
    SUFFIXES: tuple[str, ...]
    origin: str
    _matches: Callable[[bytes], Any]
    _read_each: Callable[[bytes, str], Any]

    def matches(self, head: bytes) -> bool:
        """Return whether a file begins as one of this format; False, with a warning, if that fails."""
        try:
            return bool(self._matches(head))
        except Exception as error:  # third-party code may raise anything
            _warn(f"the reader {self.name!r} of {self.origin} failed: {_cause(error)}")
            return False

    def read_each(self, data: bytes, name: str) -> Iterator[FoundInk | HwError]:
        """Yield every ink in a file's `data`, or the error that ends it."""
        try:
            for ink in self._read_each(data, name):
                if not isinstance(ink, Ink):
                    raise _broken(self.name, self.origin, "read_each() must yield Ink")
                yield FoundInk(ink, self.name, _text(ink, "form"), _text(ink, "writer"))
        except (InkError, RenderError) as error:
            yield HwError(f"{name}: {error}", getattr(error, "hint", None))
        except Exception as error:  # third-party code may raise anything
            why = f"the reader {self.name!r} of {self.origin} failed: {_cause(error)}"
            yield HwError(f"{name}: {why}", "please report this to the plug-in's author")


def names() -> list[str]:
    """Return the names of all formats that packages read."""
    return list(entry_points.offered(GROUP)) if entry_points.any_offered(GROUP) else []


@cache
def load(name: str) -> PluginFormat:
    """Return the format `name`; RenderError if no package, two packages or a broken one offers it."""
    points: tuple[EntryPoint, ...] = entry_points.offered(GROUP).get(name, ())
    origins = [entry_points.origin(point) for point in points]
    if len(points) != 1:
        raise RenderError(
            f"the reader {name!r} is offered by {' and by '.join(origins) or 'no package'}",
            "uninstall one of them, or ask its author for another name",
        )
    found, origin = entry_points.load("reader", points[0]), origins[0]
    if not isinstance(getattr(found, "SUMMARY", None), str):
        raise _broken(name, origin, "SUMMARY must be one line of text")
    for function in ("matches", "read_each"):
        if not callable(getattr(found, function, None)):
            raise _broken(name, origin, f"it needs a function {function}")
    suffixes = getattr(found, "SUFFIXES", ())
    if not (isinstance(suffixes, tuple) and all(isinstance(one, str) for one in suffixes)):
        raise _broken(name, origin, "SUFFIXES must be a tuple of texts")
    return PluginFormat(name, found.SUMMARY, suffixes, origin, found.matches, found.read_each)


def detect(head: bytes, taken: tuple[str, ...]) -> str | None:
    """Return the first format, by name, of a file that begins with `head`; broken packages are warned of.

    Those called as one of the built-in formats, `taken`, are passed over.
    """
    for name in names():
        try:
            if name not in taken and load(name).matches(head):
                return name
        except RenderError as error:
            _warn(error.message)
    return None


@cache
def _warn(message: str) -> None:
    """Print a warning, once."""
    warn(message)


def _broken(name: str, origin: str, why: str) -> RenderError:
    return RenderError(f"the reader {name!r} of {origin} is broken: {why}", "see docs/plugins.md")


def _cause(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _text(ink: Ink, key: str) -> str | None:
    return str(value) if (value := ink.extra.get(key)) else None
