"""Levelling rotates ink and its prediction alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arches import arches, sloping
from hwcli.pages.baseline import Baseline
from hwcli.pages.levelling import levelled, levelled_prediction
from renderers import Prediction


def length(points):
    return np.hypot(*(points[-1] - points[0]))


def test_levelling_keeps_lengths():
    ink = sloping(arches("lnnn nngnn nlngn"), 0.1)
    assert length(levelled(ink.points, Baseline(30.0, 4.0, 0.1))) == pytest.approx(length(ink.points))


def test_levelling_makes_the_baseline_level():
    points = np.array([[30.0, 4.0], [130.0, 14.0]])
    assert levelled(points, Baseline(30.0, 4.0, 0.1))[:, 1] == pytest.approx(0)


@given(st.floats(-0.5, 0.5), st.floats(0.9, 1.1), st.integers(0, 2**32 - 1))
def test_prediction_rotates_and_narrows_with_its_ink(slope, narrow, seed):
    scales = np.array([1.2 * narrow, 1.2])
    rng = np.random.default_rng(seed)
    n, m = 3, 2
    before = Prediction(
        rng.random(n), rng.dirichlet(np.ones(m), n), rng.normal(size=(n, m, 2)),
        rng.uniform(0.01, 20, (n, m, 2)), rng.uniform(-0.9995, 0.9995, (n, m)),
    )  # fmt: skip
    after = levelled_prediction(before, slope, scales)
    offsets = rng.normal(size=(n, 2))
    rotated = levelled(offsets, Baseline(0.0, 0.0, slope)) / scales
    stretched = np.log(scales).sum()  # a density has more where its plane has less room
    for row in range(n):
        for k in range(m):
            assert log_density(after, row, k, rotated[row]) == pytest.approx(
                log_density(before, row, k, offsets[row]) + stretched, rel=1e-3, abs=1e-3
            )


def test_extreme_predictions_stay_float32():
    one = np.ones((1, 1), np.float32)
    sigma = np.array([[[1e4, 0.5]]], np.float32)
    before = Prediction(one[0], one, np.zeros((1, 1, 2), np.float32), sigma, 0.9995 * one)
    after = levelled_prediction(before, 0.7)
    assert after.sigma.dtype == after.rho.dtype == after.mu.dtype == np.float32
    assert (np.abs(after.rho) < 1).all()


def log_density(prediction, row, k, offset):
    (x, y), rho = prediction.sigma[row, k], prediction.rho[row, k]
    cov = np.array([[x * x, rho * x * y], [rho * x * y, y * y]])
    d = offset - prediction.mu[row, k]
    return -0.5 * d @ np.linalg.solve(cov, d) - 0.5 * np.log(np.linalg.det(cov))
