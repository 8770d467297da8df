"""What there is to say of primes and samples: to Python users as warnings, to others as hw sample says it.

Lines of pages are counted from 1 over all pages of a text, without empty ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from hwcli.device_ink.mending import mended
from hwcli.hw_warning import warn
from hwcli.reader.reader import Reader
from hwcli.sampling.prime_check import can_check, prime_warning
from renderers.ink import Fault, Ink

PRIME = "the prime"  # in messages, for ink without an id
SHOWN = 60  # characters of a text in a message


def check_prime(reader: Callable[[], Reader | None], prime: Ink, text: str | None) -> bool:
    """Warn of faults of a device in ink that is continued, and if a reader finds that it does not say `text`.

    Return whether it could tell. Without a text (default: the ink's), no reader is loaded.
    """
    name, text = prime.id or PRIME, text or prime.text
    if mended([prime])[1]:
        warn(f"{name} has faults of the device that recorded it: hw.mend(ink) mends them")
    if not text or (known := reader()) is None:
        return False
    if (wrong := prime_warning(known, prime, text)) is not None:
        warn(f"{name} {wrong}")
    return can_check(known, text)


def warned(inks: Iterable[Ink], of_prime: bool = True) -> Iterator[Ink]:
    """Yield samples, and warn of each that does not show its text.

    Where the reader could not check their prime, `of_prime`, the model's own opinion of it is told, once.
    """
    told: set[str] = set()
    for ink in inks:
        trouble = ink.trace.prime_trouble if of_prime and ink.trace else None
        if trouble is not None and trouble not in told:
            told.add(trouble)
            warn(trouble)
        if (said := fault_message(ink)) is not None:
            warn(said)
        yield ink


def fault_message(ink: Ink) -> str | None:
    """Return a message on the faults of a sample; None if it has none."""
    if not ink.trace or not ink.trace.faults:
        return None
    text = " ".join((ink.text or "").split())
    shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    faults = fault_list(ink.trace.faults, ink.text or "", first_line(ink) if ink.frame else None)
    return f"sample {ink.id} of {shown!r} has faults: {faults}"


def fault_list(faults: Iterable[Fault], text: str, first_line: int | None = None) -> str:
    """Return the `faults` of `text`; with `first_line`, by line: "line 4: skipped 'a' at position 7"."""
    faults, by_line = list(faults), []
    if first_line is None:
        return ", ".join(map(str, faults))
    for number, start, line in numbered_lines(text, first_line):
        own = [str(replace(f, place=f.place - start)) for f in faults if 0 <= f.place - start <= len(line)]
        if own:
            by_line.append(f"line {number}: {', '.join(own)}")
    return "; ".join(by_line)


def first_line(ink: Ink) -> int:
    """Return the number of a page's first line."""
    return int(ink.extra.get("first_line", 1))


def numbered_lines(text: str, number: int) -> Iterator[tuple[int, int, str]]:
    """Yield the number of each line of `text`, from `number` on, its place in the text, and itself."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield number, start, line
            number += 1
        start += len(line) + 1
