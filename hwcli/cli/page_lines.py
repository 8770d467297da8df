"""Lines of a page by their numbers: those named by `--redo`, and those in messages.

Lines are counted from 1 over all pages of a text, without empty ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hwcli.errors import UsageError
from renderers.ink import Fault, Ink

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


def fault_list(faults: Iterable[Fault], text: str, first_line: int | None = None) -> str:
    """Return the `faults` of `text`; with `first_line`, by line: "line 4: skipped 'a' at position 7"."""
    faults, by_line = list(faults), []
    if first_line is None:
        return ", ".join(map(str, faults))
    for number, start, line in _lines(text, first_line):
        own = [str(replace(f, place=f.place - start)) for f in faults if 0 <= f.place - start <= len(line)]
        if own:
            by_line.append(f"line {number}: {', '.join(own)}")
    return "; ".join(by_line)


def redone(ink: Ink) -> list[str]:
    """Return a message for every line of `ink` that was drawn again."""
    counts = Counter(ink.extra.get("redo", ()))
    return [
        f"rewrote line {number} of sample {ink.id} (alternative {counts[number]}): {text!r}"
        for number, _, text in _lines(ink.text or "", first_line(ink))
        if counts[number]
    ]


def first_line(ink: Ink) -> int:
    """Return the number of a page's first line."""
    return int(ink.extra.get("first_line", 1))


def _lines(text: str, number: int) -> Iterator[tuple[int, int, str]]:
    """Yield the number of each line of `text`, from `number` on, its place in the text, and itself."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield number, start, line
            number += 1
        start += len(line) + 1
