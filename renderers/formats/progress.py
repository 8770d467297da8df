"""How a format reports progress on a picture that takes long."""

from __future__ import annotations

from typing import Protocol


class Report(Protocol):
    """A function that encode() calls, if it has a parameter `progress`."""

    def __call__(self, done: float, total: float, /) -> None:
        """Report that `done` of `total` is finished, in any unit."""
