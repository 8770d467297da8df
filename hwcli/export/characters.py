"""What the page writes for characters that a model's alphabet lacks."""

from __future__ import annotations

from itertools import chain

from hwcli.alphabet import Alphabet
from hwcli.lettering.recipes import recipe

LETTERS = (0xA1, 0x250), (0x370, 0x500), (0x1E00, 0x1F00)  # Latin with marks, Greek, Cyrillic
SIGNS = (0x2010, 0x2060), (0x20A0, 0x20C0), (0x2100, 0x2300)  # punctuation, currencies, arrows, operators


def substitutes(alphabet: Alphabet) -> dict[str, str]:
    """Return character → what to write for it, for common characters that `alphabet` lacks.

    Marks and signs that hw draws on a sample are left out: the page writes é as e.

    >>> found = substitutes(Alphabet(" 'aehz-"))
    >>> found["é"], found["’"], found["ж"], found.get("€")
    ('e', "'", 'zh', None)
    """
    found = {}
    for character in map(chr, chain.from_iterable(range(*ends) for ends in LETTERS + SIGNS)):
        if character in alphabet or character.isspace():
            continue
        plain = recipe(character, alphabet)
        near = plain.written if plain is not None and not plain.steps else alphabet.nearest(character)
        if near:
            found[character] = near
    return found
