"""How to write a character that a network cannot write: what it writes instead, and what is then done.

A letter with marks is the letter, and the marks are drawn. A sign without a letter of its own is drawn in the
place of a stand-in that the network writes to leave room for it. Some signs are others in another position or
size: ¿ is a turned ?, ² a small 2.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from hwcli.alphabet import Alphabet
from hwcli.lettering.skeletons import ABOVE, BELOW, SIGNS

STAND_INS = "0865oOn"  # figures are not joined to their neighbours


class Step(NamedTuple):
    """Something to do with the ink of a character; the kinds are the functions in hwcli.lettering.steps."""

    kind: str
    name: str = ""


class Recipe(NamedTuple):
    """What the network writes for a character, and the steps that complete it."""

    written: str
    steps: tuple[Step, ...] = ()

    @property
    def is_stand_in(self) -> bool:
        """Whether what the network writes is removed again, so that it need not be legible."""
        return any(step.kind == "sign" for step in self.steps)


def _through(written: str, *names: str) -> Recipe:
    return Recipe(written, tuple(Step("through", name) for name in names))


_SAME = {
    "‘": "'", "’": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "‟": '"', "″": '"', "…": "...", "‐": "-",
    "‑": "-", "−": "-", "‒": "-", "⁄": "/", "∕": "/", "ﬁ": "fi", "ﬂ": "fl", "ŉ": "'n", "ĳ": "ij", "Ĳ": "IJ",
}  # fmt: skip
_FRACTIONS = {
    "½": "12", "¼": "14", "¾": "34", "⅓": "13", "⅔": "23", "⅕": "15", "⅖": "25", "⅗": "35", "⅘": "45",
    "⅙": "16", "⅚": "56", "⅛": "18", "⅜": "38", "⅝": "58", "⅞": "78", "%": "00",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ºª", "0123456789oa", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_RECIPES = {
    **{c: Recipe(written) for c, written in _SAME.items()},
    **{c: Recipe(written, (Step("fraction"),)) for c, written in _FRACTIONS.items()},
    **{c: Recipe(written, (Step("raised"),)) for c, written in _RAISED.items()},
    **{c: Recipe(written, (Step("lowered"),)) for c, written in _LOWERED.items()},
    "–": Recipe("-", (Step("stretched", "1.6"),)),
    "—": Recipe("-", (Step("stretched", "2.4"),)),
    "·": Recipe(".", (Step("moved", "0.45"),)),
    "•": Recipe(".", (Step("moved", "0.45"),)),
    "„": Recipe('"', (Step("dropped"),)),
    "‚": Recipe(","),
    "ı": Recipe("i", (Step("dotless"),)),
    "ȷ": Recipe("j", (Step("dotless"),)),
    "æ": Recipe("ae", (Step("joined"),)),
    "œ": Recipe("oe", (Step("joined"),)),
    "ø": _through("o", "slash"),
    "Ø": _through("O", "slash"),
    "đ": _through("d", "cross bar"),
    "Đ": _through("D", "middle bar"),
    "Ð": _through("D", "middle bar"),
    "ð": _through("d", "stem bar"),
    "ħ": _through("h", "left cross bar"),
    "Ħ": _through("H", "wide bar"),
    "ł": _through("l", "short slash"),
    "Ł": _through("L", "middle bar"),
    "ŧ": _through("t", "wide bar"),
    "Ŧ": _through("T", "wide bar"),
    "ŀ": Recipe("l."),
    "Ŀ": Recipe("L."),
    **{c: Recipe(base, (Step("beside"),)) for c, base in zip("ďťľĽ", "dtlL", strict=True)},
    "$": _through("S", "upright"),
    "¢": _through("c", "upright"),
    "€": _through("C", "euro bars"),
    "¥": _through("Y", "yen bars"),
    "µ": _through("u", "tail"),
    "μ": _through("u", "tail"),
    "ģ": Recipe("g", (Step("above", "\u0301"),)),
    **{c: Recipe(base, (Step("below", "\u0326"),)) for c, base in zip("ĶķĻļŅņŖŗĢ", "KkLlNnRrG", strict=True)},
}


_KINDS = {**dict.fromkeys(ABOVE, "above"), **dict.fromkeys(BELOW, "below"), "\u031b": "through"}


def recipe(character: str, alphabet: Alphabet) -> Recipe | None:
    """Return how to write `character` with the characters of `alphabet`; None if it cannot be written."""
    if alphabet.writes(character):
        return Recipe(character)
    if unicodedata.category(character) == "Zs":  # a space of any width; no tab, no line feed
        return Recipe(" ") if " " in alphabet else None
    found = _RECIPES.get(character) or _marked(character, alphabet)
    if found is not None and all(c in alphabet for c in found.written):
        return found
    if character in SIGNS:
        stand_in = next((c for c in STAND_INS if c in alphabet), None)
        if stand_in:
            return Recipe(stand_in, (Step("sign", character),))
    return Recipe(character) if character in alphabet else None


def _marked(character: str, alphabet: Alphabet) -> Recipe | None:
    """Return the recipe of a letter with marks above and below it; None if it is not one."""
    letter, *marks = list(unicodedata.normalize("NFD", character))
    if not marks or not letter.isalpha() or any(mark not in _KINDS for mark in marks):
        return None
    base = recipe(letter, alphabet)
    if base is None or base.is_stand_in:
        return None
    steps = [Step(_KINDS[mark], mark) for mark in marks]
    undot = letter in "ij" and any(step.kind == "above" for step in steps)
    return Recipe(base.written, (*base.steps, *([Step("dotless")] if undot else []), *steps))
