"""Writing files so that nothing is ever half written: beside their place first, then moved in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwcli.errors import HwError, os_error


def _parent(path: Path) -> Path:
    parent = path.absolute().parent
    if not parent.is_dir():
        raise HwError(f"cannot write {path}: the folder {parent} does not exist", f"mkdir -p {parent}")
    return parent


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all; a file that was there is replaced."""
    parent = _parent(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise os_error(error, f"write {path}") from None


@contextmanager
def folder_written_whole(path: Path, replace: bool = False) -> Iterator[Path]:
    """A new folder to fill, moved to `path` when the block ends well and removed when it does not."""
    parent = _parent(path)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=parent))
    except OSError as error:
        raise os_error(error, f"write {path}") from None
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~_umask())
        if replace and path.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=parent))
            os.replace(path, old / path.name)
            os.replace(temporary, path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(temporary, path)
    except OSError as error:
        raise os_error(error, f"write {path}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
