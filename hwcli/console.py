"""Messages and progress on stderr; stdout carries only data.

Whatever is printed here may come from files, so it is made printable, on one line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from hwcli.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Print only errors from now on, if `quiet`."""
    global _quiet
    _quiet = quiet


def stderr() -> Console:
    """Return a Rich console on stderr, which follows NO_COLOR and the terminal's width."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def is_terminal() -> bool:
    """Return whether a progress bar can be shown: stderr is a terminal and `quiet` is off."""
    return sys.stderr.isatty() and not _quiet


def note(*lines: str) -> None:
    """Print plain lines."""
    if _quiet:
        return
    text = "".join(f"{printable(line)}\n" for line in lines)
    try:
        # one write, so that another program on the same terminal cannot split the lines
        print(text, end="", file=sys.stderr, flush=True)
    except RuntimeError:  # called by a signal handler while stderr was being written to
        os.write(sys.stderr.fileno(), text.encode())


def warn(text: str) -> None:
    """Print a warning."""
    if not _quiet:
        stderr().print(f"[yellow]warning:[/yellow] {_escape(text)}")


def error(message: str, hint: str | None = None) -> None:
    """Print an error and what to do about it, even if `quiet`."""
    console = stderr()
    console.print(f"[bold red]error:[/bold red] {_escape(message)}")
    if hint:
        console.print(f"[dim]hint:[/dim] {_escape(hint)}")


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(printable(text))


class Reporter(Protocol):
    """A callback that a long job calls to report its progress."""

    def __call__(self, done: float, total: float, /) -> None:
        """Report that `done` of `total` is finished, in any unit."""


@contextmanager
def progress(what: str, every: float = 10.0) -> Iterator[Reporter]:
    """Show a progress bar on a terminal, otherwise a plain line every `every` seconds; nothing if quiet."""
    if not is_terminal():
        start = last = time.monotonic()

        def plain(done: float, total: float) -> None:
            nonlocal last
            if (now := time.monotonic()) - last >= every and total:
                last = now
                note(f"{what}: {100 * done / total:.0f} % after {now - start:.0f} s")

        yield plain
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(printable(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def status(text: str) -> Iterator[Callable[[str], None]]:
    """Show `text` and the time so far on a terminal; the yielded function replaces it. Nothing elsewhere."""
    if not is_terminal():
        yield lambda text: None
        return
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=stderr(), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(printable(text), total=None)
        yield lambda text: bar.update(task, description=printable(text))


def colour(stream: TextIO) -> bool:
    """Return whether `stream` shows colour: it is a terminal, and neither NO_COLOR nor TERM=dumb is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
