"""The probability of a cell, against quadrature of the density and by its properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.engine.cell_mass import mass_loss, offset_log_mass, rectangle_log_mass
from hwcli.engine.mixture import Mixture, eos_log_probability, mixture, offset_log_density
from hwcli.model.shape import RHO_MAX


def mass(*rows: tuple[float, float, float, float, float]) -> np.ndarray:
    """Return the log-mass of rectangles (x, y, a, b, rho)."""
    return rectangle_log_mass(*np.array(rows).T)


def by_quadrature(x: float, y: float, a: float, b: float, rho: float, parts: int = 60) -> float:
    """Return the log-mass by Gauss-Legendre quadrature of the density on a fine grid, in both directions."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    places = (2 * np.arange(parts)[:, None] + 1 + nodes).ravel() / parts - 1
    u, v = np.meshgrid(x + a * places, y + b * places, indexing="ij")
    log_density = -(u**2 + v**2 - 2 * rho * u * v) / (2 * (1 - rho**2))
    log_density -= math.log(2 * math.pi) + 0.5 * math.log1p(-(rho**2))
    top = log_density.max()
    fine = np.tile(weights, parts) / parts
    return float(top + np.log(fine @ np.exp(log_density - top) @ fine) + math.log(a * b))


RECTANGLES = {
    "small, in the middle": (0.2, -0.4, 0.05, 0.1, 0.3),
    "as large as the floor of sigma allows": (0.3, 0.1, 1.0, 1.0, 0.0),
    "long": (0.5, 0.2, 0.02, 1.0, -0.5),
    "in the tail of x": (9.0, 0.0, 0.3, 0.3, 0.2),
    "in the tail of both": (7.0, -8.0, 1.0, 0.5, 0.6),
    "far across a ridge": (3.0, -3.0, 0.2, 0.2, 0.99),
    "on a ridge": (0.0, 0.0, 1.0, 1.0, RHO_MAX),
    "half on a ridge": (0.5, -0.5, 1.0, 1.0, RHO_MAX),
    "touching a ridge with a corner": (1.0, -0.95, 1.0, 1.0, RHO_MAX),
    "along a falling ridge": (2.0, -2.1, 0.4, 0.3, -RHO_MAX),
    "at the end of a ridge": (4.0, 3.9, 0.5, 1.0, 0.995),
    "beside a ridge": (0.3, 0.9, 0.1, 0.2, RHO_MAX),
    "wider than the normal": (1.0, 0.5, 4.0, 6.0, 0.7),
}


@pytest.mark.parametrize("rectangle", RECTANGLES.values(), ids=RECTANGLES)
def test_mass_equals_fine_quadrature_of_the_density(rectangle):
    assert mass(rectangle)[0] == pytest.approx(by_quadrature(*rectangle), rel=1e-10, abs=1e-9)


COORDINATE = st.floats(-12, 12)
SIDE = st.floats(-4, 0).map(lambda e: 10**e)
RHO = st.one_of(st.floats(-RHO_MAX, RHO_MAX), st.sampled_from([0.0, 0.99, -0.999, RHO_MAX, -RHO_MAX]))
RECTANGLE = st.tuples(COORDINATE, COORDINATE, SIDE, SIDE, RHO)


@given(RECTANGLE)
def test_mass_is_that_of_its_quarters(rectangle):
    """Also where the quarters are small and the whole is not."""
    x, y, a, b, rho = rectangle
    quarters = mass(*((x + i * a / 2, y + j * b / 2, a / 2, b / 2, rho) for i in (-1, 1) for j in (-1, 1)))
    whole = mass(rectangle)[0]
    assert np.logaddexp.reduce(quarters) == pytest.approx(whole, rel=1e-6, abs=1e-8)


@given(RECTANGLE)
def test_mass_keeps_its_value_when_reflected_and_turned(rectangle):
    x, y, a, b, rho = rectangle
    values = mass(rectangle, (y, x, b, a, rho), (-x, -y, a, b, rho), (x, -y, a, b, -rho))
    assert values[0] < 0
    np.testing.assert_allclose(values[1:], values[0], rtol=1e-9, atol=1e-9)


@given(COORDINATE, COORDINATE, SIDE, SIDE)
@example(0.0, 0.0, 0.56, 0.56)  # as large as few nodes are used for
@example(0.0, 0.0, 0.7, 0.7)
def test_mass_without_correlation_is_a_product(x, y, a, b):
    def strip(middle: float, half: float) -> float:
        near, far = (abs(middle) - half) / math.sqrt(2), (abs(middle) + half) / math.sqrt(2)
        return (math.erfc(near) - math.erfc(far)) / 2

    exact = strip(x, a) * strip(y, b)
    if exact > 1e-290:
        # the difference of two erfc loses digits if the strip is narrow
        assert mass((x, y, a, b, 0.0))[0] == pytest.approx(math.log(exact), rel=1e-9, abs=1e-10)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), SIDE, SIDE, RHO)
def test_mass_is_finite_however_far_away(x, y, a, b, rho):
    value = mass((x, y, a, b, rho))[0]
    s2 = 1 - rho**2
    assert math.isfinite(value)
    middle = -(x**2 + y**2 - 2 * rho * x * y) / (2 * s2) - math.log(2 * math.pi) - 0.5 * math.log(s2)
    assert value >= middle + math.log(4 * a * b) - 0.5 * (a + b) ** 2 / s2 - 1e-9 * abs(middle)


HALF = np.array([0.5 / 42, 0.5 / 37])  # half a unit of IAM, normalised


def outputs(count: int, seed: int = 0, m: int = 4, spread: float = -2.0) -> np.ndarray:
    """Return random outputs (count, 6 m + 1) of offsets of some units."""
    raw = np.random.default_rng(seed).standard_normal((count, 6 * m + 1))
    raw[:, 1 + m : 1 + 3 * m] *= 0.2
    raw[:, 1 + 3 * m : 1 + 5 * m] += spread
    raw[:, 1 + 5 * m :] *= 3  # correlations up to their bound
    return raw


@pytest.mark.parametrize("spread", [-9.0, -4.0, -2.5])
def test_masses_of_all_cells_sum_to_one(spread):
    """From components at their floor, one cell wide, to wide ones."""
    mix = mixture(outputs(1, seed=3, spread=spread), HALF)
    reach = (abs(mix.mu) + 9 * mix.sigma).max((0, -1)) / (2 * HALF)
    x, y = (np.arange(-math.ceil(r), math.ceil(r) + 1.0) for r in reach.tolist())
    cells = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2) * (2 * HALF)
    many = Mixture(*(np.broadcast_to(part, (len(cells), *part.shape[1:])) for part in mix))
    assert np.exp(offset_log_mass(many, cells, HALF)).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("spread", "tolerance"), [(-3.0, 0.3), (0.0, 1e-2), (3.0, 1e-4)])
def test_mass_approaches_density_times_area_as_components_widen(spread, tolerance):
    raw = outputs(200, seed=1, m=2, spread=spread)
    raw[:, 11:] = 0.3
    mix = mixture(raw, HALF)
    offsets = mix.mu[..., 0]
    density = offset_log_density(mix, offsets) + np.log(2 * HALF).sum()
    np.testing.assert_allclose(offset_log_mass(mix, offsets, HALF), density, rtol=0, atol=tolerance)


def test_mass_of_a_mixture_equals_the_sum_over_its_components():
    """None that counts is left out."""
    mix = mixture(outputs(60, seed=2, spread=-4.0), HALF)
    offsets = np.random.default_rng(1).standard_normal((60, 2)) * 0.3
    expected = [
        np.logaddexp.reduce(
            [
                math.log(mix.pi[n, k])
                + by_quadrature(
                    *((offsets[n] - mix.mu[n, :, k]) / mix.sigma[n, :, k]).tolist(),
                    *(HALF / mix.sigma[n, :, k]).tolist(),
                    float(mix.rho[n, k]),
                )
                for k in range(4)
            ]
        )
        for n in range(60)
    ]
    np.testing.assert_allclose(offset_log_mass(mix, offsets, HALF), expected, rtol=1e-9, atol=1e-9)


def test_loss_is_that_of_the_cell_and_the_stroke_end_where_they_count():
    raw = outputs(2100).astype(np.float32)  # more points than are computed at a time
    rng = np.random.default_rng(5)
    targets = (rng.standard_normal((2100, 3)) * 0.2).astype(np.float32)
    targets[:, 2] = targets[:, 2] > 0.2
    weight, lift_weight = (rng.random((2, 2100)) < 0.8).astype(np.float32)
    nowhere = (weight == 0) & (lift_weight == 0)
    raw[nowhere] = math.nan
    nats = mass_loss(raw.T, targets, weight, lift_weight, HALF, HALF)
    here = raw[~nowhere].astype(np.float64)
    goals = targets[~nowhere].astype(np.float64)
    cell = offset_log_mass(mixture(here, HALF), goals[:, :2], HALF)
    lift = eos_log_probability(here, goals[:, 2])
    expected = -(weight[~nowhere] * cell + lift_weight[~nowhere] * lift)
    assert (nats[nowhere] == 0).all()
    np.testing.assert_allclose(nats[~nowhere], expected, rtol=1e-12, atol=1e-12)
