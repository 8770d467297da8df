"""The characters that a synthesis network can write, and what to write for others.

An alphabet is taken from the texts of the training lines. A character that occurs fewer than RARE times in
them cannot be learned; it is folded (see `Alphabet.nearest`), like any character that the alphabet lacks. If
it cannot be folded either, the network is given no character: the window over the text reads zeros there.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.typed_data import DamageError, record

RARE = 5  # occurrences that a character needs in the training texts to be learned
MOST_NAMED = 200  # characters that an error names: all that a line of text may have
MOST_ADVICE = 4  # characters for which its hint says what to do
# ASCII characters that few people write by hand, and signs that anyascii spells with them
_LOOK_ALIKES = {
    "[": "(", "{": "(", "]": ")", "}": ")", "|": "/", "\\": "/", "&": "+", "`": "'",
    "«": '"', "»": '"', "‹": "'", "›": "'", "″": '"', "×": "x", "•": ".", "·": ".", "ı": "i",
}  # fmt: skip


@dataclass(frozen=True)
class Alphabet:
    """Distinct characters; the code of a character is its position, counted from 0.

    >>> alphabet = Alphabet(" abcdeé")
    >>> alphabet.encode("a bed")
    array([1, 0, 2, 5, 4])
    >>> alphabet.folded("Ædé")
    'aedé'
    """

    characters: str
    # those of them that the network writes badly, so that hw draws them: see hwcli.lettering.recipes
    drawn: str = field(default="", repr=False)

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return character in self.numbers

    @classmethod
    def from_texts(cls, texts: Iterable[str], rare: int = RARE) -> Alphabet:
        """Return the printable characters that occur at least `rare` times in `texts`, sorted."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(unicodedata.normalize("NFC", text))
        return cls("".join(sorted(c for c, n in counts.items() if n >= rare and c.isprintable())))

    @classmethod
    def of(cls, row: Any) -> Alphabet:
        """Return the alphabet that `as_dict` gave as `row`; raise DamageError for another row."""
        alphabet = record(cls, row, "alphabet")
        if not alphabet.characters or len(alphabet.numbers) != len(alphabet):
            raise DamageError("an alphabet must be a text of distinct characters")
        if not alphabet.characters.isprintable():
            raise DamageError("an alphabet must contain only printable characters")
        if not set(alphabet.drawn) <= alphabet.numbers.keys():
            raise DamageError("an alphabet must contain the characters that are drawn")
        return alphabet

    def as_dict(self) -> dict[str, Any]:
        """Return the alphabet as a JSON object."""
        return {"characters": self.characters, **({"drawn": self.drawn} if self.drawn else {})}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Character → code."""
        return {c: k for k, c in enumerate(self.characters)}

    def with_characters(self, other: Alphabet) -> Alphabet:
        """Return the alphabet with those of `other` that it lacks after its own.

        Characters of `other` are not `drawn`: they are learned from its texts.
        """
        more = "".join(c for c in other.characters if c not in self.numbers)
        return Alphabet(self.characters + more, "".join(c for c in self.drawn if c not in other))

    def writes(self, character: str) -> bool:
        """Return whether the network is to write `character` itself."""
        return character in self.numbers and character not in self.drawn

    def unknown(self, text: str) -> list[tuple[int, str]]:
        """Return each character of `text` that the alphabet lacks, once, after its position (from 0)."""
        return [(text.index(c), c) for c in dict.fromkeys(text) if c not in self.numbers]

    def nearest(self, character: str) -> str | None:
        """Return what to write for `character`: é → e, “ → ", X → x, ½ → 1/2; None if nothing is near.

        Tries the character itself; then the character without its accents (its Unicode compatibility
        decomposition); then its transliteration to ASCII by anyascii. In the last two, a character may be
        replaced by its other case or by one that looks like it. The result has only characters of the
        alphabet. It is empty for an accent or an invisible mark, which are nothing by themselves.
        """
        if character in self.numbers:
            return character
        if character.isspace():
            return " " if " " in self.numbers else None
        if not _without_marks(character):
            return ""
        for spelling in _spellings(character):
            found = [self._similar(c) for c in spelling]
            if found and None not in found:
                return "".join(c for c in found if c)
        return None

    def _similar(self, character: str) -> str | None:
        """Return the first in the alphabet of `character`, its look-alike and its other case."""
        candidates = (character, _LOOK_ALIKES.get(character), character.lower(), character.upper())
        return next((c for c in candidates if c in self.numbers), None)

    def folded(self, text: str) -> str:
        """Return `text` with unknown characters replaced by their `nearest`; HwError if one has none."""
        text = unicodedata.normalize("NFC", text)
        nearest = {c: self.nearest(c) for _, c in self.unknown(text)}
        if lost := [k for k, c in enumerate(text) if nearest.get(c, c) is None]:
            raise unwritable_error(text, lost, nearest.get)
        return "".join(nearest.get(c, c) or "" for c in text)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Return the codes of `text`, (characters,); HwError names all characters outside the alphabet."""
        if unknown := self.unknown(text):
            raise unwritable_error(text, [k for k, _ in unknown], self.nearest)
        return np.array([self.numbers[c] for c in text], np.int64)

    def encode_lossy(self, text: str) -> NDArray[np.int64]:
        """Return the codes of the folded `text`, (characters,), with len(self) for what has no nearest."""
        codes: list[int] = []
        for character in unicodedata.normalize("NFC", text):
            near = self.nearest(character)
            codes += [len(self)] if near is None else [self.numbers[c] for c in near]
        return np.array(codes, np.int64)


def unwritable_error(text: str, places: Iterable[int], near: Callable[[str], str | None]) -> HwError:
    """Return an error on the characters at `places` in `text`; `near` gives what --fold writes for one.

    Each character is named once, where it is first. Its hint has the ways out, separated by `; `.
    """
    first: dict[str, int] = {}
    for place in places:
        first.setdefault(text[place], place)
    named = [f"{_shown(c)} ({position(text, place)})" for c, place in first.items()]
    return HwError(f"the model cannot write {_listed(named, MOST_NAMED)}", "; ".join(_ways_out(first, near)))


def position(text: str, place: int) -> str:
    """Return where `place` is in `text`, for people: the column, after the line if there are several."""
    line, column = text.count("\n", 0, place), place - text.rfind("\n", 0, place)
    return f"line {line + 1}, column {column}" if "\n" in text.strip("\n") else f"column {column}"


def _ways_out(characters: Iterable[str], near: Callable[[str], str | None]) -> list[str]:
    foldings = {c: near(c) for c in characters}
    folded = [f"{_shown(c)} as {repr(n) if n else 'nothing'}" for c, n in foldings.items() if n is not None]
    lost = [_shown(c) for c, n in foldings.items() if n is None]
    example = next((c for c, n in foldings.items() if n is None), next(iter(foldings)))
    of = f"{example}=" if len(lost) < 2 and example.isprintable() and not _is_mark(example) else "FROM="
    ways = [f"--fold writes {_listed(folded, MOST_ADVICE)}"] if folded else []
    none = f" for what --fold has nothing for: {_listed(lost, MOST_ADVICE)}" if folded and lost else ""
    return [*ways, f"--replace '{of}TO' writes your own text{none}"]


def _spellings(character: str) -> Iterator[str]:
    """Yield `character` without accents, then its transliteration to ASCII."""
    yield _without_marks(character)
    from anyascii import anyascii  # takes 0.1 s to import, and accents do not need it

    yield anyascii(character)


def _without_marks(character: str) -> str:
    """Return the compatibility decomposition without marks: é → e, ﬁ → fi, ² → 2, … → three dots."""
    return "".join(c for c in unicodedata.normalize("NFKD", character) if not _is_mark(c))


def _is_mark(character: str) -> bool:
    """Return whether `character` is invisible by itself: a combining accent, a joiner or a direction mark."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def _listed(words: Sequence[str], most: int) -> str:
    """Return up to `most` of `words` with commas, and the number of further ones."""
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _shown(character: str) -> str:
    """Return `character` quoted, or as U+XXXX if a terminal cannot show it."""
    shown = character.isprintable() and not _is_mark(character)
    return repr(character) if shown else f"U+{ord(character):04X}"
