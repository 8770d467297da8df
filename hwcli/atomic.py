"""Writing files and folders atomically: to a temporary neighbour first, which is then renamed.

What processes that were killed left beside a file or folder is cleared when it is written again.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from hwcli.errors import HwError, os_error
from renderers.atomic import SHOWN, SUFFIX, clear, target_of, temporary_folder, umask, write_whole

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux


def check_parent(path: Path) -> Path:
    """Return the parent folder of `path`; raise HwError if it does not exist."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise HwError(f"cannot write {path}: the folder {parent} does not exist", f"mkdir -p {parent}")
    return parent


def write_atomically(
    path: Path, data: bytes | Iterable[bytes], name: Callable[[], Path] | None = None
) -> None:
    """Write `data`, in one piece or several, to `path`. If that fails, `path` stays as it was.

    `name` is asked, when all data is there, for another path in the same folder to write it to.
    """
    check_parent(path)
    clear_leftovers(Path(os.path.realpath(path)))
    try:
        write_whole(path, data, name)
    except OSError as error:
        raise os_error(error, f"write {path}") from None


@contextmanager
def folder_written_whole(path: Path, replace: bool = False) -> Iterator[Path]:
    """Yield a new folder to fill; move it to `path` at the end of the block, or remove it on an exception.

    `replace` allows `path` to exist: it is there at every moment, as it was or new. Raises HwError if the
    folder cannot be written.
    """
    check_parent(path)
    real = Path(os.path.realpath(path))
    restore_folder(path)
    clear_leftovers(real)
    try:
        handle, temporary = temporary_folder(real)
    except OSError as error:
        raise os_error(error, f"write {path}") from None
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~umask())
        if replace and real.exists():
            _exchange(temporary, real)
        else:
            os.replace(temporary, real)
    except OSError as error:
        raise os_error(error, f"write {path}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(handle)


def clear_leftovers(path: Path) -> None:
    """Remove what processes that were killed while they wrote `path` left beside it.

    Folders are searched once per process, since one may have many thousands of files.
    """
    for left in _leftovers(path.parent).pop(path.name[:SHOWN], ()):
        clear(left)


@lru_cache(64)
def _leftovers(folder: Path) -> dict[str, list[Path]]:
    """Return the temporary files and folders in `folder`, by the names of their targets."""
    found: dict[str, list[Path]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX) and (target := target_of(entry.name)):
                    found.setdefault(target, []).append(Path(entry))
    except OSError:  # a folder that can be written to but not listed
        return {}
    return found


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders in one step; where the system cannot, in three, the first of which can be undone."""
    import ctypes  # not at every start

    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is not None:
        if not swap(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE):
            return
        if (number := ctypes.get_errno()) not in (errno.ENOSYS, errno.EINVAL):
            raise OSError(number, os.strerror(number))
    aside = _aside(old)
    os.replace(old, aside)
    try:
        os.replace(new, old)
    except OSError:
        os.replace(aside, old)
        raise
    os.replace(aside, new)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.old{SUFFIX}")


def restore_folder(path: Path) -> None:
    """Put the folder `path` back if a process was killed while it replaced it in several steps."""
    real = Path(os.path.realpath(path))
    aside = _aside(real)
    if not aside.is_dir():
        return
    if real.exists():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        os.replace(aside, real)
