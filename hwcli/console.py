"""Everything that is said to a person goes to stderr, through here; stdout carries data only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Say nothing but errors from here on."""
    global _quiet
    _quiet = quiet


def stderr() -> Console:
    """A Rich console on stderr; it obeys NO_COLOR and the terminal's width by itself."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def is_terminal() -> bool:
    """Whether progress can be drawn: stderr is a terminal and nobody asked for quiet."""
    return sys.stderr.isatty() and not _quiet


def note(text: str) -> None:
    """A line of plain news."""
    if not _quiet:
        # in one piece: two programs that share a terminal must not get between a line and its end
        print(f"{text}\n", end="", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """A line that the user should not miss."""
    if not _quiet:
        stderr().print(f"[yellow]warning:[/yellow] {_escape(text)}")


def error(message: str, hint: str | None = None) -> None:
    """An error and what to do about it. Never silenced."""
    console = stderr()
    console.print(f"[bold red]error:[/bold red] {_escape(message)}")
    if hint:
        console.print(f"[dim]hint:[/dim] {_escape(hint)}")


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


class Reporter(Protocol):
    """What a long job calls as it goes on."""

    def __call__(self, done: float, total: float, /) -> None:
        """`done` of `total`, in whatever unit the job counts."""


@contextmanager
def progress(what: str, every: float = 10.0) -> Iterator[Reporter]:
    """A progress bar on a terminal, a plain line every `every` seconds elsewhere, nothing when quiet."""
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

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def colour(stream: TextIO) -> bool:
    """Whether `stream` shows colour: a terminal, unless NO_COLOR or TERM=dumb says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
