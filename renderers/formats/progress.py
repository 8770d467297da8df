"""Progress of formats that take long to encode."""

from __future__ import annotations

from typing import Protocol


class Report(Protocol):
    """A callback that encode() receives if it has a parameter `progress`."""

    def __call__(self, done: float, total: float, /) -> None:
        """Report that `done` of `total` is finished, in any unit."""
