"""The text of help: headings, paragraphs, commands to copy and lists of options, at any width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

INDENT = 2
COLUMN = 28  # where explanations start
NARROW = 64  # below this width explanations stand under their options
WIDEST = 100
_WORDS = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")  # a quoted text is part of a word


def width_of(columns: int) -> int:
    """Return the width of help in a terminal of `columns` columns.

    >>> width_of(40), width_of(200)
    (40, 100)
    """
    return max(20, min(columns, WIDEST))


def wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    """Return `text` as lines of at most `width` columns, unless a word is longer."""
    import textwrap

    margin = " " * indent
    return textwrap.wrap(
        " ".join(text.split()),
        width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def command(line: str, width: int) -> list[str]:
    r"""Return a command to copy; one that is too long is continued by backslashes, never within quotes.

    >>> for line in command("hw sample --text 'Dear Anna' -o letter.svg", 30): print(line)
      hw sample --text \
          'Dear Anna' -o \
          letter.svg
    """
    lines, rest = [], " " * INDENT
    words = _WORDS.findall(line)
    for number, word in enumerate(words):
        is_last = number == len(words) - 1
        room = width - (0 if is_last else 2)  # for the backslash
        if rest.strip() and len(rest) + 1 + len(word) > room:
            lines.append(f"{rest} \\")
            rest = " " * (INDENT + 4) + word
        else:
            rest += f" {word}" if rest.strip() else word
    return [*lines, rest]


def prose(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a docstring: paragraphs, and as they are the commands, which are indented in it."""
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ""
        lines = paragraph.strip("\n").split("\n")
        if lines[0].endswith("Examples:"):
            yield lines.pop(0)
        if lines and lines[0].startswith(" "):
            for line in lines:
                yield from command(line.strip(), width)
        elif lines:
            yield from wrapped(" ".join(lines), width)


def column_of(terms: Iterable[str]) -> int:
    """Return the column where the explanations of `terms` start."""
    return min(COLUMN, INDENT + 2 + max(map(len, terms), default=0))


def entries(rows: Iterable[tuple[str, str]], width: int, column: int) -> Iterator[str]:
    """Yield the lines of a list of terms with their explanations, which start at `column`.

    An explanation stands under its term if there is no room beside it.
    """
    narrow = width < NARROW
    for term, explanation in rows:
        left = " " * INDENT + (term.lstrip() if narrow else term)
        lines = wrapped(explanation, width, 6 if narrow else column)
        if not narrow and len(left) <= column - 2 and lines:
            left = left.ljust(column) + lines.pop(0).lstrip()
        yield left
        yield from lines
