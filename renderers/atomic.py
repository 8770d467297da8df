"""Writing a file so that it is never half there: beside its place first, then moved in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put `data`, in one piece or in several, at `path`, whole or not at all; what was there is replaced.

    What is no regular file (/dev/stdout, a named pipe) is written to as it is; a link is followed. OSError
    where it cannot be done, with nothing left behind.
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
        os.chmod(beside, 0o666 & ~umask())  # mkstemp makes files that only their owner can read
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def umask() -> int:
    """What new files may not allow. It can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
