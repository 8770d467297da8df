"""Breaking text into lines, greedily, as a pen does: a word goes on the line if there is room for it."""

from __future__ import annotations

from dataclasses import dataclass

from hwcli.pages.text_width import units
from hwcli.sampling.target_text import LONGEST

# Marks within a word after which it may be broken as it is; and how much of the line they must fill.
MARKS, FILLED = "-/–—", 0.5
LEAST = 2  # letters on either side of a hyphen


@dataclass(frozen=True)
class Flow:
    """Text that is still to be written: lines of words, each ended by a line break. () is an empty line."""

    lines: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, text: str) -> Flow:
        """The lines of `text`, cut at line feeds, without empty ones at its ends.

        Words stand between white space of any kind and any amount.
        """
        lines = [tuple(line.split()) for line in text.split("\n")]
        full = [k for k, words in enumerate(lines) if words]
        return cls(tuple(lines[full[0] : full[-1] + 1]) if full else ())

    def __bool__(self) -> bool:
        return bool(self.lines)

    def without_blanks(self) -> Flow:
        """The same without the empty lines that it begins with."""
        blanks = next((k for k, words in enumerate(self.lines) if words), len(self.lines))
        return Flow(self.lines[blanks:])

    def line(self, room: float, hyphen: str = "-") -> tuple[str, Flow]:
        """The next line, as many words as `room` (in units of a mean character) holds, and what is left.

        It is "" for an empty line, and else has one character at least, however little room there is. A word
        that is longer than a line of its own is broken where the line is full, or less than half of it before
        that: after the last mark that is there already (-, /); else between letters, two at least on either
        side, with a `hyphen` ("": text that knows none); else, as a number is, anywhere with nothing added.
        """
        words, *others = self.lines
        rest = tuple(others)
        if not words:
            return "", Flow(rest)
        text = words[0]
        if not _fits(text, room):
            text, left = _broken(text, room, hyphen)
            words = (left, *words[1:]) if left else words[1:]
            return text, Flow((words, *rest) if words else rest)
        count = 1
        while count < len(words) and _fits(longer := f"{text} {words[count]}", room):
            text, count = longer, count + 1
        return text, Flow((words[count:], *rest) if count < len(words) else rest)


def _fits(text: str, room: float) -> bool:
    return len(text) <= LONGEST and units(text) <= room


def _broken(word: str, room: float, hyphen: str) -> tuple[str, str]:
    """A beginning of `word` that fits, with its hyphen, and the rest, neither of them empty."""
    most = next((k for k in range(1, len(word)) if not _fits(word[: k + 1], room)), len(word))
    most = max(min(most, len(word) - 1), 1)
    own = max((k for k in range(1, most + 1) if word[k - 1] in MARKS), default=0)
    if own and units(word[:own]) >= FILLED * units(word[:most]):
        return word[:own], word[own:]
    for k in range(min(most, len(word) - LEAST), LEAST - 1, -1) if hyphen else ():
        inside = word[k - LEAST : k + LEAST].isalpha()
        if inside and _fits(word[:k] + hyphen, room) and units(word[:k]) >= FILLED * units(word[:most]):
            return word[:k] + hyphen, word[k:]
    return word[:most], word[most:]
