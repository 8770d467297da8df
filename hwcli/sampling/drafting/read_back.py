"""Reading back: what a reader of ink makes of a sample, beside the text that it was to write.

A character is doubtful where another one, one more, or none makes the text so much more probable that people,
too, would read it wrongly. How much that is was measured on lines that were judged by eye
(benchmarks/quality/proofreading.py, docs/experiments.md): a digit or a capital has nothing around it that
tells what it is, a small letter has its word. A word is at fault where several of its characters are a little
doubtful, and what is read in its place is much more probable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hwcli.errors import HwError
from hwcli.reader.error_rate import aligned
from hwcli.reader.ink_lines import split_lines
from hwcli.reader.reader import Doubt, Reader
from renderers.ink import Fault, Ink

# Gain in nats from which a character is at fault, by its class
DIGIT, CAPITAL, SMALL, SIGN = 1.0, 2.5, 4.0, 4.0
WORD = SMALL  # of a word that reads as another by several characters


class Clarity(NamedTuple):
    """The gain from which a text is not clear to the first network of a reader, and to that of pictures."""

    pen: float
    pictures: float


# What may stand there instead is an eighth as probable. The network of pictures doubts more: of 197 lines
# that are right by eye, 21 are above its limit.
CLEAR = Clarity(-2.0, 1.3)
# For lines by themselves: a page would take twice as long (docs/results.md, "What is still wrong")
VERY_CLEAR = Clarity(-4.0, -2.0)
# Gain from which such a reader finds a fault all the same: of 436 lines that are right by eye, 2 are above it
WRONG_PICTURE = 5.0
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
    "+t",
)
ALIKE_GAIN = 6.0  # added to the gain for one of those


@dataclass(frozen=True)
class Verdict:
    """What a reader makes of a sample."""

    faults: Sequence[Fault]
    log_likelihood: float  # of the text, in nats; the higher, the better it can be read
    troubles: Sequence[int] = ()  # the characters that are at fault, or that something else comes near to

    @property
    def clear(self) -> bool:
        """Whether nothing else comes near to the text."""
        return not self.troubles


def read_back(
    reader: Reader, ink: Ink, text: str, clarity: Clarity = CLEAR, ignored: Collection[int] = ()
) -> Verdict:
    """Return the characters of `text` that `ink` does not show, in the reader's eyes.

    How those at the positions `ignored` look does not matter.
    """
    comparison = reader.compare(ink, text, clarity.pen)
    if not np.isfinite(comparison.log_likelihood):  # there is less ink than the text needs
        return illegible(text, ignored)
    doubts = [
        (excess, doubt)
        for excess, doubt in worst_doubts(text, comparison.doubts)
        if doubt.place not in ignored and _can_judge(reader, text[doubt.place])
    ]
    faults = [_fault(text, doubt) for excess, doubt in doubts if excess > 0]
    faults += _misread_words(reader, ink, text, comparison.log_likelihood, faults, ignored)
    faults.sort(key=lambda fault: fault.place)
    unclear = unclear_places(text, doubts, clarity.pen)
    troubles = {*(_first_shown(fault, ignored) for fault in faults), *unclear}
    return Verdict(faults, comparison.log_likelihood, sorted(troubles))


def second_look(
    pictures: Reader, ink: Ink, text: str, clarity: Clarity = CLEAR, ignored: Collection[int] = ()
) -> Verdict:
    """Return the verdict of a reader that looks at pictures (`Reader.pictures`), as `read_back` does.

    It misreads too much to find any but gross faults, but knows which of several samples can be read better.
    """
    try:
        comparison = pictures.compare(ink, text, min(clarity.pictures, 0.0))
    except HwError:  # it is too wide
        return replace(illegible(text, ignored), faults=())
    if not np.isfinite(comparison.log_likelihood):
        return replace(illegible(text, ignored), faults=())
    doubts = [
        (excess, doubt)
        for excess, doubt in worst_doubts(text, comparison.doubts)
        if doubt.place not in ignored
    ]
    gross = unclear_places(text, doubts, WRONG_PICTURE)
    faults = [
        _fault(text, doubt)
        for _, doubt in doubts
        if doubt.place in gross and _can_judge(pictures, text[doubt.place])
    ]
    return Verdict(faults, comparison.log_likelihood, unclear_places(text, doubts, clarity.pictures))


def illegible(text: str, ignored: Collection[int] = ()) -> Verdict:
    """Return the verdict on ink that does not show `text` at all."""
    place = next((k for k in range(len(text)) if k not in ignored), 0)
    return Verdict([Fault("misread", place, text[place], "")], -np.inf, [place])


def _first_shown(fault: Fault, ignored: Collection[int]) -> int:
    """Return the first position of a character or word at fault that is not `ignored`."""
    return next(k for k in range(fault.place, fault.place + len(fault.character)) if k not in ignored)


def read_back_lines(reader: Reader, ink: Ink, text: str) -> Verdict:
    """Return the verdict on ink of one or several lines; the lines of `text` are the ink's, from the top."""
    lines = [line for line in text.split("\n") if line.strip()]
    inks = split_lines(ink)
    if len(inks) != len(lines):
        return read_back(reader, ink, text)
    faults, total, troubles, place = [], 0.0, list[int](), 0
    for line, part in zip(lines, inks, strict=True):
        place = text.index(line, place)
        verdict = read_back(reader, part, line)
        faults += [replace(fault, place=fault.place + place) for fault in verdict.faults]
        troubles += [place + trouble for trouble in verdict.troubles]
        total += verdict.log_likelihood
        place += len(line)
    return Verdict(faults, total, troubles)


def worst_doubts(text: str, doubts: Sequence[Doubt]) -> list[tuple[float, Doubt]]:
    """Return the doubt furthest above its limit at each character of `text`, in order, and by how many nats.

    What stands for a character is weighed against its look-alikes as well: they count as the character.
    """
    alike = dict.fromkeys(range(len(text)), 0.0)  # their largest gain, by place
    for doubt in doubts:
        if _is_alike(text, doubt):
            alike[doubt.place] = max(alike[doubt.place], doubt.gain)
    worst: dict[int, tuple[float, Doubt]] = {}
    for doubt in doubts:
        excess = doubt.gain - limit(text, doubt)
        if doubt.replaces and not _is_alike(text, doubt):
            excess -= alike[doubt.place]
        if doubt.place not in worst or excess > worst[doubt.place][0]:
            worst[doubt.place] = excess, doubt
    return [worst[place] for place in sorted(worst)]


def largest_gain(text: str, doubts: Sequence[tuple[float, Doubt]]) -> float:
    """Return the largest gain in nats of `doubts` as `worst_doubts` gives them; -inf if there is none."""
    return max((excess + _class_limit(text[doubt.place]) for excess, doubt in doubts), default=-np.inf)


def unclear_places(text: str, doubts: Sequence[tuple[float, Doubt]], most: float) -> list[int]:
    """Return the places whose doubts, as `worst_doubts` gives them, gain more than `most` nats."""
    return [doubt.place for excess, doubt in doubts if excess + _class_limit(text[doubt.place]) > most]


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


def _misread_words(
    reader: Reader,
    ink: Ink,
    text: str,
    log_likelihood: float,
    known: Sequence[Fault],
    ignored: Collection[int],
) -> list[Fault]:
    """Return faults of words of `text` that are read with several errors, if none in them is `known`."""
    found = [
        (place, word, read)
        for place, word, read in words_as_read(text, reader.text_of(ink), ignored)
        if all(character in reader.alphabet for character in word)
        and not any(place <= fault.place < place + len(word) for fault in known)
    ]
    if not found:
        return []
    changed = [f"{text[:place]}{read}{text[place + len(word) :]}" for place, word, read in found]
    gains = np.array(reader.log_likelihoods(ink, changed)) - log_likelihood
    return [Fault("misread", *row) for row, gain in zip(found, gains, strict=True) if gain > WORD]


def words_as_read(text: str, read: str, ignored: Collection[int] = ()) -> list[tuple[int, str, str]]:
    """Return place, word and what is `read` there of each word of `text` that is read with several errors.

    Look-alikes, spaces and whatever is at the positions `ignored` count as the characters of the word.
    """
    found = []
    pairs = [text[k] if k in ignored else part for k, part in enumerate(_by_character(text, read))]
    for match in re.finditer(r"\S+", text):
        place, word = match.start(), match.group()
        parts = pairs[place : match.end()]
        if sum(max(len(part), 1) - (c in part) for c, part in zip(word, parts, strict=True)) > 1:
            found.append((place, word, "".join(parts)))
    return found


def _by_character(text: str, read: str) -> list[str]:
    """Return what is `read` in place of each character of `text`, with what was added beside it."""
    found, place = [""] * len(text), 0
    for expected, part in aligned(text, read):
        if expected:
            found[place] += expected if _are_alike(expected, part) else part.strip()
            place += 1
        elif text:
            begins = place == 0 or text[place - 1].isspace()
            found[place if begins and place < len(text) else place - 1] += part.strip()
    return found


def limit(text: str, doubt: Doubt) -> float:
    """Return the gain from which a doubt is a fault."""
    character = text[doubt.place]
    if character.isspace() or doubt.reads_as.isspace():
        return float("inf")  # what is close together is not wrong
    return _class_limit(character) + ALIKE_GAIN * _is_alike(text, doubt)


def _class_limit(character: str) -> float:
    """Return the gain from which `character` is at fault."""
    if character.isdigit():
        return DIGIT
    if character.isupper():
        return CAPITAL
    return SMALL if character.isalpha() else SIGN


def _is_alike(text: str, doubt: Doubt) -> bool:
    """Return whether a look-alike stands there in place of the character."""
    return doubt.replaces and _are_alike(text[doubt.place], doubt.reads_as)


def _are_alike(character: str, other: str) -> bool:
    return any({character, other} <= set(row) for row in ALIKE)
