"""Stopping a run by signal: the first asks it to stop, the second ends the process."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from hwcli import console
from hwcli.signals import SIGNALS, end_now

_NO_MORE = b"\0"  # no signal has this number


@contextmanager
def stop_on_signal(
    stop: Callable[[int], None],
    second_kills: bool = True,
    seconds: Callable[[], float] = lambda: 0.0,
    kept: str = "",
) -> Iterator[None]:
    """Within the block, call `stop` with the first SIGINT or SIGTERM, and end the process at the second.

    A step of a large network is a single call of PyTorch, within which Python handles no signal. So a thread
    answers: to the first with how long it may take, about `seconds()`, to the second with what is `kept`.

    Under `torchrun`, `second_kills` is False. It forwards a Ctrl-C that its processes have already received
    from the terminal, and ends those that do not react by itself. Signals then stay caught after the block
    too: when one process is lost, torchrun terminates the others, and they should still report why.
    """

    def handler(number: int, _frame: FrameType | None) -> None:
        pass  # the thread is told of it

    def answer() -> None:
        asked = False
        while (number := reading.recv(1)[0]) != _NO_MORE[0]:
            if number not in SIGNALS:
                continue
            if asked and second_kills:
                end_now(number, kept)
            if not asked:
                asked = True
                stop(number)
                wait = seconds()
                about = f", about {wait:.0f} s" * (wait >= 1.5)
                more = "; interrupt again to quit immediately" * second_kills
                console.note(f"stopping after this step{about}{more}")

    try:
        old = {s: signal.signal(s, handler) for s in SIGNALS}
    except ValueError:  # only the main thread can set handlers
        yield
        return
    reading, writing = socket.socketpair()  # which Windows can wait for, too
    writing.setblocking(False)
    before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=answer, name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        for s, handle in old.items() if second_kills else ():
            signal.signal(s, handle)
        signal.set_wakeup_fd(before)
        writing.send(_NO_MORE)
        thread.join()
        writing.close()
        reading.close()
