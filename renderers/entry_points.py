"""Discovery of third-party styles and formats by the entry points of installed packages."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from renderers.errors import RenderError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@cache
def offered(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    """Return the entry points in `group` by name, without importing them; cached."""
    from importlib.metadata import entry_points  # slow, because it reads the metadata of every package

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in sorted(entry_points(group=group), key=lambda p: (p.name, p.value)):
        if point not in found.get(point.name, ()):
            found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def any_offered(group: str) -> bool:
    """Return whether a package on sys.path mentions `group` in its entry_points.txt.

    This is faster than importing importlib.metadata, which takes longer than drawing many a picture, and most
    users have no plug-ins. It misses packages in eggs and zip files, which `offered` finds.
    """
    section = f"[{group}]".encode()
    for folder in dict.fromkeys(sys.path):
        try:
            names = [n for n in os.listdir(folder or ".") if n.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in names:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if section in file.read():
                        return True
            except OSError:
                continue
    return False


def origin(point: EntryPoint) -> str:
    """Return the package of an entry point, with its version: `hw-dots 0.1 (hw_dots:style)`."""
    about = f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed package"
    return f"{about} ({point.value})"


def load(kind: str, point: EntryPoint) -> Any:
    """Import the object of an entry point; RenderError if that fails for any reason."""
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # third-party code may raise anything
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = f"update or uninstall the package, or choose another {kind}"
        raise RenderError(
            f"the {kind} {point.name!r} of {origin(point)} cannot be loaded: {cause}", hint
        ) from error
