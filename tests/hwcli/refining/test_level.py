"""Lines made level: slopes and waves go, letters stay."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hwcli.refining.level import has_baseline, level
from print_letters import strokes_of
from readable import CAT, SHIP, line
from renderers.ink import Ink

LETTERS = Ink(strokes=tuple(strokes_of("zoo Tool vol zoo To vol zolo", unit=12.0)))
INKS = {"letters": LETTERS, "cat": line(CAT), "ship": line(SHIP)}


def turned(points, slope):
    return points @ np.array([[1, slope], [-slope, 1]]) / np.hypot(1, slope)


@pytest.mark.parametrize("name", INKS)
@settings(max_examples=15, deadline=None)
@given(slope=st.floats(-0.15, 0.15))
@example(slope=0.0)
def test_a_turned_line_comes_out_as_the_line_does(name, slope):
    ink = INKS[name]
    straight, made = level(ink.points, ink.ends), level(turned(ink.points, slope), ink.ends)
    assert made.slope - straight.slope == pytest.approx(slope, abs=0.004)
    off = made.points - made.points[0] - (straight.points - straight.points[0])
    assert np.abs(off).max() < 0.01 * np.ptp(straight.points[:, 0])


def test_level_letters_stay_as_they_are():
    made = level(LETTERS.points, LETTERS.ends)
    assert abs(made.slope) < 1e-3
    assert made.wave < 0.02
    moved = made.points - LETTERS.points
    assert np.ptp(moved, axis=0).max() < 0.05 * np.ptp(LETTERS.points[:, 1])


def test_the_baseline_lies_at_0():
    made = level(LETTERS.points + np.array([500.0, -90.0]), LETTERS.ends)
    assert made.points[:, 1].max() == pytest.approx(0, abs=5)


@pytest.mark.parametrize("bend", [-25.0, 25.0])
def test_a_bent_line_becomes_straight(bend):
    x = LETTERS.points[:, 0] / np.ptp(LETTERS.points[:, 0])
    bent = LETTERS.points + np.column_stack([0 * x, bend * np.sin(np.pi * x)])
    made = level(bent, LETTERS.ends)
    strokes = np.split(made.points, np.flatnonzero(LETTERS.ends)[:-1] + 1)
    lows = [stroke[:, 1].max() for stroke in strokes if np.ptp(stroke[:, 1]) > 50]
    assert np.ptp(lows) < 0.4 * abs(bend)


def test_x_stays_where_only_waves_are_taken_out():
    made = level(LETTERS.points, LETTERS.ends)
    np.testing.assert_allclose(np.diff(made.points[:, 0]), np.diff(LETTERS.points[:, 0]), atol=0.5)


def test_ink_without_extent_is_none():
    assert level(np.zeros((3, 2)), np.array([False, False, True])) is None
    assert level(np.array([[0.0, 0], [9, 0]]), np.array([False, True])) is None


@pytest.mark.parametrize(
    ("text", "long"), [("a b", True), ("handmade", True), ("handmad", False), ("", False), (" word ", False)]
)
def test_two_words_or_eight_characters_have_a_baseline(text, long):
    assert has_baseline(text) == long
