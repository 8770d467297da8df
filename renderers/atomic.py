"""Atomic file writes: to a temporary file next to the target, which is then renamed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TEMPORARY = re.compile(r"\.(.+)\.[a-z0-9_]{8}", re.DOTALL)  # what write_whole() calls its temporary files


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write `data`, in one piece or several, to `path` completely or not at all, replacing an existing file.

    Symbolic links are followed. Special files (/dev/stdout, a named pipe) are written to directly. Raises
    OSError if that fails; no temporary file is left behind.
    """
    pieces = [data] if isinstance(data, bytes) else data
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = Path(os.path.realpath(path))
    handle, beside = tempfile.mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o666 & ~umask())  # mkstemp restricts access to the owner
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def target_of(name: str) -> str | None:
    """Return the name of the file that the temporary file `name` was written for; None for other names.

    >>> target_of(".line.svg.k3v_0a1x"), target_of("line.svg")
    ('line.svg', None)
    """
    match = TEMPORARY.fullmatch(name)
    return match[1] if match else None


def umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
