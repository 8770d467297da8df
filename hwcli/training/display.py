"""What a run shows on stderr: a live table on a terminal, a plain line every so often elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from hwcli import console

EVERY = 15.0  # seconds between plain lines


@dataclass(frozen=True)
class Status:
    """What there is to show after a step."""

    epoch: int  # the one under way, counted from 1
    epochs: int
    step: int
    steps: int  # of the whole run
    loss: float  # nats a point, smoothed
    valid: float | None  # nats a sequence, the last validation's
    best: float | None
    points_per_second: float
    seconds_left: float


class Display(Protocol):
    """Where a run's news goes."""

    def show(self, status: Status) -> None:
        """After a step."""

    def epoch(self, line: str) -> None:
        """After an epoch."""


def time_left(seconds: float) -> str:
    """Seconds as a person reads them."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"


def describe(status: Status) -> str:
    """A status as one plain line."""
    valid = f", valid {status.valid:.1f} nats a sequence" if status.valid is not None else ""
    return (
        f"epoch {status.epoch}/{status.epochs}, step {status.step:,}/{status.steps:,}: "
        f"loss {status.loss:.3f} nats a point{valid}, "
        f"{status.points_per_second:,.0f} points/s, {time_left(status.seconds_left)} left"
    )


class _Plain:
    def __init__(self) -> None:
        self.last = time.monotonic()

    def show(self, status: Status) -> None:
        if (now := time.monotonic()) - self.last >= EVERY:
            self.last = now
            console.note(describe(status))

    def epoch(self, line: str) -> None:
        console.note(line)


@contextmanager
def display() -> Iterator[Display]:
    """The display that fits where stderr goes."""
    if not console.is_terminal():
        yield _Plain()
        return
    from rich.live import Live
    from rich.table import Table

    stderr = console.stderr()
    with Live(console=stderr, refresh_per_second=4, redirect_stdout=False, transient=True) as live:

        class Terminal:
            def show(self, status: Status) -> None:
                table = Table.grid(padding=(0, 2))
                for _ in range(4):
                    table.add_column()
                table.add_row(
                    "[bold]epoch[/bold]",
                    f"{status.epoch} of {status.epochs}",
                    "[bold]step[/bold]",
                    f"{status.step:,} of {status.steps:,}",
                )
                valid = "–" if status.valid is None else f"{status.valid:,.1f} (best {status.best:,.1f})"
                table.add_row(
                    "[bold]loss[/bold]",
                    f"{status.loss:.4f} nats a point",
                    "[bold]valid[/bold]",
                    f"{valid} nats a sequence",
                )
                table.add_row(
                    "[bold]speed[/bold]",
                    f"{status.points_per_second:,.0f} points/s",
                    "[bold]left[/bold]",
                    time_left(status.seconds_left),
                )
                table.add_row("", _bar(status.step / max(status.steps, 1)))
                live.update(table)

            def epoch(self, line: str) -> None:
                stderr.print(line)

        yield Terminal()


def _bar(done: float, width: int = 30) -> str:
    filled = round(done * width)
    return f"[green]{'━' * filled}[/green][dim]{'━' * (width - filled)}[/dim]"
