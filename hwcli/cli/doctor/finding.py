"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

OK, MISSING, BROKEN = "ok", "missing", "broken"


@dataclass(frozen=True)
class Finding:
    """One part of hw or of its surroundings: what was found, and how to mend it.

    `state` is OK; MISSING, if something lacks that hw can do without; or BROKEN.
    """

    part: str
    state: str
    found: str
    remedy: str | None = None  # a command, or what to do


Check = Callable[[], Iterator[Finding]]
