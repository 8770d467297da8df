"""Warnings, which Python users get as HwWarning, as messages of a command on stderr."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hwcli import console
from hwcli.hw_warning import HwWarning


@contextmanager
def shown_warnings() -> Iterator[None]:
    """Print each HwWarning in the block on stderr, whatever Python's filters say of others."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", HwWarning)
        show_others = warnings.showwarning

        def show(message: Warning | str, *where: Any, **more: Any) -> None:
            if not isinstance(message, HwWarning):
                show_others(message, *where, **more)
            elif message.is_note:
                console.note(message.message)
            else:
                console.warn(message.message)

        warnings.showwarning = show
        yield
