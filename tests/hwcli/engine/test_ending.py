"""Where a sequence ends, with handmade steps and pen lifts."""

from __future__ import annotations

import numpy as np
import pytest

from hwcli.engine.ending import REST, Ending

PLACES, NEAR = 4, 10.0


def drawn(passes: int, lifts: set[int], right: set[int] = frozenset(), points: int = 300, until: int = 0):
    """Return (length, finished) of a sequence whose window passes its text at step `passes`.

    The pen lifts after the points `lifts`; the points `right` are far to the right of those before them.
    """
    ending = Ending(np.array([points]), until, np.array([PLACES]), NEAR)
    for t in range(points):
        ending.before_point(np.array([PLACES if t >= passes else 1]))
        ending.after_point(t, np.array([[40 if t in right else 3], [0]]), np.array([t in lifts]))
        if ending.all_ended:
            break
    return int(ending.lengths[0]), bool(ending.finished[0])


@pytest.mark.parametrize(
    ("passes", "lifts", "right", "length"),
    [
        (20, {24}, {25}, 25),  # only the current stroke
        (20, {24, 30}, {31}, 31),  # a bar or a dot after it
        (20, {24, 30, 35}, set(), 31),  # but not a third stroke
        (20, {19}, {20}, 20),  # the pen was up already
        (20, {19, 26}, {27}, 27),  # up already, but a dot follows
        (20, {5, 11, 24}, {6, 12, 25}, 25),  # earlier lifts do not count
        (20, set(), set(), 20 + REST),  # a stroke that never ends
        (20, {24}, set(), 25 + REST),  # and one after it that never ends
        (0, {3}, {4}, 4),
    ],
)
def test_text_ends_with_strokes_of_last_character(passes, lifts, right, length):
    assert drawn(passes, lifts, right) == (length, True)


def test_unfinished_if_window_never_reaches_end():
    assert drawn(1000, {3, 9}) == (300, False)


def test_unfinished_if_points_run_out_in_last_stroke():
    assert drawn(20, set(), points=30) == (30, False)


def test_until_ends_at_that_lift():
    assert drawn(1000, {3, 9, 15}, until=2) == (10, True)
    assert drawn(5, {7, 9, 15}, {8}, until=2) == (8, True)


def test_each_sequence_of_a_batch_ends_on_its_own():
    ending = Ending(np.full(3, 50), 0, np.array([2, 5, 9]), NEAR)
    for t in range(50):
        ending.before_point(np.full(3, t // 4))
        ending.after_point(t, np.full((2, 3), 40), np.full(3, t % 4 == 3))
    assert ending.lengths.tolist() == [8, 20, 36]
    assert ending.finished.all()
    assert ending.all_ended


def test_without_text_only_points_and_lifts_end():
    ending = Ending(np.full(2, 9), 2, None, NEAR)
    for t in range(9):
        ending.after_point(t, np.full((2, 2), 40), np.array([t in (1, 4), False]))
    assert ending.lengths.tolist() == [5, 9]
    assert ending.finished.all()


def test_each_sequence_has_its_own_limit():
    """The last would end with its text at its second point, which the limit does not allow."""
    ending = Ending(np.array([3, 9, 1]), 0, np.array([PLACES] * 3), NEAR)
    for t in range(9):
        ending.before_point(np.array([1, PLACES, PLACES]))
        ending.after_point(t, np.full((2, 3), 40), np.full(3, True))
        assert ending.all_ended == (t >= 2)
    assert ending.lengths.tolist() == [3, 1, 1]
    assert ending.finished.tolist() == [False, True, False]
