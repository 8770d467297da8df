"""Predictions of the page: close to those of the ink, and small."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from html_pages import mixture, unpacked
from inks import make_ink
from renderers import Prediction
from renderers.formats.viewer.mixtures import DROPPED, STEPS, packed


def decoded(prediction: Prediction) -> dict[str, Any]:
    made = packed(prediction)
    arrays = unpacked(made["pack"])
    return {**made, "numbers": {name: arrays[k] for name, k in made["numbers"].items()}}


def heaviest(prediction: Prediction, row: int, count: int) -> dict[str, np.ndarray]:
    order = np.argsort(-prediction.pi[row], kind="stable")[:count]
    return {name: getattr(prediction, name)[row][order] for name in ("pi", "mu", "sigma", "rho")}


@given(st.integers(0, 1000), st.floats(1e-4, 1e4))
def test_components_are_close_to_those_of_the_ink(seed, scale):
    prediction = make_ink(20, seed=seed).prediction
    prediction = replace(prediction, mu=scale * prediction.mu, sigma=scale * prediction.sigma)
    made = decoded(prediction)
    for row in range(1, 20):
        found = mixture(made, row)
        true = heaviest(prediction, row, len(found["pi"]))
        np.testing.assert_allclose(found["pi"], true["pi"], rtol=0.03)
        np.testing.assert_allclose(found["sigma"], true["sigma"], rtol=0.02)
        assert np.all(np.abs(found["mu"] - true["mu"]) <= 0.52 / STEPS * true["sigma"] * 1.02)
        np.testing.assert_allclose(found["rho"], true["rho"], atol=0.01)
        assert true["pi"].sum() >= 1 - DROPPED - 1e-9
    eos = made["numbers"]["eos"] / 65535
    np.testing.assert_allclose(eos, prediction.eos, atol=1e-5)


def test_first_point_has_no_components():
    assert decoded(make_ink(5).prediction)["numbers"]["kept"][0] == 0


@pytest.mark.parametrize("points", [1, 2])
def test_shortest_inks_are_packed(points):
    made = decoded(make_ink(points).prediction)
    assert len(made["numbers"]["eos"]) == points


def test_components_without_weight_are_left_out():
    prediction = make_ink(3).prediction
    pi = np.zeros_like(prediction.pi)
    pi[:, 1] = 1
    made = decoded(replace(prediction, pi=pi))
    assert made["numbers"]["kept"].tolist() == [0, 1, 1]
    np.testing.assert_allclose(
        mixture(made, 2)["mu"], prediction.mu[2, 1:2], atol=prediction.sigma.max() / 10
    )


def test_extreme_values_stay_finite():
    shape = (2, 1)
    prediction = Prediction(
        eos=np.array([0.0, 1.0]),
        pi=np.ones(shape),
        mu=np.full((*shape, 2), 1e300),
        sigma=np.full((*shape, 2), 1e-300),
        rho=np.full(shape, -0.999999),
    )
    found = mixture(decoded(prediction), 1)
    assert all(np.isfinite(value).all() for value in found.values())
