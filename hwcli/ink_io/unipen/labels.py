"""Labels of UNIPEN as people space text.

Some contributors put a space around each sign and digit: `Frontini , Monica 2 8 0 7 9` labels the ink of
"Frontini, Monica 28079". Seen by drawing their segments: no other contributor does so.
"""

from __future__ import annotations

import re

TOKENISED = frozenset({"cea", "ceb", "ced", "dar", "hpb", "hpp"})
_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"(?<=(?<!\S)\d) (?=\d(?!\S))", ""),  # between digits
        (r"(?<=\d) ([-/:]|[.,](?= \d)) (?=\d)", r"\1"),  # around signs within numbers
        (r"(?<=\S) (?=[,.;:?!)%](?!\S))", ""),  # before closing signs
        (r"(?<!\S)([($]) (?=\S)", r"\1"),  # after opening signs
        (r"(?<=[A-Za-z]) ' (?=(?:d|ll|m|re|s|t|ve)(?!\S))", "'"),  # wasn ' t
        (r"(?<=[A-Za-z]{2}) -$", "-"),  # a word broken at the end of its line
    ]
]
_APART = "0 1 2 3 4 5 6 7 8 9"  # written apart, as it is labelled


def spaced_as_written(text: str, contributor: str) -> str:
    """Return a label without the spaces that its contributor put around signs and digits.

    >>> spaced_as_written("( 2 1 2 ) 7 5 3 - 8 6 7 5 , I wasn ' t", "hpp")
    "(212) 753-8675, I wasn't"
    >>> spaced_as_written("7 5 3 - 8 6 7 5", "art")
    '7 5 3 - 8 6 7 5'
    """
    if contributor in TOKENISED and text != _APART:
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return text
