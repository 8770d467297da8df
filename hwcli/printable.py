"""Text from files as a terminal may show it: without characters that control the terminal."""

from __future__ import annotations

import re

# control characters, among them newlines and escapes; the separators of lines and paragraphs; embeddings,
# overrides and isolates, which reorder the text after them; halves of surrogate pairs, which UTF-8 lacks
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object) -> str:
    r"""Return `text` on one line, with each unsafe character as an escape.

    >>> print(printable("a\x1b[31mb\nc"))
    a\x1b[31mb\nc
    """
    return _UNSAFE.sub(lambda found: _escape(found[0]), str(text))


def json_printable(text: str) -> str:
    """Return JSON whose strings have the unsafe characters that JSON allows in them as escapes."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
