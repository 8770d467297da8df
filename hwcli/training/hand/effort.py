"""How much to learn of a hand: what the user asks for, and what a number of lines allows."""

from __future__ import annotations

from dataclasses import dataclass

MANY = 20  # lines, which show most letters in most of their forms


@dataclass(frozen=True)
class Effort:
    """How long to learn, and with what."""

    updates: int | None = None  # None: as many as its Plan has
    seed: int = 1
    threads: int = 0  # 0: one per core


@dataclass(frozen=True)
class Plan:
    """How to learn from a number of lines."""

    updates: int
    window: int  # steps of an update
    rank: int  # of the changes
    rehearsed: int  # of the LANES lines side by side

    @classmethod
    def of(cls, lines: int) -> Plan:
        """Return the plan for a number of lines. More updates would only learn few of them by heart."""
        if lines < MANY:
            return cls(updates=32, window=256, rank=8, rehearsed=5)
        return cls(updates=min(64 + 2 * lines, 144), window=128, rank=16, rehearsed=3)
