"""Ctrl-C and SIGTERM end hw with a status of their own, and without a traceback.

Both raise an exception in the main thread, so that files and processes are cleaned up on the way out. An
exception within an import may be lost or come out as another one. There is hardly anything to clean up then,
so the process ends at once; workers end with it.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager

TYPE_CHECKING = False  # see hwcli/__init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
IMPORTING = "<frozen importlib._bootstrap>"  # the file of Python's import system, as frames name it
SHOW_CURSOR = b"\x1b[?25h"  # progress bars hide it
TERMINATED = "terminated"


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is cleaned up after like Ctrl-C."""


def of_signal(number: int) -> KeyboardInterrupt:
    """Return the exception that the signal `number` raises."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


def status_of(end: KeyboardInterrupt) -> int:
    """Return the status that shells report for a program ended by the signal of `end`: 130 or 143."""
    return 128 + (signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT)


def catch() -> dict[int, Any]:
    """Handle both signals from now on, unless they are ignored, and return the handlers before."""
    return _replace(dict.fromkeys(SIGNALS, _interrupt))


@contextmanager
def caught() -> Iterator[None]:
    """Handle both signals within the block."""
    before = catch()
    try:
        yield
    finally:
        _replace(before)


def release() -> None:
    """Let both signals end the process as the system does: quietly, when nothing is left to clean up."""
    _replace(dict.fromkeys(SIGNALS, signal.SIG_DFL))


@contextmanager
def held(asked: Callable[[], None] = lambda: None) -> Iterator[Hold]:
    """Delay the first signal to the end of the block; a second one interrupts it.

    `asked` is called when the first one comes. The yielded hold lets signals through for a while.
    """
    hold = Hold(asked)
    hold.begin()
    try:
        yield hold
    finally:
        hold.end()


class Hold:
    """Signals that are delayed; see `held`."""

    def __init__(self, asked: Callable[[], None]) -> None:
        self._asked = asked
        self._numbers: list[int] = []
        self._before: dict[int, Any] = {}

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let signals interrupt the block, at its beginning if one was delayed."""
        try:
            self.end()
            yield
        finally:
            self.begin()

    def begin(self) -> None:
        """Delay signals from now on."""
        self._before = _replace(dict.fromkeys(SIGNALS, self._delay))

    def end(self) -> None:
        """Delay them no longer, and raise the one that was delayed."""
        _replace(self._before)
        numbers, self._numbers = self._numbers, []
        for number in numbers:
            signal.raise_signal(number)

    def _delay(self, number: int, _frame: FrameType | None) -> None:
        if self._numbers:
            raise of_signal(number)
        self._numbers.append(number)
        self._asked()


@contextmanager
def watched(answer: Callable[[int], None], restored: bool = True) -> Iterator[None]:
    """Within the block, call `answer` in a thread with each signal as it comes; nothing else reacts to it.

    A call of a library may take many seconds, such as PyTorch's backward pass, and Python runs no handler
    within it. Unless `restored`, signals stay without effect after the block.
    """
    import socket
    import threading

    def wait() -> None:
        while number := reading.recv(1)[0]:
            if number in SIGNALS:
                answer(number)

    try:
        before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    except ValueError:  # only the main thread can set handlers
        yield
        return
    reading, writing = socket.socketpair()  # which Windows can wait for, too
    writing.setblocking(False)
    woken_before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=wait, name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        for number, handler in before.items() if restored else ():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken_before)
        writing.send(b"\0")  # no signal has this number
        thread.join()
        writing.close()
        reading.close()


@contextmanager
def telling(kept: Callable[[], str], of_all: bool = False) -> Iterator[None]:
    """Let a signal that interrupts the block say what `kept` returns: what is left of the work.

    The innermost of several says it, unless one knows `of_all` that is done in its block.
    """
    try:
        yield
    except KeyboardInterrupt as end:
        if of_all or said(end) is None:
            end.__notes__ = [kept()]
        raise


def said(end: KeyboardInterrupt) -> str | None:
    """Return what is left of the work that `end` interrupted, if anybody told."""
    return next(iter(getattr(end, "__notes__", ())), None)


def _replace(handlers: dict[int, Any]) -> dict[int, Any]:
    """Set handlers of signals that are not ignored, as in a background job; return those before."""
    before = {}
    for number, handler in handlers.items():
        if (old := signal.getsignal(number)) in (signal.SIG_IGN, None):  # None: not set by Python
            continue
        try:
            signal.signal(number, handler)
        except ValueError:  # only the main thread can set handlers
            break
        before[number] = old
    return before


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _within_import(frame):
        end_now(number)
    raise of_signal(number)


def _within_import(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            return True
        frame = frame.f_back
    return False


def end_now(number: int, kept: str = "", leave: Callable[[int], Any] = os._exit) -> None:
    """End the process at once because of the signal `number`, and say what is `kept`."""
    terminated = number == signal.SIGTERM
    word = f"{of_end(terminated)}: {kept}\n" if kept else f"{TERMINATED}\n" * terminated
    if sys.stderr is not None:
        display = SHOW_CURSOR + b"\n" * bool(kept)  # below the progress that is there
        os.write(2, display * os.isatty(2) + word.encode())
    if (shared := sys.modules.get("multiprocessing.util")) is not None:
        shared._run_finalizers(0)  # gives back the semaphores of workers, of which Python warns otherwise
    leave(status_of(of_signal(number)))


def of_end(terminated: bool) -> str:
    """Return the word for how a command ended."""
    return TERMINATED if terminated else "stopped"
