"""The mixture-density output, in torch and in NumPy, against formulas written out a second time."""

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
    """Mean and covariance of component `k`, by the layout that the documentation gives."""
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
def test_the_density_is_the_one_of_explicit_covariance_matrices(log_density):
    raw = raw_outputs(50)
    offsets = 2 * np.random.default_rng(1).standard_normal((50, 2))
    expected = [math.log(density_by_cholesky(r, o)) for r, o in zip(raw, offsets, strict=True)]
    np.testing.assert_allclose(log_density(raw, offsets), expected, rtol=1e-9)


@ENGINES
def test_the_density_integrates_to_one(log_density):
    raw = raw_outputs(1, seed=5, scale=0.5)
    raw[0, -M:] = [-0.8, 0.0, 0.9, 1.2]
    axis = np.linspace(-14, 14, 561)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    density = np.exp(log_density(np.repeat(raw, len(grid), 0), grid))
    assert density.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1, abs=1e-6)


@ENGINES
def test_a_density_of_many_components_of_weight_nearly_zero_is_finite(log_density):
    raw = raw_outputs(1)
    raw[0, 1 : 1 + M] = [900, -900, -900, -900]
    mean, covariance = component(raw[0], 0)
    expected = -math.log(2 * math.pi) - 0.5 * math.log(np.linalg.det(covariance))
    assert log_density(raw, mean[None])[0] == pytest.approx(expected)


def test_the_two_engines_agree_on_every_parameter():
    raw = raw_outputs(200, seed=2, scale=3)
    ours = numpy_mixture.mixture(raw, FLOOR)
    theirs = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(ours.eos, theirs.eos.sigmoid(), rtol=1e-12)
    np.testing.assert_allclose(ours.pi, theirs.log_pi.exp(), rtol=1e-12)
    for name in ("mu", "sigma", "rho"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12)


def test_the_log_probability_of_a_lift_is_that_of_the_sigmoid_in_both_engines():
    raw = raw_outputs(100, seed=3, scale=4)
    eos = np.random.default_rng(3).integers(0, 2, 100).astype(float)
    p = 1 / (1 + np.exp(-raw[:, 0]))
    expected = np.log(np.where(eos > 0, p, 1 - p))
    np.testing.assert_allclose(numpy_mixture.eos_log_probability(raw, eos), expected, rtol=1e-9)
    mix = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(
        torch_mixture.eos_log_probability(mix, torch.from_numpy(eos)), expected, rtol=1e-9
    )


def test_the_mean_is_the_weighted_mean_of_the_components():
    raw = raw_outputs(20, seed=4)
    expected = [
        sum(w * component(r, k)[0] for k, w in enumerate(weights(r))) for r in raw
    ]  # fmt: skip
    mix = torch_mixture.mixture(torch.from_numpy(raw), torch.from_numpy(FLOOR))
    np.testing.assert_allclose(torch_mixture.mean_offset(mix), expected, rtol=1e-9)


EXTREMES = [
    ("an offset 1e4 deviations away", {}, (1e4, -1e4), 0.0),
    ("an offset at the mean of a collapsed component", {"sigma": -100.0}, (0.0, 0.0), 0.0),
    ("an offset far from collapsed components", {"sigma": -100.0}, (300.0, 300.0), 1.0),
    ("sigma^ of 100", {"sigma": 100.0}, (3.0, 3.0), 0.0),
    ("rho^ of 50, along it", {"rho": 50.0}, (2.0, 2.0), 0.0),
    ("rho^ of 50, across it", {"rho": 50.0}, (40.0, -40.0), 1.0),
    ("rho^ of -50", {"rho": -50.0}, (40.0, 40.0), 1.0),
    ("a lift thought impossible", {"eos": -200.0}, (0.0, 0.0), 1.0),
    ("a lift thought certain that does not come", {"eos": 200.0}, (0.0, 0.0), 0.0),
    ("one component takes all", {"pi": 500.0}, (1e3, 0.0), 0.0),
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


def test_an_outlier_still_pulls_the_means_towards_it():
    raw = torch.from_numpy(raw_outputs(1, seed=7)).requires_grad_()
    mix = torch_mixture.mixture(raw, torch.from_numpy(FLOOR))
    (-torch_mixture.offset_log_density(mix, torch.tensor([[1e4, 1e4]], dtype=torch.float64))).sum().backward()
    assert raw.grad[0, 1 + M : 1 + 3 * M].abs().max() > 1  # log(max(p, 1e-20)) would give nothing at all


def test_a_missed_lift_costs_its_logit_and_pulls_with_full_strength():
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
        np.testing.assert_allclose(mix.sigma[0, 0], FLOOR[0])  # no narrower than the grid allows
        np.testing.assert_allclose(mix.sigma[0, 1], FLOOR[1] + math.exp(LOG_SIGMA_MAX))
        np.testing.assert_allclose(mix.rho[0], RHO_MAX)
        assert (np.asarray(mix.rho) < 1).all()


@pytest.mark.parametrize("bias", [0.0, 0.5, 3.0])
def test_bias_follows_equations_61_and_62(bias):
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


DRAWS = 200_000


def drawn(raw: np.ndarray, steering: Steering | None = None, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    uniform, normal = rng.random((DRAWS, 2)), rng.standard_normal((DRAWS, 2))
    return numpy_mixture.draw(np.repeat(raw[None], DRAWS, 0), FLOOR, steering or Steering(), uniform, normal)


@pytest.mark.parametrize("rho", [-3.0, 0.0, 0.7, 3.0])
def test_drawn_offsets_have_the_covariance_of_the_component(rho):
    raw = np.zeros(6 * M + 1)
    raw[1] = 50  # the first component alone
    raw[1 + M], raw[1 + 2 * M] = 3.0, -2.0
    raw[1 + 3 * M], raw[1 + 4 * M], raw[1 + 5 * M] = 0.7, -0.9, rho
    rows = drawn(raw)
    mean, covariance = component(raw, 0)
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(rows[:, :2].mean(0), mean, atol=0.02 * scale.max())
    np.testing.assert_allclose(np.cov(rows[:, :2].T) / scale, covariance / scale, atol=0.015)


@pytest.mark.parametrize("steering", [Steering(), Steering(bias=0.4), Steering(temperature=1.5)], ids=str)
def test_drawn_offsets_choose_components_by_weight(steering):
    raw = raw_outputs(1, seed=10)[0]
    raw[1 + M : 1 + 3 * M] = [0.0, 1000.0, 2000.0, 3000.0] * 2  # told apart by place
    rows = drawn(raw, steering)
    chosen = np.rint(rows[:, 0] / 1000).astype(int)
    expected = numpy_mixture.mixture(raw, FLOOR, steering).pi
    np.testing.assert_allclose(np.bincount(chosen, minlength=M) / DRAWS, expected, atol=0.006)


def test_drawn_offsets_have_mean_and_covariance_of_the_whole_mixture():
    raw = raw_outputs(1, seed=11)[0]
    rows = drawn(raw)
    w = weights(raw)
    parts = [component(raw, k) for k in range(M)]
    mean = sum(p * m for p, (m, _) in zip(w, parts, strict=True))
    second = sum(p * (c + np.outer(m, m)) for p, (m, c) in zip(w, parts, strict=True))
    np.testing.assert_allclose(rows[:, :2].mean(0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(rows[:, :2].T), second - np.outer(mean, mean), rtol=0.03, atol=0.03)


@pytest.mark.parametrize(("logit", "temperature"), [(-0.85, 1.0), (-2.2, 1.0), (1.0, 1.0), (-2.0, 4.0)])
def test_lifts_are_drawn_and_not_thresholded(logit, temperature):
    raw = np.zeros(6 * M + 1)
    raw[0] = logit
    lifts = drawn(raw, Steering(temperature=temperature))[:, 2]
    assert set(lifts) == {0.0, 1.0}
    assert lifts.mean() == pytest.approx(1 / (1 + math.exp(-logit / temperature)), abs=0.005)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pi", [[0, 0, 0, 0], [80, 0, 0, -80], [-80, -80, -80, 80], [1e-7, 0, 0, 0]])
def test_there_is_a_component_for_the_smallest_and_the_largest_uniform_draw(pi, dtype):
    raw = np.zeros((2, 6 * M + 1), dtype)
    raw[:, 1 : 1 + M] = pi
    raw[:, 1 + M : 1 + 2 * M] = [0, 1000, 2000, 3000]
    uniform = np.array([[0.0, 0.0], [np.nextafter(dtype(1), dtype(0))] * 2], dtype)
    rows = numpy_mixture.draw(raw, FLOOR.astype(dtype), Steering(), uniform, np.zeros((2, 2), dtype))
    assert rows[0, 0] in (0, 1000, 2000, 3000)
    assert rows[1, 0] == 1000 * np.flatnonzero(np.array(pi) > np.max(pi) - 10)[-1]
