"""Messages and progress on stderr; stdout carries only data.

Whatever is printed here may come from files, so it is made printable, on one line.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from hwcli.hw_warning import HwWarning
from hwcli.printable import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, Task

SHORT = 0.5  # seconds for which nothing need be shown
SURE = 2.0  # seconds after which the time left can be estimated

_quiet = False
_displays: list[Progress] = []  # the one that is on the screen, if any


def set_quiet(quiet: bool) -> None:
    """Print only errors from now on, if `quiet`."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Return whether only errors are printed."""
    return _quiet


def stderr() -> Console:
    """Return a Rich console on stderr, which follows NO_COLOR and the terminal's width.

    It is that of the progress on the screen, if there is some: its lines are printed above.
    """
    if _displays:
        return _displays[-1].console
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def is_terminal() -> bool:
    """Return whether a progress bar can be shown: stderr is a terminal and `quiet` is off."""
    return sys.stderr.isatty() and not _quiet


def note(*lines: str) -> None:
    """Print plain lines."""
    if _quiet:
        return
    text = "".join(f"{printable(line)}\n" for line in lines)
    if _displays:  # above the display, which is drawn again below
        _displays[-1].console.print(text, end="", markup=False)
        return
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
    if _displays:  # one at a time: two would overwrite each other
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, TaskProgressColumn

    begun = time.monotonic(), {"description": printable(what)}
    with _displayed(*begun, BarColumn(), TaskProgressColumn()) as bar:
        yield lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total)


class Shower(Protocol):
    """A callback that replaces the text of `status`."""

    def __call__(self, text: str, done: float = 0, total: float | None = None, /) -> None:
        """Show `text`, and the time left if `done` of `total` is finished, in any unit."""


@contextmanager
def status(text: str) -> Iterator[Shower]:
    """Show `text` and the time so far on a terminal; the yielded function replaces it. Nothing elsewhere.

    What ends within SHORT seconds is not shown.
    """
    if not is_terminal() or _displays:
        yield lambda text, done=0, total=None: None
        return
    start, lock, opened = time.monotonic(), threading.Lock(), ExitStack()
    bar: Progress | None = None
    latest: dict[str, Any] = {"description": printable(text)}

    def show(text: str, done: float = 0, total: float | None = None) -> None:
        with lock:
            latest.update(description=printable(text), completed=done, total=total)
            if bar is not None:
                bar.update(bar.task_ids[0], **latest)

    def begin() -> None:
        nonlocal bar
        with lock, suppress(RuntimeError):  # the interpreter is ending
            bar = opened.enter_context(_displayed(start, latest))

    first = threading.Timer(SHORT, begin)
    first.daemon = True
    first.start()
    try:
        yield show
    finally:
        first.cancel()
        first.join()  # it may be about to begin
        opened.close()


@contextmanager
def _displayed(start: float, task: Mapping[str, Any], *columns: ProgressColumn) -> Iterator[Progress]:
    """Show a line on a `task` that began at `start`: its description, `columns`, time passed and left."""
    from rich.progress import Progress, ProgressColumn
    from rich.table import Column
    from rich.text import Text

    class Description(ProgressColumn):  # the only one that is cut on a narrow terminal
        def render(self, task: Task) -> Text:
            return Text(task.description, no_wrap=True, overflow="ellipsis")

    class Times(ProgressColumn):
        def render(self, task: Task) -> Text:
            past, left = time.monotonic() - start, ""
            if task.total and task.completed and past >= SURE:
                seconds = max(task.total / task.completed - 1, 0.0) * past
                left = f", {timedelta(seconds=round(seconds))} left"
            return Text(f"{timedelta(seconds=int(past))}{left}")

    shown = Description(), *columns, Times(Column(no_wrap=True))
    bar = Progress(*shown, console=stderr(), transient=True, redirect_stdout=False)
    bar.add_task(**{"total": None, **task})
    with bar:
        _displays.append(bar)
        try:
            yield bar
        finally:
            _displays.remove(bar)


def colour(stream: TextIO) -> bool:
    """Return whether `stream` shows colour: it is a terminal, and neither NO_COLOR nor TERM=dumb is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def shown_warnings() -> Iterator[None]:
    """Print each HwWarning in the block as a message, whatever Python's filters say."""
    with warnings.catch_warnings():
        show_warnings()
        yield


def show_warnings() -> None:
    """Print each HwWarning from now on as a message, whatever Python's filters say."""
    warnings.simplefilter("always", HwWarning)
    show_others = warnings.showwarning

    def show(message: Warning | str, *where: Any, **more: Any) -> None:
        if not isinstance(message, HwWarning):
            show_others(message, *where, **more)
        elif message.is_note:
            note(message.message)
        else:
            warn(message.message)

    warnings.showwarning = show
