"""Hands to write in, saved by name. A hand is one line of ink with its text, in a small file.

The bundled hands were sampled from the bundled model; none is a person's ink. `hw hand save` adds others to
the user's own folder: $HW_HANDS, or else the place where the system keeps an application's data.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import typer

from hwcli.atomic import write_atomically
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.files import read_ink
from hwcli.ink_size import Size
from renderers.ink import Ink

BUNDLED = Path(__file__).parent
SUFFIX = ".ndjson"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FEWEST = 4  # characters that a hand can be told from


def folder() -> Path:
    """The user's own hands."""
    named = os.environ.get("HW_HANDS")
    return Path(named) if named else Path(typer.get_app_dir("hw")) / "hands"


def names() -> dict[str, Path]:
    """Name → file of every hand, sorted; a hand of the user's own hides a bundled one of its name."""
    found = {path.stem: path for place in (BUNDLED, folder()) for path in place.glob(f"*{SUFFIX}")}
    return dict(sorted(found.items()))


def load(name: str) -> Ink:
    """The hand called `name`, or the ink in the file `name`. HwError for neither, or without text."""
    known = names()
    path = known.get(name) or Path(name)
    if not os.path.exists(path):  # Path.exists() raises an OSError for a name that is too long
        listed = ", ".join(known) or "none yet"
        raise HwError(
            f"hand {name!r} not found (no saved hand or file of that name)",
            f"known hands: {listed}; see hw hand save",
        )
    ink = read_ink(path)
    if not ink.text:
        raise HwError(f"{path} does not say what is written in it", "save it with hw hand save … --text TEXT")
    return ink


def save(name: str, ink: Ink, text: str | None = None, overwrite: bool = False) -> Path:
    """Keep `ink`, which says `text` (its own by default), as the hand `name`; returns its file.

    HwError for a name that is none, one that is taken, ink whose text is unknown or too short, and ink
    without an extent.
    """
    if not NAME.fullmatch(name):
        raise HwError(f"a hand cannot be named {name!r}", "use letters, digits, dots, dashes and underscores")
    said = " ".join((text or ink.text or "").split())
    if len(said) < FEWEST:
        hint = f"a hand is told from a line of it: --text TEXT, at least {FEWEST} characters"
        raise HwError("a hand needs the text of its ink", hint)
    if any(0xD800 <= ord(c) < 0xE000 for c in said):  # an argument of other bytes
        raise HwError("the text of the hand is not UTF-8", "give it as UTF-8: --text TEXT")
    if Size.of(ink) is None:
        raise HwError("the ink has no extent: it cannot be a hand", "a hand is told from a line of it")
    path = folder() / f"{name}{SUFFIX}"
    if path.exists() and not overwrite:
        raise HwError(f"hand {name} already exists: {path}", "--overwrite replaces it")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = Ink(strokes=ink.strokes, text=said, id=name)
    write_atomically(path, ndjson.dump(kept))
    return path


def remove(name: str) -> Path:
    """Remove a hand of the user's own and return its file; HwError if there is none of that name."""
    path = folder() / f"{name}{SUFFIX}"
    if not NAME.fullmatch(name) or not path.is_file():
        own = ", ".join(p.stem for p in sorted(folder().glob(f"*{SUFFIX}"))) or "none"
        raise HwError(
            f"none of your hands is called {name!r}", f"your hands: {own}; bundled hands cannot be removed"
        )
    path.unlink()
    return path
