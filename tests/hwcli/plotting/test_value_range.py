"""The range of a chart shows the typical values and the notable ones, but no outliers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.plotting.value_range import is_narrow, typical, value_range, widened

NUMBERS = st.floats(-1e100, 1e100)


@pytest.mark.parametrize("outlier", [50.0, 1e6, 1e100])
def test_outliers_are_not_typical(outlier: float) -> None:
    low, high = typical(np.array([outlier, *np.linspace(-1.6, -1.2, 40), -outlier, np.nan]))
    assert -3.5 < low <= -1.6
    assert -1.2 <= high < 0.5


def test_without_a_scale_every_value_is_typical() -> None:
    assert typical(np.array([1.0, 1.0, 1.0, 1.0, 9.0])) == [1, 9]
    assert typical(np.array([np.nan, np.inf])) == []


def test_fixed_values_are_always_shown_and_notable_ones_if_near() -> None:
    values = [np.linspace(0, 1, 9)]
    assert value_range(values, [2.0], [])[1] > 2
    assert value_range(values, [1e6], [])[1] < 2
    assert value_range(values, [], [1e6])[1] > 1e6


@given(NUMBERS, NUMBERS)
def test_widened_range_contains_its_ends_and_is_not_narrow(one: float, other: float) -> None:
    low, high = widened(min(one, other), max(one, other))
    assert low < min(one, other)
    assert high > max(one, other)
    assert not is_narrow(low, high)
