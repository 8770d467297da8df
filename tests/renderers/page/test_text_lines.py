"""The line of the text that each stroke belongs to, as the trace of a sample tells."""

from __future__ import annotations

import numpy as np
import pytest

from renderers.ink import Ink, Trace
from renderers.page.text_lines import text_lines

PAIR = [[0.0, 0.0], [1.0, 0.0]]


def lines(text: str, characters: list[int]) -> list[int]:
    """Return the line of each stroke of two points, of which `characters` has those of the points."""
    strokes = (PAIR,) * (len(characters) // 2)
    found = text_lines(Ink(strokes, text=text, trace=Trace(np.array(characters, np.int64))))
    assert found is not None
    assert (found[::2] == found[1::2]).all()
    return found[::2].tolist()


@pytest.mark.parametrize(
    ("text", "characters", "expected"),
    [
        ("ab\nc", [0, 0, 1, 1, 3, 3], [0, 0, 1]),
        ("ab\nc", [0, 0, 1, 2, 3, 3], [0, 0, 1]),  # the end of a line is where its line feed is
        ("ab\nc", [0, 1, -1, 3], [0, 1]),  # a line may begin before its first character
        ("ab\nc", [0, 1, 3, 3, -1, -1], [0, 1, 1]),  # a dot that was added
        ("ab\n\nc", [0, 1, 4, 4], [0, 2]),
        ("ab\nc", [-1, -1, 1, 1, 3, 4], [0, 0, 1]),
        ("ab", [0, 1, 2, 2], [0, 0]),
    ],
)
def test_each_stroke_is_on_the_line_of_its_characters(text, characters, expected):
    assert lines(text, characters) == expected


@pytest.mark.parametrize(
    "ink",
    [
        Ink((PAIR,)),
        Ink((PAIR,), text="ab"),
        Ink((PAIR,), trace=Trace(np.array([-1, -1]))),
        Ink((), text="a", trace=Trace(np.array([], np.int64))),
    ],
)
def test_ink_without_trace_or_text_has_no_lines(ink):
    assert text_lines(ink) is None
