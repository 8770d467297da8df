"""The features of a reader: what they must not depend on, and ink of hardly any extent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.model.reader_shape import CHANNELS
from hwcli.reader.pen_path import LIFTED, STEP, PenPath
from print_letters import strokes_of
from renderers.ink import Ink


def path_of(strokes) -> PenPath:
    return PenPath.of(Ink(strokes=tuple(np.asarray(s, float) for s in strokes)))


LINE = strokes_of("zoo To. vl-7 loz")


def features(strokes) -> np.ndarray:
    return path_of(strokes).features().rows


@settings(max_examples=20)
@given(st.floats(0.01, 500), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_size_units_and_place_do_not_matter(size, x, y):
    moved = [size * stroke + [x * size, y * size] for stroke in LINE]
    np.testing.assert_allclose(features(moved), features(LINE), atol=2e-3)


@pytest.mark.parametrize("times", [2, 5])
def test_density_of_points_does_not_matter(times):
    dense = []
    for stroke in LINE:
        at = np.arange(len(stroke))
        fine = np.linspace(0, len(stroke) - 1, times * (len(stroke) - 1) + 1)
        dense.append(np.column_stack([np.interp(fine, at, axis) for axis in stroke.T]))
    np.testing.assert_allclose(features(dense), features(LINE), atol=0.02)


@pytest.mark.parametrize("slope", [-0.1, 0.15])
def test_slope_of_the_line_hardly_matters(slope):
    sloping = [stroke + np.column_stack([0 * stroke[:, 0], slope * stroke[:, 0]]) for stroke in LINE]
    level, other = features(LINE), features(sloping)
    assert abs(len(other) - len(level)) < 0.1 * len(level)
    heights = [rows[rows[:, 4] == 0, 6] for rows in (level, other)]
    assert np.ptp(heights[1]) == pytest.approx(np.ptp(heights[0]), rel=0.15)


def test_each_step_with_the_pen_down_is_as_long():
    rows = features(strokes_of("zz"))
    down = rows[(rows[:, 4] == 0) & (rows[:, 5] == 0)]
    lengths = np.hypot(down[:, 0], down[:, 1])
    assert np.median(lengths) == pytest.approx(1, abs=0.05)
    assert lengths.max() < 1.3


def test_strokes_begin_with_a_flag_and_lifts_lie_between_them():
    rows = features(LINE)
    assert rows[:, 5].sum() == len(LINE)
    assert rows[:, 4].sum() == LIFTED * (len(LINE) - 1)
    assert rows[0, 5] == 1
    assert rows.shape[1] == CHANNELS


def test_each_step_knows_its_point():
    path = path_of(LINE)
    found = path.features()
    assert (np.diff(found.points) >= 0).all()
    assert found.points[0] == 0
    assert found.points[-1] == len(path.points) - 1
    # with the pen down, a step is within one step of its point
    down = found.rows[:, 4] == 0
    ends = np.flatnonzero(path.ends)
    assert len(np.unique(np.searchsorted(ends, found.points[down]))) == len(LINE)


@pytest.mark.parametrize(
    "strokes",
    [[[(5, 5)]], [[(0, 0), (0, 0)]], [[(0, 0), (30, 0)]], [[(0, 0)], [(0, 9)]], [[(7, 1), (7, 1), (7, 2)]]],
    ids=["a point", "twice the same", "a dash", "a colon", "a dot"],
)
def test_ink_of_little_extent_has_finite_features(strokes):
    rows = features(strokes)
    assert len(rows) >= 4  # a frame at least
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() < 50


def test_a_dash_is_as_long_as_it_is_wide_and_not_as_it_is_high():
    dash = path_of([[(0, 0), (10, 0.1), (30, 0)]])
    assert np.ptp(dash.points[:, 0]) < 40
    assert len(dash.features().rows) < 40 / STEP


def test_what_is_not_a_line_of_handwriting_is_refused():
    with pytest.raises(HwError, match="no point to read"):
        PenPath.of(Ink(strokes=()))
    wild = np.column_stack([np.zeros(60_000), np.tile([0.0, 1000.0], 30_000)])
    with pytest.raises(HwError, match="far too long for its height"):
        path_of([wild])
