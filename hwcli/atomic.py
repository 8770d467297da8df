"""Writing files so that nothing is ever half written: beside their place first, then moved in."""

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
    """The folder that `path` is to be in; HwError where there is none."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise HwError(f"cannot write {path}: the folder {parent} does not exist", f"mkdir -p {parent}")
    return parent


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put `data`, in one piece or in several, at `path`, whole or not at all; what was there is replaced."""
    check_parent(path)
    try:
        write_whole(path, data)
    except OSError as error:
        raise os_error(error, f"write {path}") from None


@contextmanager
def folder_written_whole(path: Path, replace: bool = False) -> Iterator[Path]:
    """A new folder to fill, moved to `path` when the block ends well and removed when it does not."""
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
