"""Stopping a run from outside: the first signal asks, the second one insists."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from hwcli import console


@contextmanager
def asks_to_stop(ask: Callable[[], None], insist: bool = True) -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM call `ask`, once; a second one ends the process at once.

    Not so without `insist`: `torchrun` passes on a Ctrl-C that its processes have already had from the
    terminal, and has its own way of ending those that do not listen. Then the signals stay caught after the
    block too: when one process is lost the others are told to end at once, and should still say why.
    """
    asked = False

    def handler(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked and insist:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        if not asked:
            asked = True
            ask()
            console.note("stopping after this step" + "; once more to leave at once" * insist)

    try:
        old = {s: signal.signal(s, handler) for s in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: signals are somebody else's there
        yield
        return
    try:
        yield
    finally:
        for s, handle in old.items() if insist else ():
            signal.signal(s, handle)
