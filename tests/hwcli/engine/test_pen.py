"""The pen draws from the mixture's distribution, for one sequence and for many; where samples end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import constant_model, random_model
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK, Pen, draw_noise
from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX
from hwcli.normalisation import Normalisation
from hwcli.sampling.model import Model

NORM = Normalisation((3.0, -1.0), (40.0, 25.0), 1.0)
GRID = 1000.0
STEERED = [(0.0, 1.0), (1.0, 1.0), (0.0, 2.5), (0.7, 0.4)]  # bias, temperature
FAR = 20.0  # between the means of components, so that a step reveals which was chosen


def drawn(pen: Pen, how: str, raws: np.ndarray, noise: np.ndarray, normals: np.ndarray):
    """Return steps (2, n), lifts (n,) and rows (3, n) for raws (6 m + 1, n), by draw_one or draw_many."""
    n = raws.shape[1]
    step, lifts, rows = np.zeros((2, n), np.int64), np.zeros(n, bool), np.full((3, n), np.nan, np.float32)
    if how == "many":
        pen.draw_many(raws, noise, normals, step, lifts, rows)
        return step, lifts, rows
    for k in range(n):
        at = slice(k, k + 1)
        pen.draw_one(raws[:, at], noise[:, at], normals[:, at], step[:, at], lifts[at], rows[:, at])
    return step, lifts, rows


def random_numbers(n: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the random numbers of `n` draws, from as many blocks of one generator as needed."""
    generator = np.random.default_rng(seed)
    blocks = [draw_noise([generator], m) for _ in range(-(-n // BLOCK))]
    noise, normals = (np.concatenate([b[i][..., 0] for b in blocks])[:n].T for i in (0, 1))
    return noise, normals


def known_raw(m: int = 4, sigma=(-1.0, -2.0), rho: float = 0.6) -> np.ndarray:
    """Return a mixture vector of components in a row, FAR apart, with different weights."""
    pi, where = np.linspace(-0.9, 1.1, m), FAR * np.arange(m)
    parts = [[-0.8], pi, where, 2 - where, np.full(m, sigma[0]), np.full(m, sigma[1]), np.full(m, rho)]
    return np.concatenate(parts).astype(np.float32)[:, None]


@settings(max_examples=60)
@given(
    m=st.integers(1, 6),
    n=st.integers(1, 5),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([0.3, 3.0, 30.0]),
    steered=st.sampled_from(STEERED),
)
def test_draw_one_equals_draw_many(m, n, seed, scale, steered):
    raws = (scale * np.random.default_rng(seed).standard_normal((6 * m + 1, n))).astype(np.float32)
    pen = Pen(m, NORM, Steering(*steered), GRID)
    (steps, lifts, rows), (steps_1, lifts_1, rows_1) = (
        drawn(pen, how, raws, *random_numbers(n, m, seed)) for how in ("many", "one")
    )
    np.testing.assert_array_equal(lifts, lifts_1)
    np.testing.assert_allclose(
        steps, steps_1, rtol=1e-12, atol=1
    )  # the last bit of exp may round to another step
    np.testing.assert_allclose(rows, rows_1, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("steered", STEERED, ids=str)
@pytest.mark.parametrize(("how", "n"), [("many", 40_000), ("one", 8_000)])
def test_components_and_lifts_have_their_probabilities(how, n, steered):
    m, (bias, temperature) = 4, steered
    raw = known_raw(m)
    step, lifts, _ = drawn(
        Pen(m, NORM, Steering(*steered), GRID), how, np.repeat(raw, n, 1), *random_numbers(n, m, 5)
    )
    x = (step[0] / GRID - NORM.mean[0]) / NORM.std[0]
    chosen = np.rint(x / FAR).astype(int)
    expected = np.exp(raw[1 : 1 + m, 0].astype(float) * (1 + bias) / temperature)
    expected *= n / expected.sum()
    counts = np.bincount(chosen, minlength=m)
    assert len(counts) == m
    assert ((counts - expected) ** 2 / expected).sum() < 21.1  # chi-square, 3 degrees: 1 in 10,000
    lift = 1 / (1 + np.exp(0.8 / temperature))
    assert abs(lifts.mean() - lift) < 4 * np.sqrt(lift * (1 - lift) / n)
    # and they are independent
    by_component = np.array([lifts[chosen == k].mean() for k in range(m)])
    assert (np.abs(by_component - lift) < 4 * np.sqrt(lift * (1 - lift) / counts)).all()


@pytest.mark.parametrize("steered", STEERED, ids=str)
@pytest.mark.parametrize(("how", "n"), [("many", 40_000), ("one", 8_000)])
def test_offsets_have_mean_and_covariance_of_component(how, n, steered):
    bias, temperature = steered
    raw = known_raw(1)
    step, _, _ = drawn(
        Pen(1, NORM, Steering(*steered), 1e6), how, np.repeat(raw, n, 1), *random_numbers(n, 1, 6)
    )
    offsets = (step / 1e6 - np.array(NORM.mean)[:, None]) / np.array(NORM.std)[:, None]
    sx, sy = (f + np.exp(s - bias) for f, s in zip(NORM.sigma_min, (-1.0, -2.0), strict=True))
    r = RHO_MAX * np.tanh(0.6)
    covariance = temperature * np.array([[sx * sx, r * sx * sy], [r * sx * sy, sy * sy]])
    white = np.linalg.solve(np.linalg.cholesky(covariance), offsets - [[0.0], [2.0]])
    bound = 4 / np.sqrt(n)
    assert (np.abs(white.mean(1)) < bound).all()
    np.testing.assert_allclose(np.cov(white), np.eye(2), atol=1.5 * bound)


def test_next_row_is_the_point_on_the_grid():
    raws = np.repeat(known_raw(), 50, 1)
    for how in ("many", "one"):
        step, lifts, rows = drawn(Pen(4, NORM, Steering(), 10.0), how, raws, *random_numbers(50, 4, 1))
        back = rows[:2].astype(float) * np.array(NORM.std)[:, None] + np.array(NORM.mean)[:, None]
        np.testing.assert_allclose(back, step / 10.0, atol=1e-3)
        np.testing.assert_array_equal(rows[2], lifts)
        assert set(rows[2]) == {0, 1}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("how", ["many", "one"])
def test_extreme_outputs(how):
    raw = np.zeros((13, 200), np.float32)
    raw[0, :100], raw[0, 100:] = 1e30, -1e30
    raw[1], raw[2] = -1e30, 1e30  # the second component, always
    raw[3], raw[4] = -1e6, 0.0
    raw[8], raw[10] = 1e30, -1e30  # sigma^: the upper bound in x, the lower in y
    raw[12] = 1e30  # rho^
    step, lifts, _ = drawn(Pen(2, NORM, Steering(), GRID), how, raw, *random_numbers(200, 2, 0))
    assert lifts[:100].all()
    assert not lifts[100:].any()
    x, y = ((step[i] / GRID - NORM.mean[i]) / NORM.std[i] for i in (0, 1))
    assert 0.8 * np.exp(LOG_SIGMA_MAX) < x.std() < 1.2 * np.exp(LOG_SIGMA_MAX)
    assert y.std() == pytest.approx(NORM.sigma_min[1], rel=0.2)
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(RHO_MAX, abs=2e-4)


def test_noise_comes_from_own_generator_only():
    both = draw_noise([np.random.default_rng(s) for s in (1, 2)], 3)
    for column, seed in enumerate((1, 2)):
        for together, alone in zip(both, draw_noise([np.random.default_rng(seed)], 3), strict=True):
            np.testing.assert_array_equal(together[..., column], alone[..., 0])
    generator = np.random.default_rng(1)
    first, second = draw_noise([generator], 3), draw_noise([generator], 3)
    assert [a.shape for a in first] == [(BLOCK, 4, 1), (BLOCK, 2, 1)]
    assert not np.isin(second[0], first[0]).any()


def test_noise_is_gumbel_and_logistic_for_the_lift():
    noise, normals = draw_noise([np.random.default_rng(k) for k in range(60)], 3)
    n = noise[:, 1:].size
    gumbel, logistic = noise[:, 1:], noise[:, 0]
    assert abs(gumbel.mean() - np.euler_gamma) < 4 * np.sqrt(np.pi**2 / 6 / n)
    assert gumbel.var() == pytest.approx(np.pi**2 / 6, rel=0.04)
    assert abs(logistic.mean()) < 4 * np.sqrt(np.pi**2 / 3 / logistic.size)
    assert logistic.var() == pytest.approx(np.pi**2 / 3, rel=0.06)
    assert normals.var() == pytest.approx(1, rel=0.03)
    assert np.isfinite(noise).all()


class _Zeros:
    """A generator that returns only zeros, which has a chance of 1 in 10^38."""

    def standard_exponential(self, size, dtype):
        return np.zeros(size, dtype)

    standard_normal = standard_exponential


@pytest.mark.filterwarnings("error")
def test_noise_is_finite_for_zero_draws():
    assert np.isfinite(draw_noise([_Zeros()], 3)[0]).all()


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), until=st.integers(1, 6), count=st.integers(1, 4))
def test_until_gives_first_strokes_of_same_sample(seed, until, count):
    model = Model(random_model(hidden=8), "m")
    whole = model.sample_many(count, points=120, seed=seed)
    for part, long in zip(model.sample_many(count, points=120, seed=seed, until=until), whole, strict=True):
        strokes = long.strokes[:until]
        assert len(part.strokes) == len(strokes)
        for a, b in zip(part.strokes, strokes, strict=True):
            np.testing.assert_array_equal(a, b)
        assert len(part.prediction) == len(part)
        np.testing.assert_array_equal(part.prediction.mu, long.prediction.mu[: len(part)])


@pytest.mark.parametrize(
    ("eos", "until", "points", "expected"),
    [
        (50.0, 1, 30, 1),  # the pen lifts at every point, including the first
        (50.0, 7, 30, 7),
        (50.0, 30, 30, 30),
        (50.0, 31, 30, 30),  # more lifts than points
        (-50.0, 1, 30, 30),  # it never lifts: the limit of points ends it
        (50.0, 0, 30, 30),
        (-50.0, 3, BLOCK + 9, BLOCK + 9),
        (50.0, BLOCK + 3, BLOCK + 9, BLOCK + 3),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_sample_ends_at_until_or_points(eos, until, points, expected, count):
    raw = known_raw(2)
    raw[0] = eos
    model = Model(constant_model(raw[:, 0], NORM), "m")
    for predictions in (True, False):
        inks = model.sample_many(count, points=points, seed=1, until=until, predictions=predictions)
        assert [len(ink) for ink in inks] == [expected] * count
