"""One size and density per line, and no staircases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.dataset.body_height import BODY
from hwcli.dataset.packing import Line
from hwcli.ink_size import resampled
from hwcli.refining.even import ALIKE, UNEVEN, body_height, dense, grain_of, sized, smoothed, with_path
from readable import CAT, line

INK = line(CAT)


@given(st.floats(0.02, 50))
def test_lines_of_any_units_come_to_one_body_height(factor):
    made = sized(factor * INK.points, INK.ends, CAT)
    ratio = body_height(made, INK.ends, CAT).height / BODY.height
    assert 1 / UNEVEN - 1e-6 <= ratio <= UNEVEN + 1e-6


def test_a_line_of_about_that_height_stays():
    own = body_height(INK.points, INK.ends, CAT).height
    points = INK.points * (1.05 * BODY.height / own)
    np.testing.assert_allclose(sized(points, INK.ends, CAT), points)


@settings(max_examples=20)
@given(st.floats(0.4, 4.0))
def test_any_density_becomes_that_of_iam(density):
    start = resampled(INK, density)
    height = body_height(start.points, start.ends, CAT).height
    points, ends = dense(start.points, start.ends, height)
    assert ends.sum() == start.ends.sum()
    spacing = body_height(points, ends, CAT).spacing / height
    assert 1 / ALIKE / 1.02 < spacing / (BODY.spacing / BODY.height) < ALIKE * 1.02


def staircase(grain):
    """A diagonal on a grid, one unit step at a time, and the diagonal itself."""
    steps = np.arange(41)
    return grain * np.column_stack([(steps + 1) // 2, steps // 2]).astype(float), grain * steps / 2


@pytest.mark.parametrize("grain", [2.0, 6.0, 12.0])
def test_the_steps_of_a_coarse_grid_go_and_ends_stay(grain):
    points, diagonal = staircase(grain)
    ends = np.zeros(41, bool)
    ends[-1] = True
    made = smoothed(points, ends, grain)
    np.testing.assert_allclose(made[[0, -1]], points[[0, -1]], atol=1e-6)
    off = np.abs((made - points[0]) @ np.array([1, -1]) / np.sqrt(2))[4:-4]
    before = np.abs(points @ np.array([1, -1]) / np.sqrt(2))
    assert off.max() - off.min() < 0.2 * (before.max() - before.min())
    assert np.abs(made[:, 0] - diagonal).max() < grain


def test_a_fine_grid_stays():
    points, _ = staircase(1.0)
    ends = np.arange(41) == 40
    assert smoothed(points, ends, 1.0) is points


@pytest.mark.parametrize("grain", [1.0, 3.0, 12.5])
def test_the_grid_is_found_in_the_ink(grain):
    random = np.random.default_rng(1)
    rows = np.column_stack([grain * random.integers(-9, 10, (500, 2)), np.zeros(500)]).astype(np.float32)
    assert grain_of([Line("a", "a", "a", rows)]) == pytest.approx(grain)
    free = np.column_stack([random.normal(0, 9, (500, 2)), np.zeros(500)]).astype(np.float32)
    assert grain_of([Line("a", "a", "a", free)]) < 0.5
    assert grain_of([]) == 0


def test_even_ink_has_whole_coordinates():
    one = with_path(
        Line("a", "a", "a", text="x"),
        np.array([[0.4, 0], [7.6, 2.4], [9, 9]]),
        np.array([0, 0, 1]),
        even=True,
    )
    assert one.offsets.dtype == np.int16
    assert one.offsets.tolist() == [[0, 0, 0], [8, 2, 0], [1, 7, 1]]
    assert (one.units, one.grain) == ("body", 1.0)


@pytest.mark.parametrize(("units", "kind"), [("tablet", np.int16), ("ink", np.float32), ("body", np.float32)])
def test_only_the_whole_numbers_of_a_tablet_stay_whole_without(units, kind):
    one = with_path(Line("a", "a", "a", units=units), np.array([[0.4, 0], [7.6, 2.4]]), np.array([0, 1]))
    assert (one.offsets.dtype, one.units) == (kind, units)
