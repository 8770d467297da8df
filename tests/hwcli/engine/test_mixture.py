"""The mixture-density output, in torch and in NumPy, against independent formulas."""

import math

import numpy as np
import pytest
import torch

from hwcli.engine import mixture as numpy_mixture
from hwcli.engine.mixture import Steering
from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX
from hwcli.network import mixture as torch_mixture

FLOOR = np.array([0.013, 0.02])
M = 4


def raw_outputs(count: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return scale * np.random.default_rng(seed).standard_normal((count, 6 * M + 1))


def component(raw: np.ndarray, k: int, floor: np.ndarray = FLOOR) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of component `k`, by the documented layout."""
    _, _, mx, my, sx, sy, rho = np.split(raw, np.cumsum([1, M, M, M, M, M]))
    x, y = floor[0] + math.exp(sx[k]), floor[1] + math.exp(sy[k])
    r = RHO_MAX * math.tanh(rho[k])
    return np.array([mx[k], my[k]]), np.array([[x * x, r * x * y], [r * x * y, y * y]])


def weights(raw: np.ndarray) -> np.ndarray:
    e = np.exp(raw[1 : 1 + M])
    return e / e.sum()


def density_by_cholesky(raw: np.ndarray, offset: np.ndarray) -> float:
    total = 0.0
    for k, weight in enumerate(weights(raw)):
        mean, covariance = component(raw, k)
        factor = np.linalg.cholesky(covariance)
        z = np.linalg.solve(factor, offset - mean)
        total += weight * math.exp(-0.5 * z @ z) / (2 * math.pi * factor[0, 0] * factor[1, 1])
    return total


def torch_log_density(raw: np.ndarray, offsets: np.ndarray, floor: np.ndarray = FLOOR) -> np.ndarray:
    mix = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(floor))
    return torch_mixture.offset_log_density(mix, torch.from_numpy(offsets)).numpy()


def numpy_log_density(raw: np.ndarray, offsets: np.ndarray, floor: np.ndarray = FLOOR) -> np.ndarray:
    return numpy_mixture.offset_log_density(numpy_mixture.mixture(raw, floor), offsets)


ENGINES = pytest.mark.parametrize(
    "log_density", [torch_log_density, numpy_log_density], ids=["torch", "numpy"]
)


@ENGINES
def test_density_matches_explicit_covariance_matrices(log_density):
    raw = raw_outputs(50)
    offsets = 2 * np.random.default_rng(1).standard_normal((50, 2))
    expected = [math.log(density_by_cholesky(r, o)) for r, o in zip(raw, offsets, strict=True)]
    np.testing.assert_allclose(log_density(raw, offsets), expected, rtol=1e-9)


@ENGINES
def test_density_integrates_to_one(log_density):
    raw = raw_outputs(1, seed=5, scale=0.5)
    raw[0, -M:] = [-0.8, 0.0, 0.9, 1.2]
    axis = np.linspace(-14, 14, 561)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    density = np.exp(log_density(np.repeat(raw, len(grid), 0), grid))
    assert density.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1, abs=1e-6)


@ENGINES
def test_density_is_finite_with_components_of_zero_weight(log_density):
    raw = raw_outputs(1)
    raw[0, 1 : 1 + M] = [900, -900, -900, -900]
    mean, covariance = component(raw[0], 0)
    expected = -math.log(2 * math.pi) - 0.5 * math.log(np.linalg.det(covariance))
    assert log_density(raw, mean[None])[0] == pytest.approx(expected)


def test_both_engines_agree_on_parameters():
    raw = raw_outputs(200, seed=2, scale=3)
    ours = numpy_mixture.mixture(raw, FLOOR)
    theirs = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(ours.eos, theirs.eos.sigmoid(), rtol=1e-12)
    np.testing.assert_allclose(ours.pi, theirs.log_pi.exp(), rtol=1e-12)
    for name in ("mu", "sigma", "rho"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12)


def test_eos_log_probability_is_log_sigmoid():
    raw = raw_outputs(100, seed=3, scale=4)
    eos = np.random.default_rng(3).integers(0, 2, 100).astype(float)
    p = 1 / (1 + np.exp(-raw[:, 0]))
    expected = np.log(np.where(eos > 0, p, 1 - p))
    np.testing.assert_allclose(numpy_mixture.eos_log_probability(raw, eos), expected, rtol=1e-9)
    mix = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(
        torch_mixture.eos_log_probability(mix, torch.from_numpy(eos)), expected, rtol=1e-9
    )


def test_mean_offset_is_weighted_mean():
    raw = raw_outputs(20, seed=4)
    expected = [sum(w * component(r, k)[0] for k, w in enumerate(weights(r))) for r in raw]
    mix = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(torch_mixture.mean_offset(mix), expected, rtol=1e-9)
    np.testing.assert_allclose(
        numpy_mixture.mean_offset(numpy_mixture.mixture(raw, FLOOR)), expected, rtol=1e-9
    )


EXTREMES = [
    ("offset 1e4 deviations away", {}, (1e4, -1e4), 0.0),
    ("offset at the mean of a collapsed component", {"sigma": -100.0}, (0.0, 0.0), 0.0),
    ("offset far from collapsed components", {"sigma": -100.0}, (300.0, 300.0), 1.0),
    ("sigma^ 100", {"sigma": 100.0}, (3.0, 3.0), 0.0),
    ("rho^ 50, along", {"rho": 50.0}, (2.0, 2.0), 0.0),
    ("rho^ 50, across", {"rho": 50.0}, (40.0, -40.0), 1.0),
    ("rho^ -50", {"rho": -50.0}, (40.0, 40.0), 1.0),
    ("lift predicted impossible", {"eos": -200.0}, (0.0, 0.0), 1.0),
    ("no lift, predicted certain", {"eos": 200.0}, (0.0, 0.0), 0.0),
    ("one component of weight 1", {"pi": 500.0}, (1e3, 0.0), 0.0),
    ("everything at once", {"sigma": -100.0, "rho": 50.0, "eos": 200.0, "pi": -500.0}, (1e4, -1e4), 0.0),
]


@pytest.mark.parametrize(
    ("where", "offset", "eos"), [row[1:] for row in EXTREMES], ids=[r[0] for r in EXTREMES]
)
def test_loss_and_gradient_stay_finite(where, offset, eos):
    raw = torch.from_numpy(raw_outputs(1, seed=6)).float()
    parts = dict(
        zip(("eos", "pi", "mu", "sigma", "rho"), raw.split([1, M, 2 * M, 2 * M, M], -1), strict=True)
    )
    for name, value in where.items():
        parts[name][..., : 1 if name == "pi" else None] = value
    raw.requires_grad_()
    mix = torch_mixture.mixture(raw, torch.from_numpy(FLOOR).float())
    loss = -torch_mixture.offset_log_density(mix, torch.tensor([offset]))
    loss = loss - torch_mixture.eos_log_probability(mix, torch.tensor([eos]))
    loss.sum().backward()
    assert math.isfinite(float(loss.detach()))
    assert torch.isfinite(raw.grad).all()


def test_outlier_still_has_a_gradient():
    raw = torch.from_numpy(raw_outputs(1, seed=7)).requires_grad_()
    mix = torch_mixture.mixture(raw, torch.from_numpy(FLOOR))
    (-torch_mixture.offset_log_density(mix, torch.tensor([[1e4, 1e4]], dtype=torch.float64))).sum().backward()
    assert raw.grad[0, 1 + M : 1 + 3 * M].abs().max() > 1  # log(max(p, 1e-20)) would have none


def test_missed_lift_costs_its_logit_with_full_gradient():
    raw = torch.zeros(1, 6 * M + 1)
    raw[0, 0] = -200.0
    raw.requires_grad_()
    mix = torch_mixture.mixture(raw, torch.ones(2))
    cost = -torch_mixture.eos_log_probability(mix, torch.ones(1))
    cost.sum().backward()
    assert float(cost.detach()) == pytest.approx(200)
    assert float(raw.grad[0, 0]) == pytest.approx(-1)


def test_sigma_and_rho_are_bounded():
    raw = raw_outputs(1)
    raw[0, 1 + 3 * M :] = np.repeat([-1e3, 1e3, 1e3], [M, M, M])
    for mix in (
        numpy_mixture.mixture(raw, FLOOR),
        torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR)),
    ):
        np.testing.assert_allclose(mix.sigma[0, 0], FLOOR[0])  # as narrow as the grid allows
        np.testing.assert_allclose(mix.sigma[0, 1], FLOOR[1] + math.exp(LOG_SIGMA_MAX))
        np.testing.assert_allclose(mix.rho[0], RHO_MAX)
        assert (np.asarray(mix.rho) < 1).all()


@pytest.mark.parametrize("bias", [0.0, 0.5, 3.0])
def test_bias_follows_graves_61_and_62(bias):
    raw = raw_outputs(30, seed=8)
    mix = numpy_mixture.mixture(raw, np.zeros(2), Steering(bias=bias))
    pi = np.exp(raw[:, 1 : 1 + M] * (1 + bias))
    np.testing.assert_allclose(mix.pi, pi / pi.sum(1, keepdims=True), rtol=1e-12)
    sigma = np.exp(raw[:, 1 + 3 * M : 1 + 5 * M] - bias).reshape(30, 2, M)
    np.testing.assert_allclose(mix.sigma, sigma, rtol=1e-12)
    np.testing.assert_allclose(mix.mu, raw[:, 1 + M : 1 + 3 * M].reshape(30, 2, M))


@pytest.mark.parametrize("temperature", [0.25, 1.0, 4.0])
def test_temperature_divides_logits_and_multiplies_variances(temperature):
    raw = raw_outputs(30, seed=9)
    cool = numpy_mixture.mixture(raw, FLOOR, Steering(temperature=temperature))
    plain = numpy_mixture.mixture(raw, FLOOR)
    pi = plain.pi ** (1 / temperature)
    np.testing.assert_allclose(cool.pi, pi / pi.sum(1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(cool.sigma**2, temperature * plain.sigma**2, rtol=1e-12)
    np.testing.assert_allclose(cool.eos, 1 / (1 + np.exp(-raw[:, 0] / temperature)), rtol=1e-9)
    np.testing.assert_allclose(cool.rho, plain.rho)
