"""Stopping a run by signal: the first asks it to stop, the second ends the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hwcli import console
from hwcli.signals import end_now, watched


@contextmanager
def stop_on_signal(
    stop: Callable[[int], None],
    second_kills: bool = True,
    seconds: Callable[[], float] = lambda: 0.0,
    kept: str = "",
) -> Iterator[None]:
    """Within the block, call `stop` with the first SIGINT or SIGTERM, and end the process at the second.

    A step of a large network is a single call of PyTorch, so a thread answers: to the first with how long it
    may take, about `seconds()`, to the second with what is `kept`.

    Under `torchrun`, `second_kills` is False. It forwards a Ctrl-C that its processes have already received
    from the terminal, and ends those that do not react by itself. Signals then stay caught after the block
    too: when one process is lost, torchrun terminates the others, and they should still report why.
    """
    asked = False

    def answer(number: int) -> None:
        nonlocal asked
        if asked and second_kills:
            end_now(number, "" if console.is_quiet() else kept)
        if not asked:
            asked = True
            stop(number)
            wait = seconds()
            about = f", about {wait:.0f} s" * (wait >= 1.5)
            more = "; interrupt again to quit immediately" * second_kills
            console.note(f"stopping after this step{about}{more}")

    with watched(answer, restored=second_kills):
        yield
