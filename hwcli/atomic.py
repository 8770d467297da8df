"""Writing files and folders atomically: to a temporary neighbour first, which is then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hwcli.errors import HwError, os_error
from renderers.atomic import umask, write_whole


def check_parent(path: Path) -> Path:
    """Return the parent folder of `path`; raise HwError if it does not exist."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise HwError(f"cannot write {path}: the folder {parent} does not exist", f"mkdir -p {parent}")
    return parent


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write `data`, in one piece or several, to `path`. If that fails, `path` stays as it was."""
    check_parent(path)
    try:
        write_whole(path, data)
    except OSError as error:
        raise os_error(error, f"write {path}") from None


@contextmanager
def folder_written_whole(path: Path, replace: bool = False) -> Iterator[Path]:
    """Yield a new folder to fill; move it to `path` at the end of the block, or remove it on an exception.

    `replace` allows `path` to exist. Raises HwError if the folder cannot be written.
    """
    parent = check_parent(path)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=parent))
    except OSError as error:
        raise os_error(error, f"write {path}") from None
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~umask())
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
