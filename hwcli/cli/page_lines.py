"""Lines of a page by their numbers: those that `--redo` names, and those that were drawn again.

Lines are counted from 1 over all pages of a text, without empty ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hwcli.errors import UsageError
from hwcli.sampling.messages import first_line, numbered_lines
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


def redone(ink: Ink) -> list[str]:
    """Return a message for every line of `ink` that was drawn again."""
    counts = Counter(ink.extra.get("redo", ()))
    return [
        f"rewrote line {number} of sample {ink.id} (alternative {counts[number]}): {text!r}"
        for number, _, text in numbered_lines(ink.text or "", first_line(ink))
        if counts[number]
    ]
