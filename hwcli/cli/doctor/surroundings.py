"""Checks of where hw runs: the terminal, folders, settings."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from hwcli import console
from hwcli.cli.doctor.finding import BROKEN, MISSING, OK, Finding
from hwcli.errors import HwError

NARROW = 60  # columns


def check_terminal() -> Iterator[Finding]:
    """Look at the terminal: its width, colours and characters."""
    if not sys.stdout.isatty():
        yield Finding("terminal", OK, "the output is not a terminal: no colours, no progress bars")
    else:
        columns, rows = shutil.get_terminal_size()
        narrow = ", narrow: hw shows handwriting better in 80" if columns < NARROW else ""
        yield Finding("terminal", OK, f"{columns} columns, {rows} rows{narrow}")
        if console.colour(sys.stdout):
            yield Finding("colours", OK, "on; NO_COLOR=1 turns them off")
        else:
            why = "NO_COLOR is set" if os.environ.get("NO_COLOR") else "TERM=dumb"
            yield Finding("colours", OK, f"off: {why}")
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    if encoding == "utf8":
        yield Finding("characters", OK, "UTF-8: handwriting is shown in Braille characters")
    else:
        what = f"{sys.stdout.encoding}, not UTF-8: handwriting cannot be shown in the terminal"
        yield Finding("characters", MISSING, what, "export LC_ALL=C.UTF-8")


def check_folders() -> Iterator[Finding]:
    """Look at the folders that hw writes to."""
    from hwcli.api.terms import noted
    from hwcli.hands import library

    places = {
        "hands": (_path_of(library.folder), MISSING, "export HW_HANDS=FOLDER"),
        "state": (_path_of(lambda: noted().parent), MISSING, "export XDG_STATE_HOME=FOLDER"),
        "this folder": (_path_of(Path.cwd), MISSING, "write elsewhere: -o FOLDER/FILE"),
        "temporary": (_temporary(), BROKEN, "export TMPDIR=FOLDER"),
    }
    for part, (path, state, remedy) in places.items():
        if path is None:
            yield Finding(part, state, "there is no such folder", remedy)
        elif _is_writable(path):
            yield Finding(part, OK, str(path))
        else:
            yield Finding(part, state, f"{path} cannot be written to", remedy)


def check_settings() -> Iterator[Finding]:
    """Look at hw.toml and the environment."""
    from hwcli.config import load

    path = Path("hw.toml")
    try:
        load.load(None, {})
    except HwError as error:
        yield Finding("settings", BROKEN, error.message, error.hint)
    else:
        yield Finding("settings", OK, f"./{path}" if path.exists() else "the defaults: there is no ./hw.toml")


def _path_of(find: Callable[[], Path]) -> Path | None:
    """Return the folder that `find` names; None if there is none, such as no home folder."""
    try:
        return find()
    except (RuntimeError, OSError, HwError):
        return None


def _temporary() -> Path | None:
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return None


def _is_writable(path: Path) -> bool:
    """Return whether files can be made in a folder, or the folder itself, if it is not there yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
