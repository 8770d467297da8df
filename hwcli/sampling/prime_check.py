"""Checking ink that handwriting is to continue from: is it the right way round, and does it say its text?

The limits were measured on lines of people (docs/results.md, benchmarks/quality/prime_check.py). Their
handwriting is read worse than a model's own, so single characters that are read wrongly are not held against
the text: only what is there or missing as a whole is, or a text that is read as another one throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.reader.reader import Reader
from renderers.ink import Ink

Strokes = Sequence[NDArray[np.float64]]
TURNED = 1.5  # gain in nats per character from which another form of the ink is the right one
READABLE = -2.5  # log-likelihood of the text in nats per character that the right form has at least
OTHER = 4.0  # gain in nats per character from which what is read is another text
GAIN = 11.0  # gain in nats of what is read in one place over what the text has there
ADDED, OMITTED = 2, 3  # characters that the ink has there in addition, or lacks, at least

FORMS: Mapping[str, Callable[[Strokes], Strokes]] = {
    "upside down": lambda strokes: [s * (1, -1) for s in strokes],
    "mirrored": lambda strokes: [s * (-1, 1) for s in strokes],
    "rotated": lambda strokes: [-s for s in strokes],
    "disordered": lambda strokes: sorted(strokes, key=lambda s: float(s[:, 0].min())),
}
ADVICE = {
    "upside down": "seems to be upside down: its y may grow upwards; add --y-up",
    "mirrored": "seems to be mirrored: its x may grow to the left; multiply x by -1",
    "rotated": "seems to be rotated by 180 degrees: multiply x and y by -1",
    "disordered": "seems to have its strokes in the wrong order: sort them in the order of writing",
}


@dataclass(frozen=True)
class Difference:
    """A place where something else is read than the text has there."""

    place: int  # position in the text, from 0
    expected: str  # "": nothing
    reads_as: str  # "": nothing

    def __str__(self) -> str:
        at = f"at position {self.place + 1}"
        if not self.expected:
            return f"{self.reads_as!r} {at} is not in the text"
        return f"{self.expected!r} {at} " + (f"reads as {self.reads_as!r}" if self.reads_as else "is missing")

    @property
    def is_large(self) -> bool:
        """Whether a word, or several characters, are there or missing: more than a reader's slips."""
        more = _visible(self.reads_as) - _visible(self.expected)
        return more >= ADDED or more <= -OMITTED or self._is_word

    @property
    def _is_word(self) -> bool:
        """Whether a word is there or missing, perhaps a short one, with the space beside it."""
        one, other = sorted((self.expected, self.reads_as), key=_visible)
        return not one.strip() and other != other.strip() and any(map(str.isalnum, other))


def prime_warning(reader: Reader, ink: Ink, text: str) -> str | None:
    """Return what seems wrong with a line of ink that should say `text`, to be printed after its name.

    None if nothing does, and where it cannot be known: the reader lacks a character, or cannot read such ink.
    """
    if not can_check(reader, text):
        return None
    text = " ".join(text.split())
    try:
        (found,) = reader.log_likelihoods(ink, [text])
        if found > -min(GAIN, TURNED * len(text)):  # most ink ends here, after a single reading
            return None
        if (form := wrong_form(reader, ink, text)) is not None:
            return ADVICE[form]
        return _misread(reader, ink, text)
    except HwError:
        return None


def can_check(reader: Reader, text: str) -> bool:
    """Return whether `reader` knows the characters of `text`; nothing can be said about others."""
    return bool(text.strip()) and reader.knows(text)


def wrong_form(reader: Reader, ink: Ink, text: str) -> str | None:
    """Return how a line of ink is turned or ordered wrongly, a key of FORMS; None if it is right.

    It is read in the other forms only if it reads badly as it is; if it reads badly in all of them, its text
    may be wrong. Raises HwError as `Reader.read` does.
    """
    (found,) = reader.log_likelihoods(ink, [text])
    if found > -TURNED * len(text):  # no form can be so much better
        return None
    forms = {name: Ink(strokes=tuple(form(ink.strokes))) for name, form in FORMS.items()}
    reads = {name: reader.log_likelihoods(form, [text])[0] for name, form in forms.items()}
    best = max(reads, key=lambda name: reads[name])
    return best if reads[best] > max(READABLE * len(text), found + TURNED * len(text)) else None


def differences(reader: Reader, ink: Ink, text: str) -> tuple[str, Sequence[Difference]] | None:
    """Return what a line of ink is read as and where it differs from `text`; None if it says the text.

    The places are not listed if it says another text altogether. Raises HwError as `Reader.read` does.
    """
    (expected,) = reader.log_likelihoods(ink, [text])
    if expected > -GAIN:  # nothing can gain so much
        return None
    read = reader.read(ink).text
    found = list(_differing(text, read))
    changed = [f"{text[: d.place]}{d.reads_as}{text[d.place + len(d.expected) :]}" for d in found]
    best, *others = reader.log_likelihoods(ink, [read or " ", *changed])
    if not math.isfinite(expected) or best - expected > OTHER * len(text):
        return read, ()
    large = [d for d, other in zip(found, others, strict=True) if d.is_large and other - expected > GAIN]
    return (read, large) if large else None


def _misread(reader: Reader, ink: Ink, text: str) -> str | None:
    if (found := differences(reader, ink, text)) is None:
        return None
    read, places = found
    which = f" ({', '.join(map(str, places))})" if 0 < len(places) <= 3 else ""
    return f"does not seem to say its text {text!r}: it reads as {read!r}{which}"


def _differing(text: str, read: str) -> Iterator[Difference]:
    """Yield the places where `read` differs from `text`."""
    for kind, a, b, c, d in SequenceMatcher(None, text, read, autojunk=False).get_opcodes():
        if kind != "equal":
            yield _at_word(text, Difference(a, text[a:b], read[c:d]))


def _at_word(text: str, one: Difference) -> Difference:
    """Return the same difference with a space at its end or start: "also ", not "lso a" before "a word"."""
    place, part = one.place, one.expected or one.reads_as
    if one.expected and one.reads_as:
        return one
    while place and part == part.strip() and text[place - 1] == part[-1]:
        place, part = place - 1, part[-1] + part[:-1]
    if part == part.strip():
        return one
    return Difference(place, part, "") if one.expected else Difference(place, "", part)


def _visible(text: str) -> int:
    return len("".join(text.split()))
