"""Text that is safe to draw, and its approximate width without a known font."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

FONT = "sans-serif"
# Widths in em, rounded up from the widest common sans-serif fonts: the font that is used is not known here.
WIDTHS = {
    **dict.fromkeys(" iIjlfrt.,:;'|!·()[]/\\", 0.42),
    **dict.fromkeys("mwMW@%+<=>−—…", 1.0),
}
USUAL, CAPITAL, WIDE = 0.66, 0.82, 1.0
# Bidirectional embeddings, overrides and isolates, which also reorder the text after them. Marks that only
# hint at a direction are allowed.
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    r"""Return `text` on one line, without characters that XML forbids or that control a terminal.

    >>> clean("two\nlines \x1b[31m")
    'two lines [31m'
    """
    return " ".join("".join(" " if _unsafe(c) else c for c in text).split())


def _unsafe(character: str) -> bool:
    # Cc: control characters; Cs: surrogates; Cn: unassigned, including U+FFFE and U+FFFF
    return character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Cn")


def cells(character: str) -> int:
    """Return the number of terminal columns that `character` takes: 0, 1 or 2."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fitted(text: str, room: float, width: Callable[[str], float]) -> str:
    """Return `text`, truncated with … if it is wider than `room`; `width` measures one character.

    >>> fitted("a long caption", 8, cells)
    'a long…'
    """
    if sum(map(width, text)) <= room:
        return text
    free, kept = room - width("…"), []
    for character in text:
        free -= width(character)
        if free < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def em(character: str) -> float:
    """Return the approximate width of `character` in em."""
    if character in WIDTHS:
        return WIDTHS[character]
    columns = cells(character)
    return (0.0, CAPITAL if character.isupper() else USUAL, WIDE)[columns]
