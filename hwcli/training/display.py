"""Display of a run on stderr: a live progress bar on a terminal, otherwise a plain line now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from hwcli import console
from hwcli.console import Reporter

LINE_EVERY = 15.0  # seconds between plain lines


@dataclass(frozen=True)
class Units:
    """What a kind of network counts, and how the figure of its validation is written."""

    one: str  # the loss is a mean over these
    number: str  # format of the figure
    figure: str  # its unit

    def describe(self, figure: float) -> str:
        """Return the figure of a validation in words."""
        return f"{figure:{self.number}} {self.figure}"


WRITING = Units("point", ".1f", "nats per sequence")
READING = Units("character", ".2%", "of characters wrong")


@dataclass(frozen=True)
class Status:
    """The numbers to show after a step."""

    epoch: int  # the current one, counted from 1
    epochs: int | None  # None if the time will end the run before
    step: int
    steps: int  # of the whole run
    loss: float  # nats per point or character, smoothed
    valid: float | None  # at the last validation
    best: float | None
    points_per_second: float  # of training steps
    seconds_left: float  # of the whole run, with its validations
    units: Units = WRITING


class Display(Protocol):
    """Shows the progress of a run."""

    def show(self, status: Status) -> None:
        """Show the numbers after a step."""

    def validation(self) -> AbstractContextManager[Reporter]:
        """Show in the block that the run is validating, and how far it is."""

    def note(self, line: str) -> None:
        """Print a line that stays: the forecast, and the figures of each validation."""


def describe_status(status: Status) -> str:
    """Return `status` as one plain line."""
    units = status.units
    valid = f", valid {units.describe(status.valid)}" if status.valid is not None else ""
    return (
        f"epoch {_of(status.epoch, status.epochs)}, step {status.step:,}/{status.steps:,}: "
        f"loss {status.loss:.3f} nats per {units.one}{valid}, "
        f"{status.points_per_second:,.0f} {units.one}s/s, {_time_left(status)}"
    )


def _of(number: float, all_: int | None) -> str:
    return f"{number:g}" if all_ is None else f"{number:g}/{all_}"


def _time_left(status: Status) -> str:
    return f"{describe_seconds(status.seconds_left)} left"


def describe_seconds(seconds: float) -> str:
    """Return a time as hours, minutes and seconds.

    >>> describe_seconds(3725.2)
    '1:02:05'
    """
    return str(timedelta(seconds=round(seconds)))


def describe_epoch(row: Mapping[str, Any], epochs: int | None, best: bool, units: Units = WRITING) -> str:
    """Return an epoch's row of metrics.jsonl as one plain line."""
    train = row[f"train_nats_per_{units.one}"]
    line = f"epoch {_of(row['epoch'], epochs)}: train {train:.4f} nats per {units.one}"
    if "valid_error_rate" in row:
        line += f", valid {units.describe(row['valid_error_rate'])}{' (best)' if best else ''}"
    elif "valid_nats_per_point" in row:
        line += f", valid {row['valid_nats_per_point']:.4f}"
        line += f", {row['valid_nats_per_sequence']:.1f} per sequence{' (best)' if best else ''}"
    if "skipped" in row:
        line += f", {row['skipped']} steps skipped"
    return line


class _PlainDisplay:
    def __init__(self) -> None:
        self.last = time.monotonic()

    def show(self, status: Status) -> None:
        if (now := time.monotonic()) - self.last >= LINE_EVERY:
            self.last = now
            console.note(describe_status(status))

    def validation(self) -> AbstractContextManager[Reporter]:
        return console.progress("validating")

    def note(self, line: str) -> None:
        console.note(line)


@contextmanager
def open_display() -> Iterator[Display]:
    """Open a progress bar if stderr is a terminal, otherwise a display of plain lines."""
    if not console.is_terminal():
        yield _PlainDisplay()
        return
    from rich.console import Group
    from rich.live import Live
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

    bar = Progress(
        TextColumn("[bold]epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("step"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
    )
    numbers = Progress(
        TextColumn("loss {task.fields[status].loss:.4f} nats per {task.fields[status].units.one}"),
        TextColumn("{task.fields[valid]}"),
        TextColumn("{task.fields[status].points_per_second:,.0f} {task.fields[status].units.one}s/s"),
    )
    validation = Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    tasks = [(part, part.add_task("", total=None, visible=False)) for part in (bar, numbers)]
    stderr = console.stderr()

    class LiveDisplay:
        def show(self, status: Status) -> None:
            number = f",{status.units.number}"
            valid = ""
            if status.valid is not None:
                valid = f"valid {status.valid:{number}} (best {status.best:{number}})"
            for part, task in tasks:
                part.update(
                    task,
                    completed=status.step,
                    total=status.steps,
                    visible=True,
                    status=status,
                    epoch=_of(status.epoch, status.epochs),
                    valid=valid,
                    left=_time_left(status),
                )

        @contextmanager
        def validation(self) -> Iterator[Reporter]:
            task = validation.add_task("validating", total=None)
            live.refresh()  # shown at once, however short it is
            yield lambda done, total: validation.update(task, completed=done, total=total)
            validation.remove_task(task)

        def note(self, line: str) -> None:
            stderr.print(line, markup=False)

    with Live(
        Group(bar, numbers, validation),
        console=stderr,
        refresh_per_second=4,
        redirect_stdout=False,
        transient=True,
    ) as live:
        yield LiveDisplay()
