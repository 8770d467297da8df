"""The body height: one figure for lines, words, single letters, capitals and digits of a hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.dataset.body_height import BODY, TOGETHER, TYPICAL, body_size, expected_spread
from hwcli.ink_size import Size

X_HEIGHT = 1 / TYPICAL  # of a hand whose typical line has the height 1


def bars(*heights: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return vertical strokes between two heights above the baseline each, and flags at their ends."""
    points = [(10.0 * k, -y) for k, (low, high) in enumerate(heights) for y in np.linspace(low, high, 9)]
    return np.array(points), np.arange(len(points)) % 9 == 8


def test_the_spread_of_a_text_is_that_of_its_characters_together():
    """Means and variances of a mixture, weighted by length of path, computed character by character."""
    rows = np.array([(5.2, 0.12, 0.59), (3.2, 0.49, 0.31), (4.1, 0.80, 0.49)])  # g, o, 4
    weight = rows[:, 0] / rows[:, 0].sum()
    mean = weight @ rows[:, 1]
    variance = weight @ rows[:, 2] ** 2 + weight @ (rows[:, 1] - mean) ** 2
    assert expected_spread("go 4") == pytest.approx(TOGETHER * math.sqrt(variance))
    assert expected_spread("o") == pytest.approx(0.31)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("eaves", "wheels"), ("ooze", "1786"), ("1786", "gfjk"), ("mmm", "ROOM"), ("no", "No")],
)
def test_taller_texts_are_expected_to_spread_more(smaller, larger):
    assert expected_spread(smaller) < expected_spread(larger)


def test_accents_count_as_their_letters_and_unknown_characters_not_at_all():
    assert expected_spread("é") == expected_spread("e")
    assert expected_spread("e, .") == expected_spread("e")
    assert all(expected_spread(text) is None for text in ("", " .,-", "привет", "汉字"))


@given(factor=st.floats(1e-3, 1e3), heights=st.lists(st.floats(0.2, 5), min_size=1, max_size=9))
def test_a_body_height_scales_with_the_ink(factor, heights):
    texts = ["the", "OAK", "17", "e", None, "x,", "…"] * 2
    items = [(Size(h, h / 4), text) for h, text in zip(heights, texts, strict=False)]
    larger = [(Size(factor * size.height, factor * size.spacing), text) for size, text in items]
    one, other = body_size(items), body_size(larger)
    assert other.height == pytest.approx(factor * one.height)
    assert other.spacing == pytest.approx(factor * one.spacing)


@pytest.mark.parametrize("text", ["e", "B", "7", "gap", "Hello", "1786", "NOTE", "written in full"])
def test_every_kind_of_text_of_one_hand_has_the_same_body_height(text):
    size = body_size([(Size(X_HEIGHT * expected_spread(text), 0.1), text)])
    assert size.height == pytest.approx(1)


def test_bars_as_tall_as_their_characters_have_about_the_same_body_height():
    """Capitals of 1.8 x-heights and small letters of 1, drawn as bars."""
    small = Size.of_points(*bars((0, 1), (0, 1), (0, 1)))
    tall = Size.of_points(*bars((0, 1.8), (0, 1.8), (0, 1.8)))
    ratio = body_size([(tall, "HIT")]).height / body_size([(small, "men")]).height
    assert ratio == pytest.approx(1, abs=0.12)
    assert tall.height / small.height == pytest.approx(1.8)


def test_the_median_ignores_a_blot_and_lines_without_known_text():
    lines = [(Size(TYPICAL * h, 1.0), None) for h in (50, 60)]
    words = [(Size(expected_spread("and") * h, 2.0), "and") for h in (3, 3.1, 2.9, 40)]
    assert body_size([*lines, *words]).height == pytest.approx(TYPICAL * 3.05)
    assert body_size([*lines, *words]).spacing == 2.0
    assert body_size(lines).height == pytest.approx(TYPICAL * 55)
    assert body_size([]) is None


def test_the_unit_does_not_change():
    """Datasets normalised earlier must keep mixing with new ones."""
    assert (BODY.height, BODY.spacing) == (82.17, 20.04)
