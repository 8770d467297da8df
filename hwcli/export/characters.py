"""What the page writes for characters that a model cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from hwcli.alphabet import Alphabet
from hwcli.lettering.recipes import recipe
from hwcli.lettering.skeletons import ABOVE, BELOW, SIGNS, THROUGH

PLAIN = ((0x21, 0x7F),)  # ASCII, of which a model may lack or draw some as well
LETTERS = (0xA1, 0x250), (0x370, 0x500), (0x1E00, 0x1F00)  # Latin with marks, Greek, Cyrillic
OTHERS = (
    (0x2010, 0x2060),
    (0x2070, 0x20C0),
    (0x2100, 0x2300),
)  # punctuation, figures, currencies, arrows, operators
MORE = "✓ﬁﬂ"


def substitutes(alphabet: Alphabet) -> dict[str, str]:
    """Return character → what to write for it, for common characters that its network cannot write.

    Those that are completed by drawing have `recipes`.

    >>> found = substitutes(Alphabet(" 'aehz-"))
    >>> found.get("é"), found["’"], found["ж"], found.get("€")
    (None, "'", 'zh', None)
    """
    drawn, found = recipes(alphabet), {}
    for character in _common(alphabet):
        plain = recipe(character, alphabet)
        near = plain.written if plain is not None else alphabet.nearest(character)
        if near and character not in drawn:
            found[character] = near
    return found


def recipes(alphabet: Alphabet) -> dict[str, list[str]]:
    """Return character → what the network writes, then the kind and the name of each step that completes it.

    >>> recipes(Alphabet(" aeino"))["î"] == ["i", "dotless ", "above \u0302"]
    True
    """
    found = {}
    for character in _common(alphabet):
        one = recipe(character, alphabet)
        if one is not None and one.steps:
            found[character] = [one.written, *(f"{step.kind} {step.name}" for step in one.steps)]
    return found


def shapes() -> dict[str, str]:
    """Return the shapes of marks and signs by the kind and the name of their step."""
    kinds = {"above": ABOVE, "below": BELOW, "through": THROUGH, "sign": SIGNS}
    return {f"{kind} {name}": shape for kind, named in kinds.items() for name, shape in named.items()}


def _common(alphabet: Alphabet) -> Iterator[str]:
    """Yield common characters that the network of `alphabet` is not to write."""
    codes = chain.from_iterable(range(*ends) for ends in PLAIN + LETTERS + OTHERS)
    for character in chain(map(chr, codes), MORE):
        if not alphabet.writes(character) and not character.isspace():
            yield character
