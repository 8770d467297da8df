r"""Marks that align a paragraph: `> ` right, `>< ` centred, `< ` left, at the beginning of a line.

A mark holds up to the next empty line or mark. A backslash before it keeps it as text: `\> `.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MARKS = {"<": "left", "><": "center", ">": "right"}
# (?<![^\n\f]): at the beginning of a line; [^\S\n\f] is a blank within one
_MARK = re.compile(r"(?<![^\n\f])(\\*)(><|<|>) (?=[^\S\n\f]*\S)")


def marked(line: str) -> tuple[str | None, str]:
    r"""Return the alignment that a line asks for, and the line without its mark or the escape of one.

    >>> marked(">< The End"), marked("> 3 May"), marked("<3"), marked(r"\> 5")
    (('center', 'The End'), ('right', '3 May'), (None, '<3'), (None, '> 5'))
    """
    found = _MARK.match(line)
    if found is None:
        return None, line
    return (None, line[1:]) if found[1] else (MARKS[found[2]], line[found.end() :])


def has_marks(text: str) -> bool:
    """Return whether a line of `text` begins with a mark, or with the escape of one."""
    return _MARK.search(text) is not None


def mark_places(text: str) -> set[int]:
    """Return the positions in `text` of what is not written: marks, and the first backslash of an escape."""
    found: set[int] = set()
    for one in _MARK.finditer(text):
        found |= {one.start()} if one[1] else {*range(*one.span())}
    return found


def outside_marks(text: str, change: Callable[[str], str]) -> str:
    r"""Return `text` with `change` applied to what is not a mark. What looks like one only then is escaped.

    >>> outside_marks("> a → b\n→ c", lambda text: text.replace("→", ">"))
    '> a > b\n\\> c'
    """
    parts: list[str] = []
    start = 0
    for one in _MARK.finditer(text):
        if not one[1]:
            parts += [text[start : one.start()], text[slice(*one.span())]]
            start = one.end()
    parts.append(text[start:])
    escaped: list[str] = []
    for number, part in enumerate(parts):
        # those that were escaped before have another backslash then
        before = "" if number == 0 else " "  # what follows a mark is not at the beginning of a line
        escaped.append(part if number % 2 else _escaped(part, change, before))
    return "".join(escaped)


def _escaped(part: str, change: Callable[[str], str], before: str) -> str:
    """Return the changed `part`, after text that ends in `before`, with the marks in it escaped."""
    plain = _MARK.sub(lambda one: one[0][1:] if one[1] else one[0], before + part)[len(before) :]
    return _MARK.sub(lambda one: "\\" + one[0], before + change(plain))[len(before) :]
