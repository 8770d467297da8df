"""The log-loss and squared error of the engine's outputs, against the mixture in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.engine.log_loss import POINTS, log_loss, squared_error
from hwcli.engine.mixture import eos_log_probability, mean_offset, mixture, offset_log_density

FLOOR = np.array([0.013, 0.02])
M = 4


def points(count: int, seed: int, scale: float = 1.0):
    """Return outputs (6 M + 1, count), targets (count, 3), and weights (2, count), some of which are 0."""
    rng = np.random.default_rng(seed)
    targets = rng.standard_normal((count, 3))
    targets[:, 2] = targets[:, 2] > 0.5
    return scale * rng.standard_normal((6 * M + 1, count)), targets, (rng.random((2, count)) < 0.8) * 1.0


@given(st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 5.0]), st.sampled_from([1, 30, POINTS + 7]))
def test_log_loss_is_that_of_the_mixture(seed, scale, count):
    raw, targets, (weight, lift_weight) = points(count, seed, scale)
    density = offset_log_density(mixture(raw.T, FLOOR), targets[:, :2])
    expected = -(density * weight + eos_log_probability(raw.T, targets[:, 2]) * lift_weight)
    nats = log_loss(raw, targets, weight, lift_weight, FLOOR)
    np.testing.assert_allclose(nats, expected, rtol=1e-10, atol=1e-10)


def test_squared_error_is_the_distance_from_the_mean():
    raw, targets, (weight, _) = points(2 * POINTS + 3, 1)
    expected = ((targets[:, :2] - mean_offset(mixture(raw.T, FLOOR))) ** 2).sum(-1) * weight
    np.testing.assert_allclose(squared_error(raw, targets, weight), expected, rtol=1e-10)


def test_float32_keeps_five_digits_of_the_sum():
    raw, targets, (weight, lift_weight) = points(20_000, 2, 2.0)
    exact = log_loss(raw, targets, weight, lift_weight, FLOOR).sum()
    narrow = (part.astype(np.float32) for part in (raw, targets, weight, lift_weight))
    assert log_loss(*narrow, FLOOR).sum(dtype=np.float64) == pytest.approx(exact, rel=1e-6)


def test_a_component_of_nearly_no_weight_counts_where_no_other_reaches():
    """Its share of e^-120 is no number of float32."""
    raw = np.zeros((6 * 2 + 1, 1), np.float32)
    raw[1], raw[3] = 120.0, 500.0  # the likely component is 500 standard deviations away
    exact = log_loss(raw.astype(np.float64), np.zeros((1, 3)), np.ones(1), np.zeros(1), np.zeros(2))
    nats = log_loss(raw, np.zeros((1, 3), np.float32), np.ones(1), np.zeros(1), np.zeros(2))
    assert nats[0] == pytest.approx(exact[0], rel=1e-5)
    assert nats[0] == pytest.approx(120 + np.log(2 * np.pi), rel=1e-5)
