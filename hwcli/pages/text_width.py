"""Estimating the width of written text: a relative width per character, times that of a mean character.

The character widths were fitted to 10,400 lines of IAM-OnDB: the width of a line against the characters in
it, with one scale per writer. These few classes predict a writer's lines within 8 %, as well as a separate
width for every character does; equal widths for all characters give 10 %.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

CLASSES = {
    0.25: ".,'",
    0.7: 'ilr:;!"()|/',
    0.85: "tfsjq-",
    1.2: "adhku0123456789",
    1.5: "mw",
}
CAPITAL = 1.55
# Width of a mean character in heights (Size.height) of the handwriting: half of the writers are in 1.9 … 2.6.
USUAL = 2.25
# Lines of 30 units scatter by 8 % and writers by 22 %, so the usual width counts as much as this much text.
USUAL_UNITS = 4.0
MEMORY = 60.0  # units, about two lines: writing gets wider and narrower over time

_WIDTHS = {character: width for width, characters in CLASSES.items() for character in characters}


def width_of(character: str) -> float:
    """Return the width of a character in units of the mean character's; > 0. Marks have none."""
    if not character.isascii():
        character = unicodedata.normalize("NFD", character)[0]
    return _WIDTHS.get(character, CAPITAL if character.isupper() else 1.0)


def units(text: str) -> float:
    """Return the width of a text in units of the mean character's; it grows with every character."""
    return sum(map(width_of, text))


@dataclass(frozen=True)
class CharacterWidth:
    """Running estimate of a mean character's width: `width`, in the ink's units, of `units` of text."""

    width: float
    units: float

    @classmethod
    def usual(cls, height: float) -> CharacterWidth:
        """Start with the usual width in handwriting of that Size.height."""
        return cls(USUAL * height * USUAL_UNITS, USUAL_UNITS)

    @property
    def mean(self) -> float:
        """The width of a mean character, in the ink's units."""
        return self.width / self.units

    def after(self, text: str, width: float) -> CharacterWidth:
        """Update the estimate with `text` that came out `width` wide; text beyond MEMORY is discounted."""
        kept = min(MEMORY / self.units, 1.0)
        return CharacterWidth(self.width * kept + width, self.units * kept + units(text))
