"""The probability of a cell, against quadrature of the density and by its properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.model.shape import RHO_MAX
from hwcli.network.cell_mass import mass_loss, offset_log_mass, rectangle_log_mass
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density


def mass(*rows: tuple[float, float, float, float, float]) -> np.ndarray:
    """Return the log-mass of rectangles (x, y, a, b, rho)."""
    return rectangle_log_mass(*torch.tensor(rows, dtype=torch.float64).t()).numpy()


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


FLOOR = torch.tensor([0.5 / 42, 0.5 / 37])  # half a unit of IAM, normalised
HALF = FLOOR.double()


def outputs(*leading: int, seed: int = 0, m: int = 4, spread: float = -2.0) -> torch.Tensor:
    """Return random outputs (…, 6 m + 1) of offsets of some units, in float32."""
    raw = torch.randn(*leading, 6 * m + 1, generator=torch.Generator().manual_seed(seed))
    raw[..., 1 + m : 1 + 3 * m] *= 0.2
    raw[..., 1 + 3 * m : 1 + 5 * m] += spread
    raw[..., 1 + 5 * m :] *= 3  # correlations up to their bound
    return raw


@pytest.mark.parametrize("spread", [-9.0, -4.0, -2.5])
def test_masses_of_all_cells_sum_to_one(spread):
    """From components at their floor, one cell wide, to wide ones."""
    raw = outputs(seed=3, spread=spread).double()
    mix = mixture(raw, HALF)
    reach = (mix.mu.abs() + 9 * mix.sigma).amax(-1) / (2 * HALF)
    x, y = (torch.arange(-math.ceil(r), math.ceil(r) + 1, dtype=torch.float64) for r in reach.tolist())
    cells = torch.cartesian_prod(x, y) * (2 * HALF)
    many = type(mix)(*(part.expand(len(cells), *part.shape) for part in mix))
    assert float(offset_log_mass(many, cells, HALF).exp().sum()) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("spread", "tolerance"), [(-3.0, 0.3), (0.0, 1e-2), (3.0, 1e-4)])
def test_mass_approaches_density_times_area_as_components_widen(spread, tolerance):
    raw = outputs(200, seed=1, m=2, spread=spread).double()
    raw[..., 11:] = 0.3
    mix = mixture(raw, HALF)
    offsets = mix.mu[..., 0]
    density = offset_log_density(mix, offsets) + float((2 * HALF).log().sum())
    torch.testing.assert_close(offset_log_mass(mix, offsets, HALF), density, rtol=0, atol=tolerance)


def test_mass_of_a_mixture_equals_the_sum_over_its_components():
    """None that counts is left out."""
    mix = mixture(outputs(60, seed=2, spread=-4.0).double(), HALF)
    offsets = torch.randn(60, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 0.3
    expected = [
        np.logaddexp.reduce(
            [
                float(mix.log_pi[n, k])
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
    raw = outputs(700, 3)  # more points than are computed at a time
    targets = torch.randn(700, 3, 3, generator=torch.Generator().manual_seed(5)) * 0.2
    targets[..., 2] = (targets[..., 2] > 0.2).float()
    weight, lift_weight = (torch.rand(2, 700, 3, generator=torch.Generator().manual_seed(6)) < 0.8).float()
    nowhere = (weight == 0) & (lift_weight == 0)
    raw[nowhere] = math.nan
    nats = mass_loss(raw, targets, weight, lift_weight, FLOOR, HALF)
    mix = mixture(raw.double(), FLOOR.double())
    cell = offset_log_mass(mix, targets[..., :2].double(), HALF)
    expected = -(weight * cell + lift_weight * eos_log_probability(mix, targets[..., 2].double()))
    assert (nats[nowhere] == 0).all()
    torch.testing.assert_close(nats[~nowhere], expected[~nowhere], rtol=1e-12, atol=1e-12)
