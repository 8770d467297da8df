"""Finding ink that is written on several lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.ink_io.unipen.line_breaks import line_breaks


def letters(count: int, left: float = 0.0, top: float = 0.0, step: float = 12.0) -> list[np.ndarray]:
    """Return letters of 10 by 10 beside each other."""
    letter = np.array([[0.0, 0.0], [10.0, 10.0]])
    return [moved(letter, left + step * k, top) for k in range(count)]


def moved(stroke: np.ndarray, right: float, down: float) -> np.ndarray:
    return stroke + np.array([right, down])


DOT = np.array([[1.0, -4.0], [1.5, -3.5]])
COMMA = np.array([[58.0, 9.0], [56.0, 14.0]])
CASES = [
    ("one letter", letters(1), 0),
    ("one line", letters(9), 0),
    ("dots afterwards", [*letters(9), DOT, moved(DOT, 60, 0)], 0),
    ("a comma", [*letters(4), COMMA, *letters(5, left=70)], 0),
    ("a line that slopes", [moved(one, 0, 3 * k) for k, one in enumerate(letters(12))], 0),
    ("two lines", [*letters(5), *letters(5, top=20)], 1),
    ("three lines", [*letters(5), *letters(5, top=20), *letters(4, top=40)], 2),
    (
        "words in a list, one stroke each",
        [moved(one, 0, 40 * k) for k, one in enumerate(letters(4, step=0))],
        3,
    ),
    ("far down to the right", [*letters(4), *letters(4, left=60, top=60)], 1),
]


@pytest.mark.parametrize(("strokes", "breaks"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_line_break_goes_down_and_back_or_far_down(strokes, breaks):
    assert line_breaks(strokes) == breaks


@given(st.sampled_from(CASES), st.floats(0.01, 1e4), st.integers(-1000, 1000))
def test_size_and_place_do_not_matter(case, factor, shift):
    assert line_breaks([(stroke + shift) * factor for stroke in case[1]]) == case[2]
