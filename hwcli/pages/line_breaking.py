"""Greedy line breaking: each line takes as many words as fit, and of the next word a part, if asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hwcli.pages import hyphenation
from hwcli.pages.alignment import marked
from hwcli.pages.text_width import units
from hwcli.sampling.target_text import LONGEST

MARKS = "-/–—"  # a word may be broken after these without adding a hyphen
MIN_FILL = 0.5  # of the line, for a break after a mark or at a hyphen
MIN_LETTERS = 2  # on either side of an added hyphen
LADDER = 2  # lines below each other that may end in a hyphen
TAB = 4  # spaces
_ITEM = re.compile(r"[-*•–—]|\w{1,3}[.)]")  # the first word of an item of a list: a mark, or 1. or a)


@dataclass(frozen=True)
class TextLine:
    """The words up to a line break, none for an empty line, and how they are laid out."""

    words: tuple[str, ...]
    indent: int = 0  # of the next line that is broken off, in spaces
    hanging: int = 0  # of those after it
    align: str | None = None  # left, center or right; None: as the page
    is_marked: bool = False  # whether it begins with a mark that aligns it and those below
    language: str | None = None  # in which words are hyphenated; None: only those longer than a line
    hyphens: int = 0  # lines before, one below the other, that end in a hyphen

    @classmethod
    def of(cls, line: str) -> TextLine:
        """Split a line at white space; what it begins with indents it, or all of an item of a list."""
        words = tuple(line.split())
        indent = len(line.expandtabs(TAB)) - len(line.expandtabs(TAB).lstrip()) if words else 0
        hanging = indent + len(words[0]) + 1 if indent and _ITEM.fullmatch(words[0]) else 0
        return cls(words, indent, hanging)

    def after(self, words: tuple[str, ...]) -> tuple[TextLine, ...]:
        """Return what is left of the line once only `words` are left: itself, or nothing."""
        return (replace(self, words=words, indent=self.hanging, hyphens=0),) if words else ()


@dataclass(frozen=True)
class RunningText:
    """Text still to be written, by the line breaks that it has."""

    lines: tuple[TextLine, ...]

    @classmethod
    def of(cls, text: str, language: str | None = None) -> RunningText:
        """Split `text` at line feeds, and each line at white space; drop empty lines at both ends.

        A mark at the beginning of a line (`alignment`) aligns it and the following ones, up to an empty line.
        With a `language` (`hyphenation`), words are hyphenated to fill the lines.
        """
        lines: list[TextLine] = []
        align = None
        for line in text.split("\n"):
            asked, body = marked(line)
            found = TextLine.of(body)
            align = (asked or align) if found.words else None
            lines.append(replace(found, align=align, is_marked=asked is not None, language=language))
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
        that it contains (-, /), else at a hyphenation point of the text's language (default: English), else
        between any two letters, else (a number, or no `hyphen` in the model's alphabet: "") anywhere without
        a hyphen. In a text with a language, other words are hyphenated, too, at good points: as much of a
        word as fits ends the line, but at most LADDER times in a row, and not the last word before a break.
        """
        line, *others = self.lines
        words, rest = line.words, tuple(others)
        if not words:
            return "", RunningText(rest)
        text = words[0]
        if not _fits(text, room):
            text, left = _broken(text, room, hyphen, line.language or hyphenation.USUAL)
            words = (left, *words[1:]) if left else words[1:]
            return text, RunningText((*line.after(words), *rest))
        count = 1
        while count < len(words) and _fits(longer := f"{text} {words[count]}", room):
            text, count = longer, count + 1
        if line.language and line.hyphens < LADDER and count < len(words) - 1:
            word = words[count]
            for k in hyphenation.good_points(word, line.language):
                part = word[:k] if word[k - 1] == "-" else word[:k] + hyphen if hyphen else ""
                if part and _fits(f"{text} {part}", room):
                    (left_over,) = line.after((word[k:], *words[count + 1 :]))
                    hyphenated = replace(left_over, hyphens=line.hyphens + 1)
                    return f"{text} {part}", RunningText((hyphenated, *rest))
        return text, RunningText((*line.after(words[count:]), *rest))


def _fits(text: str, room: float) -> bool:
    return len(text) <= LONGEST and units(text) <= room


def _broken(word: str, room: float, hyphen: str, language: str) -> tuple[str, str]:
    """Split a word that is too long into a beginning that fits, with its hyphen, and the rest."""
    most = next((k for k in range(1, len(word)) if not _fits(word[: k + 1], room)), len(word))
    most = max(min(most, len(word) - 1), 1)
    least = MIN_FILL * units(word[:most])
    mark = max((k for k in range(1, most + 1) if word[k - 1] in MARKS), default=0)
    if mark and units(word[:mark]) >= least:
        return word[:mark], word[mark:]
    for k in _hyphen_places(word, most, language) if hyphen else ():
        if _fits(word[:k] + hyphen, room) and units(word[:k]) >= least:
            return word[:k] + hyphen, word[k:]
    return word[:most], word[most:]


def _hyphen_places(word: str, most: int, language: str) -> list[int]:
    """List places for a hyphen up to `most`, best first: hyphenation points, then others, from the right."""
    points = hyphenation.points(word, language)
    most = min(most, len(word) - MIN_LETTERS)
    between = [k for k in range(MIN_LETTERS, most + 1) if word[k - MIN_LETTERS : k + MIN_LETTERS].isalpha()]
    return sorted(between, key=lambda k: (k in points, k), reverse=True)
