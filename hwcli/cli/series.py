"""What Ctrl-C leaves: of ink that is written one by one, all that is finished."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hwcli import console, signals
from hwcli.atomic import write_atomically

if TYPE_CHECKING:
    from renderers.ink import Ink

NOTHING = "nothing was written"
AFTER_THIS = "stopping after this one; interrupt again to quit immediately"


@dataclass
class Tally:
    """How many of a series are finished."""

    one: str  # what is counted: sample, page
    total: int | None = None  # if it is known
    done: int = 0

    def told(self, verb: str, what: str) -> str:
        """Return how many are finished and what became of them; `verb` is "are" or "were".

        >>> Tally("page", done=1).told("are", "in a.pdf"), Tally("sample", 9, 2).told("were", "written")
        ('1 page is in a.pdf', '2 of 9 samples were written')
        """
        if not self.done:
            return NOTHING
        of = f" of {self.total:,}" if self.total else ""
        plural = "s" if (self.total or self.done) > 1 else ""
        verb = {"are": "is", "were": "was"}[verb] if self.done == 1 else verb
        return f"{self.done:,}{of} {self.one}{plural} {verb} {what}"


def untouched(path: Path) -> Callable[[], str]:
    """Return what tells that `path`, which is written whole or not at all, is as it is now."""

    def state() -> tuple[int, int] | None:
        try:
            now = path.stat()
        except OSError:
            return None
        return now.st_ino, now.st_mtime_ns

    before = state()

    def told() -> str:
        if state() != before:
            return f"{path} is complete"
        return NOTHING if before is None else f"{path} is as it was"

    return told


@contextmanager
def each_written(total: int) -> Iterator[Tally]:
    """Yield a tally of `total` pictures for the block to count in; Ctrl-C says how many are written."""
    tally = Tally("picture", total)
    with signals.telling(lambda: tally.told("were", "written")):
        yield tally


def part_of(path: Path) -> Path:
    """Return the file beside `path` for the finished part of it.

    >>> part_of(Path("letters/anna.pdf")).as_posix()
    'letters/anna.part.pdf'
    """
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    return real.with_name(f"{real.stem}.part{real.suffix}")


def write_series(
    inks: Iterable[Ink], path: Path, encode: Callable[[Iterable[Ink]], Iterable[bytes]], tally: Tally
) -> None:
    """Write what `encode` makes of `inks` to the file `path`, taking one after another.

    Ctrl-C ends them early. Those that are finished are then written beside `path` (`part_of`), which stays as
    it was, and KeyboardInterrupt is raised. A second Ctrl-C ends that, too.
    """
    series, part = _UntilStopped(inks, tally), part_of(path)
    kept = NOTHING
    with signals.telling(lambda: kept):
        with signals.held(lambda: console.note(AFTER_THIS)) as series.hold:
            write_atomically(path, encode(series), lambda: path if series.end is None else part)
            kept = f"{path} is complete" if series.end is None else tally.told("are", f"in {part}")
        if series.end is not None:
            raise series.end
    console.note(f"wrote {path}")


class _UntilStopped:
    """Ink that a signal ends early, unless none is finished: then it raises KeyboardInterrupt.

    The signal only interrupts while an ink is being made; one that is being written is written whole.
    """

    hold: signals.Hold

    def __init__(self, inks: Iterable[Ink], tally: Tally) -> None:
        self._inks, self._tally = iter(inks), tally
        self.end: KeyboardInterrupt | None = None

    def __iter__(self) -> Iterator[Ink]:
        return self

    def __next__(self) -> Ink:
        if self.end is not None:
            raise StopIteration
        try:
            with self.hold.let_go():
                ink = next(self._inks)
        except KeyboardInterrupt as end:
            if not self._tally.done:
                raise
            self.end = end
            raise StopIteration from None
        self._tally.done += 1
        return ink


def collected(inks: Iterable[Ink], output: Path | None, tally: Tally, prediction: bool) -> Sequence[Ink]:
    """Return `inks`, for a picture in `output`; at Ctrl-C, those that are finished are written as hw ink.

    That file is beside `output`, and `hw render` draws it; with `prediction`, for styles that need them.
    """
    from hwcli.ink_io import ndjson

    found: list[Ink] = []
    try:
        for ink in inks:
            found.append(ink)
            tally.done += 1
    except KeyboardInterrupt as end:
        if output is not None and found:
            part = part_of(output.with_suffix(".ndjson"))
            write_atomically(part, (ndjson.dump(ink, prediction) for ink in found))
            end.add_note(tally.told("are", f"in {part}; hw render draws them"))
        raise
    return found
