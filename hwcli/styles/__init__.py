"""Styles: hands to write in, kept by name. A style is ink with its text: a prime in a small file.

Some come with the package, sampled from the bundled model (no person's ink is among them); `hw style save`
keeps others in the user's own folder, $HW_STYLES, or where the system keeps an application's data.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import typer

from hwcli.errors import HwError
from hwcli.files import write_atomically
from hwcli.formats import ndjson
from hwcli.formats.files import read_ink
from hwcli.sampling.fit import Size
from renderers.ink import Ink

BUNDLED = Path(__file__).parent
SUFFIX = ".ndjson"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FEWEST = 4  # characters that a hand can be told from


def folder() -> Path:
    """Where the user's own styles are kept."""
    named = os.environ.get("HW_STYLES")
    return Path(named) if named else Path(typer.get_app_dir("hw")) / "styles"


def names() -> dict[str, Path]:
    """Name → file of all styles, sorted; one of the user's own goes before a bundled one of its name."""
    found = {path.stem: path for place in (BUNDLED, folder()) for path in place.glob(f"*{SUFFIX}")}
    return dict(sorted(found.items()))


def load(name: str) -> Ink:
    """The style called `name`, or the ink in the file `name`. HwError for neither, or without text."""
    known = names()
    path = known.get(name) or Path(name)
    if not os.path.exists(path):  # Path.exists() raises an OSError for a name that is too long
        listed = ", ".join(known) or "none yet"
        raise HwError(f"no style {name!r}: neither kept nor a file", f"there is: {listed}; see hw style save")
    ink = read_ink(path)
    if not ink.text:
        raise HwError(
            f"{path} does not say what is written in it", "keep it with hw style save … --text TEXT"
        )
    return ink


def save(name: str, ink: Ink, text: str | None = None, overwrite: bool = False) -> Path:
    """Keep `ink`, which says `text` (its own by default), as the style `name`; gives its file.

    HwError for a name that is none, one that is taken, ink whose text is unknown or too short, and ink
    without an extent.
    """
    if not NAME.fullmatch(name):
        raise HwError(f"{name!r} is no name for a style", "use letters, digits, dots, dashes and underscores")
    said = " ".join((text or ink.text or "").split())
    if len(said) < FEWEST:
        hint = f"a hand is told from a line of it: --text TEXT, at least {FEWEST} characters"
        raise HwError("a style needs the text of its ink", hint)
    if any(0xD800 <= ord(c) < 0xE000 for c in said):  # an argument of other bytes
        raise HwError("the text of the style is not UTF-8", "give it as UTF-8: --text TEXT")
    if Size.of(ink) is None:
        raise HwError("the ink has no extent: it cannot be a style", "a hand is told from a line of it")
    path = folder() / f"{name}{SUFFIX}"
    if path.exists() and not overwrite:
        raise HwError(f"there is a style {name} already: {path}", "--overwrite replaces it")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = Ink(strokes=ink.strokes, text=said, id=name)
    write_atomically(path, ndjson.dump(kept))
    return path


def remove(name: str) -> Path:
    """Remove a style of the user's own; HwError where there is none of that name."""
    path = folder() / f"{name}{SUFFIX}"
    if not NAME.fullmatch(name) or not path.is_file():
        own = ", ".join(p.stem for p in sorted(folder().glob(f"*{SUFFIX}"))) or "none"
        raise HwError(f"no style of yours is called {name!r}", f"yours: {own}; bundled ones stay")
    path.unlink()
    return path
