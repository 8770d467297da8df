"""A hash of what a run learns from, made piece by piece: lists of millions of numbers are never in one text.

It is the SHA-256 of the `repr` of a list, as it was when datasets were small, so that older runs go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

TOGETHER = 4096


@dataclass(frozen=True)
class Listed:
    """A list that need not be in memory."""

    items: Iterable[Any]


def fingerprint(parts: Iterable[Any]) -> str:
    """Return the SHA-256 of the `repr` of a list of `parts`; `Listed` ones are written as lists."""
    found = hashlib.sha256()
    for piece in _pieces(Listed(parts)):
        found.update(piece.encode())
    return found.hexdigest()


def _pieces(part: Any) -> Iterator[str]:
    if not isinstance(part, Listed):
        yield repr(part)
        return
    yield "["
    items, between = iter(part.items), ""
    while some := list(islice(items, TOGETHER)):
        yield between
        if any(isinstance(one, Listed) for one in some):
            for number, one in enumerate(some):
                yield ", " if number else ""
                yield from _pieces(one)
        else:
            yield repr(some)[1:-1]
        between = ", "
    yield "]"
