"""Where a sequence ends, point by point, on steps and lifts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hwcli.engine.ending import REST, Ending

PLACES, NEAR = 4, 10.0


def drawn(passes: int, lifts: set[int], right: set[int] = frozenset(), points: int = 300, until: int = 0):
    """(length, finished) of a sequence whose window passes at step `passes`.

    The pen lifts after the points `lifts`; the points `right` lie far to the right of those before them.
    """
    ending = Ending(1, points, until, np.array([PLACES]), NEAR)
    for t in range(points):
        ending.look(np.array([PLACES if t >= passes else 1]))
        ending.draw(t, np.array([[40 if t in right else 3], [0]]), np.array([t in lifts]))
        if ending.all_over:
            break
    return int(ending.lengths[0]), bool(ending.finished[0])


@pytest.mark.parametrize(
    ("passes", "lifts", "right", "length"),
    [
        (20, {24}, {25}, 25),  # the stroke under way, and no other
        (20, {24, 30}, {31}, 31),  # a bar or a dot after it
        (20, {24, 30, 35}, set(), 31),  # but no third stroke
        (20, {19}, {20}, 20),  # the pen was up already
        (20, {19, 26}, {27}, 27),  # up already, but the dot was still to come
        (20, {5, 11, 24}, {6, 12, 25}, 25),  # what was lifted before does not count
        (20, set(), set(), 20 + REST),  # a stroke that does not end
        (20, {24}, set(), 25 + REST),  # nor does the one after it
        (0, {3}, {4}, 4),
    ],
)
def test_a_text_ends_with_the_strokes_of_its_last_character(passes, lifts, right, length):
    assert drawn(passes, lifts, right) == (length, True)


def test_a_text_that_the_window_does_not_come_to_the_end_of_is_not_finished():
    assert drawn(1000, {3, 9}) == (300, False)


def test_the_points_can_end_in_the_last_stroke():
    assert drawn(20, set(), points=30) == (30, False)


def test_pen_lifts_end_it_where_they_are_asked_for():
    assert drawn(1000, {3, 9, 15}, until=2) == (10, True)
    assert drawn(5, {7, 9, 15}, {8}, until=2) == (8, True)


def test_sequences_of_a_batch_end_each_by_itself():
    ending = Ending(3, 50, 0, np.array([2, 5, 9]), NEAR)
    for t in range(50):
        ending.look(np.full(3, t // 4))
        ending.draw(t, np.full((2, 3), 40), np.full(3, t % 4 == 3))
    assert ending.lengths.tolist() == [8, 20, 36]
    assert ending.finished.all()
    assert ending.all_over


def test_without_a_text_only_points_and_lifts_count():
    ending = Ending(2, 9, 2, None, NEAR)
    for t in range(9):
        ending.draw(t, np.full((2, 2), 40), np.array([t in (1, 4), False]))
    assert ending.lengths.tolist() == [5, 9]
    assert ending.finished.all()
