"""Stopping a run by signal: the first asks it to stop, the second ends the process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from hwcli import console
from hwcli.signals import SIGNALS


@contextmanager
def stop_on_signal(stop: Callable[[int], None], second_kills: bool = True) -> Iterator[None]:
    """Within the block, call `stop` with the first SIGINT or SIGTERM, and end the process at the second.

    Under `torchrun`, `second_kills` is False. It forwards a Ctrl-C that its processes have already received
    from the terminal, and ends those that do not react by itself. Signals then stay caught after the block
    too: when one process is lost, torchrun terminates the others, and they should still report why.
    """
    stopping = False

    def handler(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping and second_kills:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        if not stopping:
            stopping = True
            stop(number)
            console.note("stopping after this step" + "; interrupt again to quit immediately" * second_kills)

    try:
        old = {s: signal.signal(s, handler) for s in SIGNALS}
    except ValueError:  # only the main thread can set handlers
        yield
        return
    try:
        yield
    finally:
        for s, handle in old.items() if second_kills else ():
            signal.signal(s, handle)
