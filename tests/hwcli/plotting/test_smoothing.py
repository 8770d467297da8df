"""Moving averages: every value is a mean of its neighbours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.plotting.history import Series
from hwcli.plotting.smoothing import smoothed, window_for

NAN = math.nan
STEPS = st.lists(st.integers(1, 50), min_size=1, max_size=40).map(lambda gaps: np.cumsum(gaps).astype(float))
VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(NAN))


@given(STEPS, st.data(), st.floats(0, 500))
def test_smoothed_value_is_the_mean_of_its_neighbours(steps: np.ndarray, data: Any, window: float) -> None:
    values = np.array(data.draw(st.lists(VALUES, min_size=len(steps), max_size=len(steps))))
    found = smoothed(Series(steps, values), window).y
    assert (np.isnan(found) == np.isnan(values)).all()
    for k in np.flatnonzero(np.isfinite(values)):
        half = min(window / 2, steps[k] - steps[0])
        near = values[(np.abs(steps - steps[k]) <= half) & np.isfinite(values)]
        assert math.isclose(found[k], near.mean(), rel_tol=1e-9, abs_tol=1e-6)


def test_huge_value_only_affects_means_near_it() -> None:
    values = np.full(100, -1.5)
    values[30] = 1e90
    found = smoothed(Series(10.0 * np.arange(1, 101), values), 50).y
    assert found[20] == found[40] == found[99] == -1.5
    assert found[30] == pytest.approx(2e89)


def test_first_value_and_straight_lines_are_unchanged() -> None:
    steps = 10.0 * np.arange(1, 40)
    found = smoothed(Series(steps, 3 - steps), 60).y
    assert found[:-3] == pytest.approx((3 - steps)[:-3])


def test_window_is_round_and_grows_with_the_run() -> None:
    def window(rows: int) -> float:
        return window_for([Series(10.0 * np.arange(1, rows + 1), np.zeros(rows))])

    assert [window(rows) for rows in (1, 4, 100, 1100, 40000)] == [0, 0, 50, 200, 10000]
