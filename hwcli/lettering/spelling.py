"""A line of text as a network is to write it, and what is to be done with its ink."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet, unwritable_error
from hwcli.lettering.recipes import Recipe, recipe
from renderers.ink import Fault

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Spelling:
    """A text and one recipe per character of it.

    >>> spelling = Spelling.of(Alphabet(" aeno-?"), "año")
    >>> spelling.written, spelling.places.tolist(), spelling.is_plain
    ('ano', [0, 1, 2], False)
    """

    text: str
    recipes: tuple[Recipe, ...]

    @classmethod
    def of(cls, alphabet: Alphabet, text: str) -> Spelling:
        """Spell `text` in characters of `alphabet`. HwError names all characters that cannot be written."""
        found = [recipe(c, alphabet) for c in text]
        if None in found:
            check_writable(alphabet, text)
        return cls(text, tuple(one for one in found if one is not None))

    @cached_property
    def written(self) -> str:
        """What the network writes."""
        return "".join(one.written for one in self.recipes)

    @cached_property
    def places(self) -> IntArray:
        """The position in `text` of each character that the network writes, (written,)."""
        places: IntArray = np.repeat(np.arange(len(self.recipes)), [len(one.written) for one in self.recipes])
        return places

    @property
    def is_plain(self) -> bool:
        """Whether the network's ink is complete."""
        return not any(one.steps for one in self.recipes)

    def in_text(self, written: IntArray) -> IntArray:
        """Return positions in `written` as positions in `text`; those before and after it stay beyond it."""
        places = np.append(self.places, len(self.text))
        return np.where(written < 0, written, places[np.clip(written, 0, len(self.written))])

    @cached_property
    def stand_ins(self) -> frozenset[int]:
        """The positions in `written` of what is removed, so that it matters little how it looks."""
        return frozenset(k for k, place in enumerate(self.places) if self.recipes[place].is_stand_in)

    def faults_in_text(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return `faults` of what was written as faults of `text`: of a character, or of a word.

        Those of how a stand-in looks are left out.
        """
        found = []
        for fault in faults:
            written = range(fault.place, fault.place + len(fault.character))
            if fault.kind in ("misread", "repeated") and self.stand_ins.issuperset(written):
                continue
            first, last = int(self.places[written[0]]), int(self.places[written[-1]])
            found.append(replace(fault, place=first, character=self.text[first : last + 1]))
        return found

    def until(self, end: int) -> Spelling:
        """Return the spelling of the text whose last written character is the one before `end`."""
        count = int(self.places[end - 1]) + 1
        return Spelling(self.text[:count], self.recipes[:count])


def check_writable(alphabet: Alphabet, text: str, passed: Container[int] = ()) -> None:
    """Raise HwError that names all characters of `text` that cannot be written; not at places in `passed`."""
    lost = [k for k, c in enumerate(text) if k not in passed and recipe(c, alphabet) is None]
    if lost:
        raise unwritable_error(text, lost, lambda c: nearest(alphabet, c))


def folded(alphabet: Alphabet, text: str) -> str:
    """Return `text`, in NFC, with characters that cannot be written replaced by their nearest.

    HwError names all that have none.
    """
    text = unicodedata.normalize("NFC", text)
    check_foldable(alphabet, text)
    near = {c: nearest(alphabet, c) for c in dict.fromkeys(text)}
    return "".join(near[c] or "" for c in text)


def check_foldable(alphabet: Alphabet, text: str, passed: Container[int] = ()) -> None:
    """Raise HwError that names all characters of `text` without a nearest; not at places in `passed`."""
    near = {c: nearest(alphabet, c) for c in dict.fromkeys(text)}
    lost = [k for k, c in enumerate(text) if k not in passed and near[c] is None]
    if lost:
        raise unwritable_error(text, lost, near.get)


def blanks(text: str) -> set[int]:
    """Return the positions of white space, which pages lay out."""
    return {k for k, c in enumerate(text) if c.isspace()}


def nearest(alphabet: Alphabet, character: str) -> str | None:
    """Return what to write for `character`: itself if it can be written, else `Alphabet.nearest`."""
    if character in alphabet or recipe(character, alphabet) is not None:
        return character
    return alphabet.nearest(character)
