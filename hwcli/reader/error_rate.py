"""Character error rate: how much of a text was read wrongly, and in which classes of characters.

The rate is the Levenshtein distance between the text and what was read, over the number of characters of the
text. Runs of white space count as one space, and those at the ends do not count.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

CLASSES = ("small", "capitals", "digits", "punctuation", "spaces")
PROTOCOL = "cer"  # in a reader's file and of hw evaluate


def plain(text: str) -> str:
    """Return `text` in composed characters (NFC) with single spaces, none at its ends.

    >>> plain("  two  words ")
    'two words'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def class_of(character: str) -> str:
    """Return which of CLASSES a character belongs to; letters without case are small."""
    if character.isspace():
        return "spaces"
    if character.isupper():
        return "capitals"
    if character.isalpha():
        return "small"
    return "digits" if character.isdigit() else "punctuation"


@dataclass(frozen=True)
class Errors:
    """How many characters there were to read, and how many errors, by class.

    A character that was misread or left out is an error of its own class, one that was added an error of the
    class that was read.

    >>> errors = Errors.of("Room 12", "room l2.")
    >>> errors.wrong == {"capitals": 1, "digits": 1, "punctuation": 1}, round(errors.rate, 3)
    (True, 0.429)
    """

    lines: int = 0
    characters: Mapping[str, int] = field(default_factory=Counter)
    wrong: Mapping[str, int] = field(default_factory=Counter)

    @classmethod
    def of(cls, text: str, read: str) -> Errors:
        """Compare a line's `text` with what was read."""
        text, read = plain(text), plain(read)
        wrong = Counter(class_of(a or b) for a, b in aligned(text, read) if a != b)
        return cls(1, Counter(map(class_of, text)), wrong)

    @classmethod
    def total(cls, parts: Iterable[Errors]) -> Errors:
        """Return the errors of all `parts` together."""
        lines, characters, wrong = 0, Counter[str](), Counter[str]()
        for part in parts:
            lines += part.lines
            characters.update(part.characters)
            wrong.update(part.wrong)
        return cls(lines, characters, wrong)

    @property
    def count(self) -> int:
        """The number of characters that there were to read."""
        return sum(self.characters.values())

    @property
    def rate(self) -> float:
        """Errors over characters; it can exceed 1."""
        return sum(self.wrong.values()) / max(self.count, 1)

    @property
    def by_class(self) -> dict[str, float]:
        """The rate of each class that occurs in the texts, in the order of CLASSES."""
        return {
            name: self.wrong.get(name, 0) / count
            for name in CLASSES
            if (count := self.characters.get(name, 0))
        }

    def as_row(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        return {
            "rate": self.rate,
            "by_class": self.by_class,
            "lines": self.lines,
            "characters": self.count,
            "characters_by_class": {k: self.characters[k] for k in CLASSES if self.characters.get(k)},
        }


def aligned(text: str, read: str) -> list[tuple[str, str]]:
    """Return pairs of characters of a cheapest alignment; "" stands for none, on either side.

    >>> aligned("cat", "coat")
    [('c', 'c'), ('', 'o'), ('a', 'a'), ('t', 't')]
    """
    first = 0
    while first < min(len(text), len(read)) and text[first] == read[first]:
        first += 1
    last = 0
    while last < min(len(text), len(read)) - first and text[-1 - last] == read[-1 - last]:
        last += 1
    between = _aligned(text[first : len(text) - last], read[first : len(read) - last])
    same = [(c, c) for c in text]
    return same[:first] + between + same[len(text) - last :]


def _aligned(text: str, read: str) -> list[tuple[str, str]]:
    """Return an alignment by the table of distances between all beginnings (Wagner and Fischer 1974)."""
    table = [list(range(len(read) + 1))]
    for i, a in enumerate(text, 1):
        above, row = table[-1], [i]
        for j, b in enumerate(read, 1):
            row.append(min(above[j - 1] + (a != b), above[j] + 1, row[-1] + 1))
        table.append(row)
    i, j, pairs = len(text), len(read), []
    while i or j:
        here = table[i][j]
        if i and j and here == table[i - 1][j - 1] + (text[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((text[i], read[j]))
        elif i and here == table[i - 1][j] + 1:
            i -= 1
            pairs.append((text[i], ""))
        else:
            j -= 1
            pairs.append(("", read[j]))
    return pairs[::-1]
