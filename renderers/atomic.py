"""Atomic file writes: to a temporary file next to the target, which is then renamed.

Temporary files are locked while they are written. The system unlocks those of a killed process, so they can
be told from files in use and cleared.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: there, leftovers stay
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".hwtmp"
SHOWN = 64  # characters of the target's name in that of a temporary file
TEMPORARY = re.compile(rf"\.(.+)\.[a-z0-9_]{{8}}{re.escape(SUFFIX)}", re.DOTALL)


def write_whole(path: Path, data: bytes | Iterable[bytes], name: Callable[[], Path] | None = None) -> None:
    """Write `data`, in one piece or several, to `path` completely or not at all, replacing an existing file.

    Symbolic links are followed. Special files (/dev/stdout, a named pipe) are written to directly. Otherwise
    `name` may give, when all data is there, another path in the same folder. Raises OSError if that fails; no
    temporary file is left behind.
    """
    pieces = [data] if isinstance(data, bytes) else data
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = Path(os.path.realpath(path))
    handle, beside = temporary_file(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(beside, 0o666 & ~umask())  # mkstemp restricts access to the owner
            os.replace(beside, path if name is None else os.path.realpath(name()))
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def temporary_file(target: Path) -> tuple[int, Path]:
    """Make a locked file next to `target`; return its handle, which holds the lock, and its path."""
    return _locked(target, tempfile.mkstemp)


def temporary_folder(target: Path) -> tuple[int, Path]:
    """Make a locked folder next to `target`; return a handle, which holds the lock, and its path."""

    def make(**names: Any) -> tuple[int, str]:
        while True:
            folder = tempfile.mkdtemp(**names)
            with suppress(FileNotFoundError):  # cleared already
                return os.open(folder, os.O_RDONLY), folder

    return _locked(target, make)


def _locked(target: Path, make: Callable[..., tuple[int, str]]) -> tuple[int, Path]:
    while True:
        handle, name = make(prefix=f".{target.name[:SHOWN]}.", suffix=SUFFIX, dir=target.parent)
        if _lock(handle) and os.path.exists(name):  # else cleared between the two steps
            return handle, Path(name)
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock a file until its handle is closed; False if another process holds the lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, on which clear() cannot lock either
        pass
    return True


def clear(path: Path) -> None:
    """Remove a temporary file or folder, unless it is locked or cannot be removed."""
    if fcntl is None:
        return
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        finally:
            os.close(handle)


def target_of(name: str) -> str | None:
    """Return the name of the target, or its beginning, of the temporary file `name`; None for other names.

    >>> target_of(".line.svg.k3v_0a1x.hwtmp"), target_of("line.svg")
    ('line.svg', None)
    """
    match = TEMPORARY.fullmatch(name)
    return match[1] if match else None


def umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
