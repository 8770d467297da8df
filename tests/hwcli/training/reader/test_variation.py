"""Random changes to a line: bounded, by strength, and of all that tablets and hands vary in."""

import numpy as np
import pytest

from hwcli.reader.pen_path import PenPath
from hwcli.training.reader.variation import varied
from print_letters import strokes_of

STROKES = strokes_of("zoo To.")
POINTS = np.concatenate(STROKES)
ENDS = np.isin(np.arange(len(POINTS)), np.cumsum([len(s) for s in STROKES]) - 1)
PATH = PenPath.of_points(POINTS, ENDS)


def samples(strength: float, count: int = 200) -> list[PenPath]:
    return [varied(PATH, strength, np.random.default_rng(k)) for k in range(count)]


def test_strength_zero_changes_nothing():
    assert varied(PATH, 0.0, np.random.default_rng(0)) is PATH


@pytest.mark.parametrize("strength", [0.3, 1.0, 3.0])
def test_strokes_keep_their_number_order_and_ends(strength):
    for one in samples(strength, 40):
        assert one.ends.sum() == PATH.ends.sum()
        assert one.ends[-1]
        assert len(one.points) == len(one.ends) <= len(PATH.points)
        assert np.isfinite(one.points).all()
        assert np.isfinite(one.features().rows).all()


def test_the_given_path_stays_as_it_is():
    before = PATH.points.copy()
    samples(3.0, 20)
    assert (PATH.points == before).all()


def test_sizes_widths_and_numbers_of_points_vary_by_strength():
    spreads = []
    for strength in (0.3, 1.0):
        made = samples(strength)
        widths = np.log([np.ptp(one.points[:, 0]) / np.ptp(PATH.points[:, 0]) for one in made])
        thinned = np.mean([len(one.points) < len(PATH.points) for one in made])
        assert thinned == pytest.approx(0.35 * strength, abs=0.1)
        assert abs(widths.mean()) < 0.08
        spreads.append(widths.std())
    assert spreads[0] < 0.5 * spreads[1]
    assert 0.1 < spreads[1] < 0.4


def test_equal_seeds_give_equal_changes():
    one, two = (varied(PATH, 1.0, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.points, two.points)
