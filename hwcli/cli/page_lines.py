"""Lines of a page by their numbers: those named by `--redo`, and those in messages.

Lines are counted from 1 over all pages of a text, without empty ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hwcli.errors import UsageError
from renderers.ink import Ink

DIGITS = 9  # of a line number; no text has as many lines


def redo_lines(values: Iterable[str]) -> list[int]:
    """Return the line numbers in the `values` of --redo (`4,9`); UsageError for anything else."""
    found = [number.strip() for value in values for number in value.split(",")]
    for number in found:
        if not (number.isascii() and number.isdigit() and number.strip("0") and len(number) <= DIGITS):
            raise UsageError(
                f"--redo takes line numbers from 1, not {number!r}",
                "for example --redo 4 or --redo 4,9",
            )
    return list(map(int, found))


def fault_list(ink: Ink) -> str:
    """Return the faults of `ink`; of a page by line: "line 4: skipped 'a' at position 7"."""
    faults = ink.trace.faults if ink.trace else ()
    if ink.frame is None:
        return ", ".join(map(str, faults))
    by_line = []
    for number, start, text in _lines(ink):
        own = [str(replace(f, place=f.place - start)) for f in faults if 0 <= f.place - start <= len(text)]
        if own:
            by_line.append(f"line {number}: {', '.join(own)}")
    return "; ".join(by_line)


def redone(ink: Ink) -> list[str]:
    """Return a message for every line of `ink` that was drawn again."""
    counts = Counter(ink.extra.get("redo", ()))
    return [
        f"rewrote line {number} of sample {ink.id} (alternative {counts[number]}): {text!r}"
        for number, _, text in _lines(ink)
        if counts[number]
    ]


def _lines(ink: Ink) -> Iterator[tuple[int, int, str]]:
    """Yield the number of each line of a page, its place in the ink's text, and its own text."""
    number, start = ink.extra.get("first_line", 1), 0
    for text in (ink.text or "").split("\n"):
        if text:
            yield number, start, text
            number += 1
        start += len(text) + 1
