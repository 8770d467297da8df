"""Text that is safe to draw, and about how wide it is, whatever the font."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

FONT = "sans-serif"
# Widths in em. No font is known here, so these are of the widest of the common sans-serifs, rounded up.
WIDTHS = {
    **dict.fromkeys(" iIjlfrt.,:;'|!·()[]/\\", 0.42),
    **dict.fromkeys("mwMW@%+<=>−—…", 1.0),
}
USUAL, CAPITAL, WIDE = 0.66, 0.82, 1.0
# Characters that turn the reading direction of what follows. (The marks that only hint at it are left.)
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """`text` on one line, without what XML cannot hold and what would act on a terminal or its neighbours."""
    return " ".join("".join(" " if _acts(c) else c for c in text).split())


def _acts(character: str) -> bool:
    # Cc: control characters; Cs: halves of surrogate pairs; Cn: among others U+FFFE and U+FFFF
    return character in _TURNING or unicodedata.category(character) in ("Cc", "Cs", "Cn")


def cells(character: str) -> int:
    """How many columns of a terminal `character` takes: 0, 1 or 2."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fitted(text: str, room: float, width: Callable[[str], float]) -> str:
    """`text`, ended with … where it is wider than `room`; `width` gives a character's."""
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
    """About how wide `character` is, in em."""
    if character in WIDTHS:
        return WIDTHS[character]
    columns = cells(character)
    return (0.0, CAPITAL if character.isupper() else USUAL, WIDE)[columns]
