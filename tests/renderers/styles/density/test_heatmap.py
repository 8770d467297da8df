"""The heat map compared with direct sums and integrals in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from inks import make_ink
from renderers import Ink, Prediction, draw
from renderers.styles.density.gaussians import Components, Grid, direct_sum
from renderers.styles.density.grid_sum import accumulate


def one_step(mu: tuple[float, float], sigma: tuple[float, float], rho: float) -> Prediction:
    """Predict the second of two points with one component."""
    return Prediction(
        eos=np.full(2, 0.1),
        pi=np.ones((2, 1)),
        mu=np.tile(np.array(mu), (2, 1, 1)),
        sigma=np.tile(np.array(sigma), (2, 1, 1)),
        rho=np.full((2, 1), rho),
    )


POINTS = np.array([[100.0, 50.0], [120.0, 40.0]])


def square(center: tuple[float, float], half: float, pixels: int) -> Grid:
    return Grid(center[0] - half, center[1] - half, 2 * half / pixels, pixels, pixels)


def middles(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    x = grid.left + (np.arange(grid.columns) + 0.5) * grid.pixel
    y = grid.top + (np.arange(grid.rows) + 0.5) * grid.pixel
    return x, y


def density(prediction: Prediction, points: ArrayLike, x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Sum the exact densities of all steps at every pair of `x` (nx,) and `y` (ny,): (ny, nx).

    Every step's mixture is centred on the previous point, so the integral over the plane is len(points) − 1.
    The unit is 1 / (unit of the ink)².
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return direct_sum(Components.of(prediction, np.asarray(points, dtype=np.float64), drop=0.0), x, y)


def moments(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return mass (for pixels of area 1), mean and covariance of a density on a grid."""
    mass = values.sum()
    mean = np.array([(values.sum(axis=0) @ x) / mass, (values.sum(axis=1) @ y) / mass])
    dx, dy = x - mean[0], y - mean[1]
    xy = dy @ values @ dx / mass
    return (
        mass,
        mean,
        np.array([[values.sum(axis=0) @ dx**2 / mass, xy], [xy, values.sum(axis=1) @ dy**2 / mass]]),
    )


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5, 0.95])
def test_exact_density_has_the_right_mass_mean_and_covariance(rho: float) -> None:
    prediction = one_step((20.0, -5.0), (6.0, 3.0), rho)
    x, y = np.linspace(70, 170, 501), np.linspace(15, 75, 301)
    values = density(prediction, POINTS, x, y)
    mass, mean, cov = moments(values, x, y)
    assert mass * 0.2 * 0.2 == pytest.approx(1, abs=1e-6)
    # centred on the previous point, the first
    assert mean == pytest.approx(np.array([120.0, 45.0]), abs=1e-4)
    assert cov == pytest.approx(np.array([[36, 18 * rho], [18 * rho, 9]]), abs=1e-3)


def test_exact_density_matches_the_formula() -> None:
    prediction = one_step((20.0, -5.0), (6.0, 3.0), 0.5)
    value = density(prediction, POINTS, [123.0], [44.0])[0, 0]
    u, v = 3 / 6, -1 / 3
    z = u * u + v * v - 2 * 0.5 * u * v
    assert value == pytest.approx(np.exp(-z / (2 * 0.75)) / (2 * np.pi * 6 * 3 * np.sqrt(0.75)), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    sx=st.floats(0.01, 60),
    sy=st.floats(0.01, 60),
    rho=st.floats(-0.99, 0.99),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
)
def test_grid_sum_preserves_mass_mean_and_covariance(
    sx: float, sy: float, rho: float, x: float, y: float
) -> None:
    grid = square((0.0, 0.0), 300, 600)  # pixels of width 1
    prediction = one_step((x, y), (sx, sy), rho)
    values = accumulate(Components.of(prediction, np.zeros((2, 2))), grid)
    mass, mean, cov = moments(values, *middles(grid))
    assert (values >= 0).all()
    assert mass == pytest.approx(1, abs=2e-3)
    exact = np.array([[sx * sx, rho * sx * sy], [rho * sx * sy, sy * sy]])
    # a component narrower than a pixel is positioned to a fraction of a pixel; a tilted ridge magnifies the
    # error
    slope = 1 + np.abs(exact[0, 1]) / (np.array([sy, sx]) ** 2 + 1 / 12)
    assert (np.abs(mean - [x, y]) <= 0.25 * slope).all()
    assert (np.abs(cov - exact) <= 0.35 * np.outer(slope, slope) + 0.01 * max(sx, sy) ** 2).all()


@pytest.mark.parametrize("sigma", [1.0, 3.0, 7.0, 20.0, 45.0])
@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.6])
def test_grid_sum_is_the_exact_density_averaged_over_pixels(sigma: float, rho: float) -> None:
    prediction = one_step((0.3, -0.2), (sigma, 0.8 * sigma), rho)
    grid = square((0.0, 0.0), 200, 400)
    values = accumulate(Components.of(prediction, np.zeros((2, 2))), grid)
    x, y = middles(grid)
    fine = np.arange(-2, 3) / 5
    exact = density(prediction, np.zeros((2, 2)), (x[:, None] + fine).ravel(), (y[:, None] + fine).ravel())
    average = exact.reshape(400, 5, 400, 5).mean(axis=(1, 3))
    # adding the pixel's variance is exact only to the second moment, which shows for a ridge of 0.3 pixels
    assert np.abs(values - average).max() < (0.02 if sigma < 2 else 0.01) * average.max()


def test_rotating_the_prediction_rotates_the_density() -> None:
    """A quarter turn maps (x, y) to (−y, x): both σ swap, and ρ changes sign."""
    grid = square((0.0, 0.0), 50, 101)
    values = accumulate(Components.of(one_step((4.0, 9.0), (8.0, 3.0), 0.7), np.zeros((2, 2))), grid)
    turned = accumulate(Components.of(one_step((-9.0, 4.0), (3.0, 8.0), -0.7), np.zeros((2, 2))), grid)
    assert np.allclose(turned, np.rot90(values, -1), atol=1e-3 * values.max())


def test_grid_sum_of_an_ink_agrees_with_the_exact_sum() -> None:
    ink = make_ink(40)
    assert ink.prediction is not None
    low, high = ink.points.min(axis=0) - 220, ink.points.max(axis=0) + 220
    pixel = 1.0
    grid = Grid(*low, pixel, round((high[1] - low[1]) / pixel), round((high[0] - low[0]) / pixel))
    values = accumulate(Components.of(ink.prediction, ink.points), grid)
    assert values.sum() * pixel**2 == pytest.approx(len(ink) - 1, rel=1e-3)
    x, y = middles(grid)
    exact = density(ink.prediction, ink.points, x, y)
    # the exact density is evaluated at pixel centres, and the sharpest predictions are one pixel wide
    assert np.abs(values - exact).mean() < 0.03 * exact.mean()
    assert np.corrcoef(values.ravel(), exact.ravel())[0, 1] > 0.99


def test_weight_of_dropped_components_goes_to_the_rest_of_the_step() -> None:
    p = one_step((0.0, 0.0), (2.0, 2.0), 0.0)
    many = Prediction(
        p.eos,
        np.tile([0.9995, 0.0003, 0.0002], (2, 1)),
        np.repeat(p.mu, 3, axis=1),
        np.repeat(p.sigma, 3, axis=1),
        np.repeat(p.rho, 3, axis=1),
    )
    kept = Components.of(many, POINTS)
    assert kept.weight.tolist() == [1.0]
    assert len(Components.of(many, POINTS, drop=0.0).weight) == 3


def test_prediction_of_the_first_point_is_ignored() -> None:
    p = one_step((0.0, 0.0), (2.0, 2.0), 0.0)
    wild = Prediction(p.eos, p.pi, p.mu + np.array([[[1e6, 0.0]], [[0.0, 0.0]]]), p.sigma, p.rho)
    drawn, wildly = (draw(Ink((POINTS,), q), "pdf").svg() for q in (p, wild))
    assert drawn == wildly


def test_sum_is_finite_for_narrow_ridges_and_components_off_the_grid() -> None:
    p = one_step((0.0, 0.0), (400.0, 400.0), 0.99999)
    grid = square((0.0, 0.0), 50, 100)
    values = accumulate(Components.of(p, np.zeros((2, 2))), grid)
    assert np.isfinite(values).all()
    diagonal = np.diagonal(values)
    assert diagonal.min() > 0.5 * diagonal.max()
    assert values[0, -1] < 1e-3 * values[50, 50]
    for rho in (1 - 1e-15, -1 + 1e-15):
        extreme = accumulate(Components.of(one_step((0.0, 0.0), (1e9, 1e9), rho), np.zeros((2, 2))), grid)
        assert np.isfinite(extreme).all()
    away = accumulate(Components.of(one_step((1e6, 0.0), (2.0, 2.0), 0.0), np.zeros((2, 2))), grid)
    assert not away.any()


def test_heat_map_is_placed_on_the_ink() -> None:
    """The centre of mass of the heat map is at the mean of the points."""
    ink = make_ink(150)
    raster = draw(ink, "pdf", gamma=1.0).scene.layers[0].raster
    assert raster is not None
    tone = raster.pixels.astype(float)
    rows, columns = tone.shape
    x = raster.bounds.left + (np.arange(columns) + 0.5) / columns * raster.bounds.width
    y = raster.bounds.top + (np.arange(rows) + 0.5) / rows * raster.bounds.height
    mean = np.array([tone.sum(axis=0) @ x, tone.sum(axis=1) @ y]) / tone.sum()
    assert mean == pytest.approx(ink.points.mean(axis=0), abs=0.08 * np.ptp(ink.points[:, 0]))
    at = ((ink.points - raster.bounds[:2]) / (raster.bounds.width / columns)).astype(int)
    inside = (at >= 0).all(axis=1) & (at < [columns, rows]).all(axis=1)
    assert inside.mean() > 0.98  # the first point has no prediction and may be outside
    at = at[inside]
    assert tone[at[:, 1], at[:, 0]].mean() > 5 * tone.mean()


def test_sharp_and_wide_predictions_are_visible_on_transparency() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0], [400.0, 0.0], [400.0, 150.0]])
    sigma = np.array([[1, 1], [2, 2], [60, 60], [2, 2]], dtype=float)[:, None]
    mu = np.concatenate([np.zeros((1, 2)), np.diff(points, axis=0)])[:, None]
    p = Prediction(np.full(4, 0.1), np.ones((4, 1)), mu, sigma, np.zeros((4, 1)))
    raster = draw(Ink((points,), p), "pdf").scene.layers[0].raster
    assert raster is not None
    alpha = raster.table[raster.pixels, 3]
    pixel = raster.bounds.width / alpha.shape[1]

    def at(x: float, y: float) -> int:
        return int(alpha[int((y - raster.bounds.top) / pixel), int((x - raster.bounds.left) / pixel)])

    assert at(10, 0) == 255
    assert at(400, -30) > 90  # 900 times fainter than the sharp one
    assert at(150, 100) < 10
