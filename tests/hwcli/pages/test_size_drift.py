"""The size of handwriting is estimated from lines and a prior."""

import pytest

from hwcli.pages.size_drift import SizeDrift


@pytest.mark.parametrize("measured", [0.7, 1.4])
def test_drift_approaches_the_measured_ratio(measured):
    drift = SizeDrift()
    estimates = []
    for _ in range(4):
        estimates.append(abs(drift.of_line(measured, 30) - measured))
        drift = drift.after(measured, 30)
    assert estimates == sorted(estimates, reverse=True)
    assert estimates[-1] < 0.03


def test_longer_lines_count_more():
    assert 1 < SizeDrift().of_line(1.5, 3) < SizeDrift().of_line(1.5, 30) < 1.5


def test_unmeasurable_line_has_the_ratio_of_those_before():
    drift = SizeDrift().after(0.8, 30)
    assert drift.of_line(None, 1) == drift.ratio < 1
    assert drift.after(None, 1) is drift
