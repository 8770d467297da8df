"""Hands to write in, saved by name: a line of ink with its text, or what a model has learned from several.

A line is kept in an NDJSON file, a learned hand in a file of its own kind (hwcli.hands.learned). The bundled
hands are lines that were sampled from unipen-synthesis; none of them is a person's ink. `hw hand save` and
`hw hand learn` add hands to the user's folder: $HW_HANDS, or `hands` in the user's data folder of the system.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from hwcli.atomic import write_atomically
from hwcli.errors import HwError, os_error
from hwcli.hands import learned
from hwcli.hands.learned import LearnedHand
from hwcli.ink_io import ndjson
from hwcli.ink_io.files import read_ink
from hwcli.ink_size import Size
from renderers.errors import nearest
from renderers.ink import Ink

BUNDLED = Path(__file__).parent
LINE = ".ndjson"
SUFFIXES = (LINE, learned.SUFFIX)
LICENCE = "CC BY 4.0"  # of the bundled hands, as of the model that wrote them
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PLACE = "set HW_HANDS to a folder that can be written"
MIN_TEXT = 4  # characters: fewer show too little of a hand


def folder() -> Path:
    """Return the folder of the user's hands, which need not exist; HwError for a user without a home."""
    if named := os.environ.get("HW_HANDS"):
        return Path(named)
    try:
        return user_data_path("hw", appauthor=False) / "hands"
    except RuntimeError:  # neither HOME nor an entry in the system's list of users, as in some containers
        raise HwError("there is no place for hands: this user has no home folder", PLACE) from None


def names() -> dict[str, Path]:
    """Return the file of every hand by name, sorted; a user's hand hides a bundled one of the same name."""
    own: list[Path] = []
    with suppress(HwError):  # without a home there are only the bundled ones
        own.append(folder())
    places = [(place, suffix) for place in (BUNDLED, *own) for suffix in SUFFIXES]
    found = {path.stem: path for place, suffix in places for path in place.glob(f"*{suffix}")}
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class Hand:
    """A hand: a line in it, and what a model changes to write in it."""

    line: Ink
    learned: LearnedHand | None = None


def load(name: str) -> Ink:
    """Return a line in the hand `name`; see `find`.

    >>> load("clear").text
    'My own hand, page 36 of 72'
    """
    return find(name).line


def find(name: str) -> Hand:
    """Return the hand `name`, or else the one in the file `name`: a `line` in it, and what is `learned`.

    >>> find("clear").line.text
    'My own hand, page 36 of 72'

    Raises HwError if there is none, or none with a text.
    """
    known = names()
    path = known.get(name) or Path(name)
    if not os.path.exists(path):  # Path.exists() raises an OSError for a name that is too long
        raise HwError(
            f"hand {name!r} not found (no saved hand or file of that name)",
            f"{nearest(name, known)}; see hw hand list",
        )
    if path.suffix == learned.SUFFIX:
        hand = learned.read(path)
        return Hand(hand.line, hand)
    ink = read_ink(path)
    if not ink.text:
        raise HwError(
            f"{path} cannot be a hand: its ink has no text", "add it: hw hand save NAME INK --text TEXT"
        )
    return Hand(ink)


def save(name: str, ink: Ink, text: str | None = None, overwrite: bool = False) -> Path:
    """Save `ink`, a line that says `text` (default: its own text), as the hand `name`; return its file.

    Raises HwError for a name that is taken or not valid, a text that is missing or too short, and ink whose
    size cannot be measured.
    """
    path, hand = prepared(name, ink, text, overwrite)
    write(path, hand)
    return path


def prepared(name: str, ink: Ink, text: str | None = None, overwrite: bool = False) -> tuple[Path, Ink]:
    """Return the file of the hand `name`, and the hand that is to be written to it; see `save`.

    Raises HwError as `place` does, and if the text is missing, shorter than MIN_TEXT or not UTF-8, or the ink
    has no measurable size.
    """
    text = " ".join((text or ink.text or "").split())
    if not text:
        raise HwError("this ink cannot be a hand: it has no text", "add --text TEXT")
    if len(text) < MIN_TEXT:
        raise HwError(f"the text of a hand needs at least {MIN_TEXT} characters", "add --text TEXT")
    if any(0xD800 <= ord(c) < 0xE000 for c in text):  # the argument had other bytes
        raise HwError("the text of the hand is not UTF-8", "give it as UTF-8: --text TEXT")
    if Size.of(ink) is None:
        raise HwError("this ink cannot be a hand: its size cannot be measured", "use a line of writing")
    return place(name, LINE, overwrite), Ink(strokes=ink.strokes, text=text, id=name)


def place(name: str, suffix: str, overwrite: bool = False) -> Path:
    """Return the file for a new hand called `name`, with one of SUFFIXES.

    A name has at most 64 letters, digits, dots, dashes and underscores. Raises HwError if it is not valid, or
    is taken and not to be overwritten.
    """
    if not NAME.fullmatch(name):
        raise HwError(f"a hand cannot be named {name!r}", "use letters, digits, dots, dashes and underscores")
    for taken in SUFFIXES:
        if (path := folder() / f"{name}{taken}").exists() and not overwrite:
            raise HwError(f"hand {name!r} already exists: {path}", "replace it with --overwrite")
    return folder() / f"{name}{suffix}"


def write(path: Path, hand: Ink | LearnedHand) -> None:
    """Write a `hand` to its file in the user's folder, in place of any other of its name.

    Raises HwError if the folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HwError(os_error(error, f"create the folder {path.parent}").message, PLACE) from None
    if isinstance(hand, LearnedHand):
        learned.write(path, hand)
    else:
        write_atomically(path, ndjson.dump(hand))
    for suffix in SUFFIXES:
        if suffix != path.suffix:
            path.with_name(path.name.removesuffix(path.suffix) + suffix).unlink(missing_ok=True)


def remove(name: str) -> Path:
    """Remove one of the user's hands and return its file; raise HwError if there is none of that name."""
    found = [path for suffix in SUFFIXES if (path := folder() / f"{name}{suffix}").is_file()]
    if not NAME.fullmatch(name) or not found:
        stems = {path.stem for suffix in SUFFIXES for path in folder().glob(f"*{suffix}")}
        raise HwError(
            f"none of your hands is called {name!r}",
            f"your hands: {', '.join(sorted(stems)) or 'none'}; bundled hands cannot be removed",
        )
    for path in found:
        path.unlink()
    return found[0]
