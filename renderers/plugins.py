"""Styles and formats of third parties: what installed packages offer under a group of entry points."""

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
    """Name → every entry point of that name in `group`; looked up once, nothing is imported."""
    from importlib.metadata import entry_points  # reads every package's metadata: only where it is needed

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in sorted(entry_points(group=group), key=lambda p: (p.name, p.value)):
        if point not in found.get(point.name, ()):
            found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def any_offered(group: str) -> bool:
    """Whether a package on the path mentions `group`: a look at a few small files.

    importlib.metadata takes longer to import than many a picture to draw, and most people have no plug-ins.
    Packages in unusual places (eggs, zip files) are not seen here; `offered` sees them.
    """
    wanted = f"[{group}]".encode()
    for folder in dict.fromkeys(sys.path):
        try:
            names = [n for n in os.listdir(folder or ".") if n.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in names:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if wanted in file.read():
                        return True
            except OSError:
                continue
    return False


def origin(point: EntryPoint) -> str:
    """Who offers an entry point: `hw-dots 0.1 (hw_dots:style)`."""
    about = f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed package"
    return f"{about} ({point.value})"


def load(kind: str, point: EntryPoint) -> Any:
    """What the entry point names; RenderError that says what broke, whatever it was."""
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # a stranger's import may raise anything
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = "update or uninstall that package, or choose another"
        raise RenderError(
            f"the {kind} {point.name!r} of {origin(point)} cannot be loaded: {what}", hint
        ) from error
