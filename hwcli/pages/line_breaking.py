"""Greedy line breaking: each line takes as many words as fit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hwcli.pages.text_width import units
from hwcli.sampling.target_text import LONGEST

MARKS = "-/–—"  # a word may be broken after these without adding a hyphen
MIN_FILL = 0.5  # of the line, for a break after a mark or at a hyphen
MIN_LETTERS = 2  # on either side of an added hyphen
HYPHENATION = "en_GB"  # pyphen's dictionary
TAB = 4  # spaces
_ITEM = re.compile(r"[-*•–—]|\w{1,3}[.)]")  # the first word of an item of a list: a mark, or 1. or a)


@dataclass(frozen=True)
class TextLine:
    """The words up to a line break, none for an empty line, and how far they are indented, in spaces."""

    words: tuple[str, ...]
    indent: int = 0  # of the next line that is broken off
    hanging: int = 0  # of those after it

    @classmethod
    def of(cls, line: str) -> TextLine:
        """Split a line at white space; what it begins with indents it, or all of an item of a list."""
        words = tuple(line.split())
        indent = len(line.expandtabs(TAB)) - len(line.expandtabs(TAB).lstrip()) if words else 0
        hanging = indent + len(words[0]) + 1 if indent and _ITEM.fullmatch(words[0]) else 0
        return cls(words, indent, hanging)

    def after(self, words: tuple[str, ...]) -> tuple[TextLine, ...]:
        """Return what is left of the line once only `words` are left: itself, or nothing."""
        return (TextLine(words, self.hanging, self.hanging),) if words else ()


@dataclass(frozen=True)
class RunningText:
    """Text still to be written, by the line breaks that it has."""

    lines: tuple[TextLine, ...]

    @classmethod
    def of(cls, text: str) -> RunningText:
        """Split `text` at line feeds, and each line at white space; drop empty lines at both ends."""
        lines = [TextLine.of(line) for line in text.split("\n")]
        full = [k for k, line in enumerate(lines) if line.words]
        return cls(tuple(lines[full[0] : full[-1] + 1]) if full else ())

    def __bool__(self) -> bool:
        return bool(self.lines)

    def without_leading_blanks(self) -> RunningText:
        """Drop the empty lines at the beginning."""
        blanks = next((k for k, line in enumerate(self.lines) if line.words), len(self.lines))
        return RunningText(self.lines[blanks:])

    def next_line(self, room: float, hyphen: str = "-") -> tuple[str, RunningText]:
        """Take as many words as fit into `room` (in mean characters); return them and the remaining text.

        The line is "" for an empty line; otherwise it has at least one character, even if that does not fit.
        A word longer than a whole line is broken, where possible in the line's second half: after a mark
        that it contains (-, /), else at a hyphenation point of English, else between any two letters, else
        (a number, or no `hyphen` in the model's alphabet: "") anywhere without a hyphen.
        """
        line, *others = self.lines
        words, rest = line.words, tuple(others)
        if not words:
            return "", RunningText(rest)
        text = words[0]
        if not _fits(text, room):
            text, left = _broken(text, room, hyphen)
            words = (left, *words[1:]) if left else words[1:]
            return text, RunningText((*line.after(words), *rest))
        count = 1
        while count < len(words) and _fits(longer := f"{text} {words[count]}", room):
            text, count = longer, count + 1
        return text, RunningText((*line.after(words[count:]), *rest))


def _fits(text: str, room: float) -> bool:
    return len(text) <= LONGEST and units(text) <= room


def _broken(word: str, room: float, hyphen: str) -> tuple[str, str]:
    """Split a word that is too long into a beginning that fits, with its hyphen, and the rest."""
    most = next((k for k in range(1, len(word)) if not _fits(word[: k + 1], room)), len(word))
    most = max(min(most, len(word) - 1), 1)
    least = MIN_FILL * units(word[:most])
    mark = max((k for k in range(1, most + 1) if word[k - 1] in MARKS), default=0)
    if mark and units(word[:mark]) >= least:
        return word[:mark], word[mark:]
    for k in _hyphen_places(word, most) if hyphen else ():
        if _fits(word[:k] + hyphen, room) and units(word[:k]) >= least:
            return word[:k] + hyphen, word[k:]
    return word[:most], word[most:]


def _hyphen_places(word: str, most: int) -> list[int]:
    """List places for a hyphen up to `most`, best first: hyphenation points, then others, from the right."""
    import pyphen  # only for words that have to be broken

    dictionary = pyphen.Pyphen(lang=HYPHENATION)
    runs = re.finditer(r"[^\W\d_]+", word)  # of letters: a full stop or bracket would hide the word's end
    points = {run.start() + k for run in runs for k in dictionary.positions(run.group())}
    most = min(most, len(word) - MIN_LETTERS)
    between = [k for k in range(MIN_LETTERS, most + 1) if word[k - MIN_LETTERS : k + MIN_LETTERS].isalpha()]
    return sorted(between, key=lambda k: (k in points, k), reverse=True)
