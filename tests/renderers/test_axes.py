"""Ticks at round numbers, and ranges that a few wild values do not decide."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.axes import Range, bulk, roomy, round_up, ticks, written

NUMBERS = st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-90)
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda ends: roomy([Range(min(ends), max(ends))]))
MOST = st.integers(2, 12)


def read(label: str) -> float:
    return float(label.replace("−", "-").replace(",", ""))


@given(RANGES, MOST, st.booleans())
def test_ticks_lie_in_the_range_at_equal_steps_and_are_one_to_most(
    span: Range, most: int, whole: bool
) -> None:
    values, labels = ticks(*span, most, whole)
    assert 1 <= len(values) == len(labels) <= most
    room = 1e-5 * (span.high - span.low)
    assert all(span.low - room <= value <= span.high + room for value in values)
    steps = np.diff(values)
    if len(steps):
        assert np.allclose(steps, steps[0], rtol=1e-5)
        mantissa = steps[0] / 10.0 ** math.floor(math.log10(steps[0]) + 1e-9)
        assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-4


@given(RANGES, MOST)
def test_labels_say_their_values_and_tell_them_apart(span: Range, most: int) -> None:
    values, labels = ticks(*span, most)
    assert len(set(labels)) == len(labels)
    step = values[1] - values[0] if len(values) > 1 else abs(values[0])
    for value, label in zip(values, labels, strict=True):
        assert abs(read(label) - value) <= 1e-3 * step
        assert "-" not in label


@given(RANGES, st.integers(5, 12))
def test_round_steps_leave_no_axis_bare(span: Range, most: int) -> None:
    """A step of 1, 2 or 5 is at most 2.5 times the next smaller one."""
    assert len(ticks(*span, most).values) >= most / 2.5 - 1


@given(st.floats(2, 1e6), MOST)
def test_whole_ticks_are_whole(end: float, most: int) -> None:
    assert all(value == round(value) for value in ticks(0, end, most, whole=True).values)


@pytest.mark.parametrize(
    ("span", "most", "labels"),
    [
        ((-1.62, -1.27), 6, ["−1.6", "−1.5", "−1.4", "−1.3"]),
        ((-0.3, 1.1), 4, ["0", "0.5", "1.0"]),
        ((0, 13000), 4, ["0", "5,000", "10,000"]),
        ((0, 2.4e-5), 4, ["0", "1e−5", "2e−5"]),
        ((0, 3e9), 4, ["0", "1e9", "2e9", "3e9"]),
    ],
)
def test_ticks_as_a_person_would_choose_them(span: tuple[float, float], most: int, labels: list[str]) -> None:
    assert list(ticks(*span, most).labels) == labels


@given(st.floats(1e-90, 1e90))
def test_rounding_up_goes_up_by_less_than_two_and_a_half(size: float) -> None:
    assert size * (1 - 1e-8) <= round_up(size) <= 2.5 * size * (1 + 1e-8)


@given(st.lists(st.one_of(NUMBERS, st.sampled_from([math.nan, math.inf, -math.inf]))))
def test_the_bulk_lies_within_the_values_around_their_middle_half(values: list[float]) -> None:
    found = bulk(np.array(values, dtype=np.float64))
    finite = [value for value in values if math.isfinite(value)]
    assert (found is None) == (not finite)
    if found is not None:
        assert min(finite) <= found.low <= found.high <= max(finite)
        quarter, three = np.quantile(finite, [0.25, 0.75])
        assert found.low <= quarter
        assert found.high >= three


@given(st.floats(1e3, 1e90))
def test_wild_values_do_not_decide_the_range(wild: float) -> None:
    values = np.append(np.linspace(-1.6, -1.2, 40), [wild, -wild, wild])
    found = bulk(values)
    assert found is not None
    assert -3.5 < found.low <= -1.6
    assert -1.2 <= found.high < 0.5


@given(st.lists(st.tuples(NUMBERS, NUMBERS).map(lambda ends: Range(min(ends), max(ends))), min_size=1))
def test_a_roomy_range_holds_its_parts_and_can_have_ticks(parts: list[Range]) -> None:
    found = roomy(parts)
    assert not found.narrow
    assert all(found.low < part.low and part.high < found.high for part in parts)


def test_a_range_from_zero_begins_there_unless_something_lies_below() -> None:
    assert roomy([Range(1.0, 3.0)], least=0.0).low == 0
    assert roomy([Range(0.0, 0.0)], least=0.0).low == 0
    assert roomy([Range(-1.0, 3.0)], least=0.0).low < -1


def test_one_value_gets_a_range_around_it() -> None:
    for value in (0.0, 5.0, -1e-320, 1e100):
        low, high = roomy([Range(value, value)])
        assert low < value < high


def test_numbers_are_written_with_a_real_minus_and_no_more_digits_than_the_step_asks_for() -> None:
    assert written(-1.25, 0.05) == "−1.25"
    assert written(-0.0, 0.05) == "0"
    assert written(12000, 2000) == "12,000"
    assert written(-2.5e8, 5e7) == "−2.5e8"
