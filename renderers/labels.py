"""Text that is safe to draw, and about how wide it is, whatever the font."""

from __future__ import annotations

import unicodedata

# Widths in em. No font is known here, so these are those of a common sans-serif, rounded up.
NARROW, USUAL, WIDE = 0.32, 0.6, 1.0
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


def em(text: str) -> float:
    """About how wide `text` is, in em."""
    return sum(_em(c) for c in text)


def fitted(text: str, room: float) -> str:
    """`text`, ended with … where it is wider than `room` em."""
    if em(text) <= room:
        return text
    width, kept = USUAL, []
    for character in text:
        width += _em(character)
        if width > room:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _em(character: str) -> float:
    if character in " iIl.,:;'|!·":
        return NARROW
    return (0.0, USUAL, WIDE)[cells(character)]
