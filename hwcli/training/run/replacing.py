"""Starting a run in the place of another: at no moment is there neither.

Everything that the new run needs is written into NEW, a folder within the run folder, since that may be a
mount point or the current folder. What is there is moved into OLD. Renaming OLD to DONE decides: before it
the old run is put back, after it the new one is put in place, by the next process if this one is killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from hwcli.errors import os_error
from renderers.atomic import SUFFIX

NEW, OLD, DONE = (f".{name}{SUFFIX}" for name in ("new", "old", "done"))
KEPT = {NEW, OLD, DONE, ".lock"}  # what is neither part of the old run nor of the new one


def replace_run(run: Path, fill: Callable[[Path], None]) -> None:
    """Let what `fill` writes into the folder that it is given take the place of everything in `run`.

    If that fails, `run` stays as it was. The run must be locked. Raises HwError.
    """
    try:
        if (run / DONE).exists():  # what could not be removed before must not decide now
            shutil.rmtree(run / DONE)
        (run / NEW).mkdir()
        fill(run / NEW)
        (run / OLD).mkdir()
        _move(run, run / OLD)
        os.replace(run / OLD, run / DONE)
    except OSError as error:
        raise os_error(error, f"replace the run in {run}") from None
    finally:
        finish(run)


def was_interrupted(run: Path) -> bool:
    """Return whether a process was killed while it replaced the run in `run`."""
    return any((run / name).is_dir() for name in (NEW, OLD, DONE))


def finish(run: Path) -> None:
    """Put back the old run, or put the new one in place if that was decided. The run must be locked."""
    try:
        if (run / DONE).is_dir():
            if (run / NEW).is_dir():
                _move(run / NEW, run)
        elif (run / OLD).is_dir():
            _move(run / OLD, run)
        for name in (NEW, OLD, DONE):  # DONE last: without it, NEW would not count
            shutil.rmtree(run / name, ignore_errors=True)
    except OSError as error:
        raise os_error(error, f"finish replacing the run in {run}") from None


def _move(source: Path, target: Path) -> None:
    for path in sorted(source.iterdir()):
        if path.name not in KEPT:
            os.replace(path, target / path.name)
