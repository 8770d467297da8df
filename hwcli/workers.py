"""Worker processes that end with this process, however it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context
from threading import Thread
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from hwcli import console, signals
from hwcli.errors import HwError

P = ParamSpec("P")
T = TypeVar("T")


class Workers(ProcessPoolExecutor):
    """A pool of `jobs` processes, which `begin(*arguments)` prepares, for a `with` block.

    Each of them waits for the end of a pipe that this process holds open. The system closes it when the
    process is killed, even by SIGKILL; an exception in the block closes it as well, and no work is finished
    that nobody waits for. Ctrl-C in a terminal reaches the workers too, and is left to this process. Raises
    HwError in place of BrokenProcessPool if a worker is killed.
    """

    def __init__(self, jobs: int, begin: Callable[..., object] | None = None, *arguments: Any) -> None:
        # spawn: the threads of a progress bar and of BLAS do not survive a fork
        context = get_context("spawn")
        self._end, self._held = context.Pipe(duplex=False)
        with signals.held():  # half made, its semaphores would be left to the system
            super().__init__(jobs, context, initializer=_begin, initargs=(self._end, begin, arguments))

    def submit(self, job: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a job; this may start a process, in which SIGINT is blocked from its first moment on.

        A signal waits until the process has been told what to do: half told, it would print a traceback.
        """
        with signals.held(), _sigint_blocked():
            return super().submit(job, *args, **kwargs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is not None:
            self._held.close()
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._held.close()
            self._end.close()
        if isinstance(error, BrokenProcessPool):
            raise HwError(
                "a worker process was killed, maybe because memory ran out",
                "free some memory, or use fewer processes (--jobs)",
            ) from None
        return None


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(
    end: connection.Connection, begin: Callable[..., object] | None, arguments: tuple[Any, ...]
) -> None:
    Thread(target=_end_with, args=(end,), daemon=True).start()
    console.show_warnings()  # the filters of this process's parent cannot see them
    if begin is not None:
        begin(*arguments)


def _end_with(end: connection.Connection) -> None:
    connection.wait([end])
    os._exit(1)
