"""The characters that a synthesis network can write, and the nearest of them to others.

An alphabet is taken from the texts that a network learns from. Characters that occur less than RARE times in
them cannot be learned: they are folded (`nearest`) like any that it does not have, and what has no nearest
form becomes no character at all: the window then stands on nothing.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError

RARE = 5  # times that a character must occur in the texts learned from
LIKE = {
    **dict.fromkeys("“”„‟«»″〝〞", '"'),
    **dict.fromkeys("‘’‚‛‹›′`´ʼ", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("[{⟨", "("),
    **dict.fromkeys("]}⟩", ")"),
    **dict.fromkeys("•·∙", "."),
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "×": "x", "÷": ":", "¡": "!",
    "¿": "?", "&": "+", "|": "/", "\\": "/",
}  # fmt: skip


@dataclass(frozen=True)
class Alphabet:
    """Characters in the order of their numbers, each once."""

    characters: str

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return character in self.numbers

    @classmethod
    def from_texts(cls, texts: Iterable[str], rare: int = RARE) -> Alphabet:
        """The characters that occur in `texts` at least `rare` times, sorted."""
        counts = Counter("".join(unicodedata.normalize("NFC", text) for text in texts))
        return cls("".join(sorted(c for c, n in counts.items() if n >= rare and c.isprintable())))

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Alphabet:
        """From JSON; KeyError or ValueError where it does not fit."""
        characters = row["characters"]
        if not isinstance(characters, str) or not characters or len(set(characters)) != len(characters):
            raise ValueError("an alphabet should be a text of different characters")
        if not characters.isprintable():
            raise ValueError("an alphabet should have printable characters alone")
        return cls(characters)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"characters": self.characters}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Character → its number."""
        return {c: k for k, c in enumerate(self.characters)}

    def unknown(self, text: str) -> list[tuple[int, str]]:
        """Position, counted from 0, and character of all in `text` that are not in the alphabet."""
        return [(k, c) for k, c in enumerate(text) if c not in self.numbers]

    def nearest(self, character: str) -> str | None:
        """What to write for one that is not in the alphabet: é → e, “ → ", X → x; None where nothing is near.

        In this order: the character as it is; its look-alike; its Unicode compatibility decomposition without
        accents; the other case. All characters of the result are in the alphabet; it is empty for what is
        nothing by itself, an accent or a mark that nobody sees.
        """
        if character in self.numbers:
            return character
        if character.isspace():
            return " " if " " in self.numbers else None
        plain = LIKE.get(character) or _without_marks(character)
        found = [c if c in self.numbers else self._other_case(c) for c in plain]
        return "".join(c for c in found if c) if all(found) else None

    def _other_case(self, character: str) -> str | None:
        return next((c for c in (character.lower(), character.upper()) if c in self.numbers), None)

    def folded(self, text: str) -> str:
        """`text` with its nearest for all that is not in the alphabet; HwError where one has none."""
        text = unicodedata.normalize("NFC", text)
        nearest = {c: self.nearest(c) for _, c in self.unknown(text)}
        lost = "".join(c for c, near in nearest.items() if near is None)
        if lost:
            self._refuse(text, [(k, c) for k, c in self.unknown(text) if c in lost], "leave it out")
        return "".join(nearest.get(c, c) or "" for c in text)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Numbers of the characters, (characters,). HwError that names those it does not have."""
        if unknown := self.unknown(text):
            near = {c: n for _, c in unknown if (n := self.nearest(c)) is not None}
            some = list(near.items())[:4]
            as_what = ", ".join(f"{_shown(c)} as {repr(n) if n else 'nothing'}" for c, n in some)
            hint = f"--fold writes {as_what}" if len(near) == len({c for _, c in unknown}) else "leave it out"
            self._refuse(text, unknown, hint)
        return np.array([self.numbers[c] for c in text], np.int64)

    def _refuse(self, text: str, unknown: list[tuple[int, str]], hint: str) -> None:
        named = ", ".join(f"{_shown(c)} at position {k + 1}" for k, c in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise HwError(
            f"the model has never seen {named}{more}", f"it writes {self.characters.strip()}; {hint}"
        )

    def learned(self, text: str) -> NDArray[np.int64]:
        """Numbers for a text to learn from: folded, and len(self), no character, for what has no near one."""
        text = unicodedata.normalize("NFC", text)
        near = (self.nearest(c) if c not in self.numbers else c for c in text)
        return np.array(
            [self.numbers.get(c, len(self)) for part in near for c in ([""] if part is None else part)],
            np.int64,
        )


def _without_marks(character: str) -> str:
    """Its compatibility decomposition without combining marks: é → e, ﬁ → fi, ² → 2, … → three dots."""
    return "".join(c for c in unicodedata.normalize("NFKD", character) if not _is_mark(c))


def _is_mark(character: str) -> bool:
    """Whether it is nothing by itself: an accent on what is before it, or a joiner, a direction, no width."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def _shown(character: str) -> str:
    shown = character.isprintable() and not _is_mark(character)
    return repr(character) if shown else f"U+{ord(character):04X}"
