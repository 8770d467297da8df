"""The quantities of benchmarks/quality/handwriting.py against values known by construction."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.handwriting import (
    QUANTITIES,
    Line,
    components,
    distance,
    halves,
    height,
    measured,
    points,
    ratio,
    slant,
    spread,
    strokes,
    width,
)
from renderers.ink import Ink

# two letters of three points each, 12 high, the second one 30 to the right
TWO = Ink(strokes=([(0, 0), (0, 6), (0, 12)], [(30, 0), (30, 6), (30, 12)]))


def scaled(ink: Ink, factor: float) -> Ink:
    return Ink(strokes=tuple(np.asarray(stroke) * factor for stroke in ink.strokes))


def test_quantities_of_two_strokes():
    line = Line(TWO, 4)
    assert height(line) == pytest.approx(12 / math.sqrt(12))  # a uniform distribution
    assert width(line) == pytest.approx(30 / 4 / height(line))
    assert (points(line), strokes(line), slant(line)) == (1.5, 0.5, 0.0)


@given(st.floats(-44, 44), st.floats(0.01, 100))
def test_slant_is_the_angle_of_the_downstrokes_and_positive_to_the_right(degrees, size):
    top, lean = 10.0, math.tan(math.radians(degrees))
    down = [(lean * (top - y), y) for y in (0.0, 4.0, 10.0)]  # y grows downwards
    ink = Ink(strokes=([*down, (9.0, 9.0), (8.0, -20.0), (-30.0, -20.0)],))  # sideways and up: not counted
    assert slant(Line(scaled(ink, size), 1)) == pytest.approx(degrees, abs=1e-6)


def test_slant_weights_downstrokes_by_length_and_leaves_out_jumps():
    ink = Ink(strokes=([(0, 0), (0, 30)], [(50, 0), (60, 10.0001)], [(0, 500), (1, 500)]))
    long, short = 30, math.hypot(10, 10)
    assert slant(Line(ink, 1)) == pytest.approx(-45 * short / (long + short), abs=1e-3)
    assert math.isnan(slant(Line(Ink(strokes=([(0, 0), (9, 0)], [(20, 90)])), 1)))


@given(st.floats(0.01, 100))
def test_only_the_height_depends_on_the_units(factor):
    (one, other) = measured([Line(TWO, 4), Line(scaled(TWO, factor), 4)])
    of_height = np.array([quantity is height for quantity in QUANTITIES.values()])
    np.testing.assert_allclose(other, np.where(of_height, factor, 1.0) * one, rtol=1e-9)


def test_ink_without_extent_has_no_height_and_no_width():
    row = dict(zip(QUANTITIES, measured([Line(Ink(strokes=([(3, 3)],)), 2)])[0], strict=True))
    assert [name for name, value in row.items() if math.isnan(value)] == [
        "width per character, heights", "slant, degrees", "height, units",
    ]  # fmt: skip


def test_halves_share_out_points_and_characters():
    line = Line(TWO, 5)
    first, second = halves(line, np.array([0, 0, 1, 1, 2, 3]))
    assert (len(first.ink), len(second.ink)) == (4, 2)
    assert (first.characters, second.characters) == (2, 3)
    np.testing.assert_array_equal(np.concatenate([first.ink.points, second.ink.points]), TWO.points)
    for attended in ([0] * 6, [4] * 6):
        with pytest.raises(ValueError, match="no ink"):
            halves(line, np.array(attended))


def test_spread_leaves_out_nan():
    values = np.array([[1.0, 5.0], [3.0, np.nan], [5.0, 9.0]])
    np.testing.assert_allclose(spread(values), [2.0, math.sqrt(8)])


def test_components_recover_the_spread_between_and_within_lines():
    random = np.random.default_rng(0)
    own = random.normal(0, [[3.0, 0.0]], (40_000, 2))
    first, second = (own + random.normal(0, [[0.5, 2.0]], own.shape) for _ in range(2))
    first[0, 0] = np.nan
    between, within = components(first, second)
    np.testing.assert_allclose(between, [3.0, 0.0], atol=0.2)
    np.testing.assert_allclose(within, [0.5, 2.0], rtol=0.02)


def test_ratio_of_spreads_is_exact_for_multiples_and_has_an_interval_for_others():
    random = np.random.default_rng(0)
    people = random.normal(0, 1, (200, 2))
    for part in ratio(people * [2.0, 0.5] + 7, people):
        np.testing.assert_allclose(part, [2.0, 0.5])
    share, low, high = ratio(random.normal(0, 1, (200, 2)), people)
    assert (low < share).all()
    assert (share < high).all()
    assert (low < 1).all()
    assert (high > 1).all()
    assert (high - low < 0.5).all()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 0),
        ([1, 2], [3, 4], 1),
        ([1, 2, 3, 4], [3, 4, 5, 6], 0.5),
        ([1], [1, 1, 2, 2], 0.5),
    ],
)
def test_distance_is_that_of_kolmogorov_and_smirnov(a, b, expected):
    assert distance(np.array(a, float), np.array(b, float)) == pytest.approx(expected)
