"""Reading back: what a reader of ink makes of a sample, beside the text that it was to write.

A character is doubtful where another one, one more, or none makes the text so much more probable that people,
too, would read it wrongly. How much that is was measured on lines that were judged by eye (docs/results.md,
benchmarks/quality/proofreading.py): a digit or a capital has nothing around it that tells what it is, a small
letter has its word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwcli.reader.ink_lines import split_lines
from hwcli.reader.reader import Doubt, Reader
from renderers.ink import Fault, Ink

# Gain in nats from which a character is at fault, by its class
DIGIT, CAPITAL, SMALL, SIGN = 1.0, 2.5, 5.0, 4.0
# Characters that people write alike, and tell apart by what stands around them
ALIKE = (
    "0Oo",
    "1Il|/!",
    "cC",
    "kK",
    "pP",
    "sS",
    "uU",
    "vV",
    "wW",
    "xX",
    "zZ2",
    "5sS",
    "9gq",
    "6b",
    ",.'`",
    "-_",
)
ALIKE_GAIN = 6.0  # added to the gain for one of those


@dataclass(frozen=True)
class Verdict:
    """What a reader makes of a sample."""

    faults: Sequence[Fault]
    log_likelihood: float  # of the text, in nats; the higher, the better it can be read


def read_back(reader: Reader, ink: Ink, text: str) -> Verdict:
    """Return the characters of `text` that `ink` does not show, in the reader's eyes."""
    comparison = reader.compare(ink, text)
    faults = [
        _fault(text, doubt)
        for doubt in comparison.doubts
        if doubt.gain > limit(text, doubt) and _can_judge(reader, text[doubt.place])
    ]
    if not np.isfinite(comparison.log_likelihood):
        faults = [Fault("misread", 0, text[0], "")]  # there is less ink than the text needs
    return Verdict(faults, comparison.log_likelihood)


def read_back_lines(reader: Reader, ink: Ink, text: str) -> Verdict:
    """Return the verdict on ink of one or several lines; the lines of `text` are the ink's, from the top."""
    lines = [line for line in text.split("\n") if line.strip()]
    inks = split_lines(ink)
    if len(inks) != len(lines):
        return read_back(reader, ink, text)
    faults, total, place = [], 0.0, 0
    for line, part in zip(lines, inks, strict=True):
        place = text.index(line, place)
        verdict = read_back(reader, part, line)
        faults += [replace(fault, place=fault.place + place) for fault in verdict.faults]
        total += verdict.log_likelihood
        place += len(line)
    return Verdict(faults, total)


def _can_judge(reader: Reader, character: str) -> bool:
    """Return whether a reader can know `character`: itself, or as the letter below its marks."""
    if character in reader.alphabet:
        return True
    return character.isalpha() and len(reader.alphabet.nearest(character) or "") == 1


def _fault(text: str, doubt: Doubt) -> Fault:
    character = text[doubt.place]
    before, after = character * doubt.after, character * doubt.before
    reads_as = before + doubt.reads_as + after
    return Fault("misread", doubt.place, character, reads_as)


def limit(text: str, doubt: Doubt) -> float:
    """Return the gain from which a doubt is a fault."""
    character = text[doubt.place]
    if character.isspace() or doubt.reads_as.isspace():
        return float("inf")  # what is close together is not wrong
    if character.isdigit():
        limit = DIGIT
    elif character.isupper():
        limit = CAPITAL
    elif character.isalpha():
        limit = SMALL
    else:
        limit = SIGN
    replaced = doubt.reads_as and not (doubt.before or doubt.after)
    alike = replaced and any({character, doubt.reads_as} <= set(row) for row in ALIKE)
    return limit + ALIKE_GAIN * bool(alike)
