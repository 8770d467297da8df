"""Replacing parts of a text before it is written: `--replace FROM=TO`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError, UsageError
from hwcli.lettering.spelling import check_writable, folded


class Replacements:
    """What is written in place of parts of a text: the longest match first, and nothing twice.

    >>> Replacements({"a": "b", "ab": "a", "b": "c"}).applied("ab, a, b")
    'a, b, c'
    """

    def __init__(self, pairs: Mapping[str, str]) -> None:
        normal = {_nfc(before): _nfc(after) for before, after in pairs.items()}
        self._pairs = normal
        longest_first = sorted(normal, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first))) if normal else None

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def applied(self, text: str) -> str:
        """Return `text`, in NFC, with its parts replaced. What a replacement gives is not replaced again."""
        text = _nfc(text)
        return self._any.sub(lambda found: self._pairs[found[0]], text) if self._any else text

    def places(self, text: str) -> set[int]:
        """Return the positions in `text`, which is in NFC, of the characters that are replaced."""
        found: Iterable[re.Match[str]] = self._any.finditer(text) if self._any else ()
        return {place for one in found for place in range(*one.span())}

    def check(self, alphabet: Alphabet, fold: bool) -> None:
        """Raise UsageError for a replacement that gives what cannot be written, even with `fold`."""
        for before, after in self._pairs.items():
            visible = "".join(" " if c.isspace() else c for c in after)
            try:
                folded(alphabet, visible) if fold else check_writable(alphabet, visible)
            except HwError as error:
                where = f"the replacement {before + '=' + after!r} gives what cannot be written"
                raise UsageError(f"{where}: {error.message}", "give other text after the =") from None


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
