"""Priming and scoring: the network reads real ink, and samples continue in its units."""

from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import constant_model, random_model, wander
from hwcli.engine.mixture import mixture
from hwcli.errors import HwError
from hwcli.ink_size import DENSER, Size, resampled
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink, InkError, Prediction

FIELDS = ("eos", "pi", "mu", "sigma", "rho")
PRIME = Ink(strokes=tuple(wander(40, seed=3)), text="not sampled", id="prime", extra={"writer": "w"})
HAND = Size.of(PRIME)


def model_of(hand: Size | None = HAND, **shape) -> Model:
    """Return a network with random weights whose training lines had this size."""
    file = random_model(**({"layers": 2, "skip": True} | shape))
    return Model(replace(file, about={"hand": asdict(hand)} if hand else {}), "m")


def scaled(ink: Ink, factor: float, by: tuple[float, float] = (0.0, 0.0)) -> Ink:
    return Ink(strokes=tuple(stroke * factor + by for stroke in ink.strokes))


def first(ink: Ink, points: int) -> Ink:
    return Ink.from_points(ink.points[:points], ink.ends[:points])


def expected_by_torch(model: Model, ink: Ink, factor: float) -> dict[str, np.ndarray]:
    """Return what torch predicts for each point of `ink` in float64, in the units of the ink."""
    torch = pytest.importorskip("torch")
    from hwcli.network.network import Network

    norm = model.file.normalisation
    mean, std = np.array(norm.mean), np.array(norm.std)
    rows = np.concatenate([[[0, 0, 1]], ink.offsets[:-1]])
    rows[:, :2] = (rows[:, :2] * factor - mean) / std
    network = Network.of(model.file).eval().double()
    with torch.no_grad():
        raw, _ = network(torch.from_numpy(rows)[:, None], torch.zeros(len(rows), 1), network.zero_state(1))
    mix = mixture(raw[:, 0].numpy(), np.array(norm.sigma_min))
    moved = {
        "mu": (mix.mu.swapaxes(1, 2) * std + mean) / factor,
        "sigma": mix.sigma.swapaxes(1, 2) * std / factor,
    }
    return {"eos": mix.eos, "pi": mix.pi, "rho": mix.rho, **moved}


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("factor", [1.0, 0.04, 300.0])
def test_primed_predictions_equal_those_of_torch_after_the_prime(skip, factor):
    model, prime = model_of(layers=2, skip=skip, scale=1.0), scaled(PRIME, 1 / factor)
    for ink in model.samples(2, 4, SampleOptions(points=30), prime=prime):
        assert len(ink) == len(prime) + 30
        expected = expected_by_torch(model, ink, factor)
        assert np.ptp(expected["eos"]) > 0.05  # predictions vary along the ink
        for name in FIELDS:
            found, true = getattr(ink.prediction, name)[1:], expected[name][1:]
            unit = np.abs(true).max() if name in ("mu", "sigma") else 1.0
            np.testing.assert_allclose(found, true, rtol=0, atol=2e-4 * unit, err_msg=name)
        np.testing.assert_allclose(ink.prediction.eos[0], expected["eos"][0], atol=1e-5)


def test_scoring_primed_ink_reproduces_its_predictions():
    model = model_of()
    ink = model.sample(points=50, seed=1, prime=PRIME)
    scored = model.score(Ink(strokes=ink.strokes))
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(scored.prediction, name), getattr(ink.prediction, name), rtol=1e-4, atol=1e-5
        )


@settings(max_examples=12)
@given(exponent=st.floats(-6, 6), seed=st.integers(0, 10**6))
def test_units_of_the_prime_do_not_matter(exponent, seed):
    model, k = model_of(Size(90.0, 11.0), layers=1, hidden=8), 10.0**exponent
    ink = model.sample(points=25, seed=seed, prime=PRIME)
    other = model.sample(points=25, seed=seed, prime=scaled(PRIME, k))
    np.testing.assert_array_equal(ink.ends, other.ends)
    extent = np.abs(ink.points).max()
    np.testing.assert_allclose(other.points / k, ink.points, rtol=0, atol=1e-3 * extent)
    np.testing.assert_allclose(other.prediction.sigma / k, ink.prediction.sigma, rtol=0.02)
    np.testing.assert_allclose(other.prediction.pi, ink.prediction.pi, atol=0.02)


def test_sample_continues_where_the_prime_ends():
    model = model_of()
    here = model.sample(points=20, seed=2, prime=PRIME)
    there = model.sample(points=20, seed=2, prime=scaled(PRIME, 1.0, (4096.0, -512.0)))
    np.testing.assert_allclose(there.points - here.points, [[4096.0, -512.0]] * len(here), atol=1e-6)
    np.testing.assert_array_equal(there.prediction.mu, here.prediction.mu)


def test_prime_is_kept_bit_exactly_and_can_be_dropped():
    model, prime = model_of(Size(HAND.height * 7.7, HAND.spacing * 7.7)), scaled(PRIME, 1 / 3)
    ink = model.sample(points=30, seed=5, prime=prime)
    n = len(prime)
    np.testing.assert_array_equal(ink.points[:n], prime.points)
    np.testing.assert_array_equal(ink.ends[:n], prime.ends)
    assert (ink.id, ink.seed, ink.model, ink.text) == ("5-0", 5, "m", None)
    assert ink.extra == {"prime_points": n}
    after = model.sample(points=30, seed=5, prime=prime, keep_prime=False)
    np.testing.assert_array_equal(after.points, ink.points[n:])
    np.testing.assert_array_equal(after.ends, ink.ends[n:])
    assert "prime_points" not in after.extra
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(after.prediction, name), getattr(ink.prediction, name)[n:])


def test_sample_depends_on_the_whole_prime():
    """Two primes have the same last stroke, so only the network's state can distinguish them."""
    tail = [(200, 0), (205, 9), (211, 3)]
    primes = [Ink(strokes=(*wander(30, seed=s), tail)) for s in (1, 2)]
    model = model_of()
    a, b = (model.sample(points=1, seed=1, prime=p, keep_prime=False).prediction for p in primes)
    assert np.abs(a.pi - b.pi).max() > 1e-3
    plain = model.sample(points=1, seed=1)
    assert np.abs(a.eos - plain.prediction.eos).max() > 1e-3


def test_primed_sample_k_does_not_depend_on_count():
    model = model_of()
    four = model.sample_many(4, points=20, seed=3, prime=PRIME)
    assert len({ink.points.tobytes() for ink in four}) == 4
    two = model.sample_many(2, points=20, seed=3, prime=PRIME)
    for a, b in zip(two, four[:2], strict=True):
        np.testing.assert_array_equal(a.ends, b.ends)
        np.testing.assert_allclose(a.points, b.points, atol=1.0)  # batch sizes round differently


@pytest.mark.parametrize("density", [0.25, 0.5, 1.0, 2.0, 5.0])
def test_prime_is_resampled_to_about_the_density_of_the_model(density):
    """A curve whose points lie closer together or further apart than those of the training lines."""
    t = np.linspace(0, 30, 1500)
    curve = Ink(strokes=tuple(np.split(np.column_stack([30 * t, 40 * np.sin(2 * t)]), 10)))
    model, prime = model_of(Size.of(curve)), resampled(curve, density)
    ink = model.sample(points=10, seed=1, prime=prime)
    n = ink.extra["prime_points"]
    read = Size.of(first(ink, n))
    assert 1 / DENSER / 1.05 < read.spacing / model.size.spacing < DENSER * 1.05
    assert read.height == pytest.approx(model.size.height, rel=0.05)
    assert (n == len(prime)) is (density == 1.0)
    assert len(ink) == len(ink.prediction) == n + 10
    np.testing.assert_allclose(ink.points[[0, n - 1]], prime.points[[0, -1]], rtol=1e-9, atol=1e-9)


def test_points_and_until_do_not_count_the_prime():
    model = model_of()
    strokes = len(PRIME.strokes)
    for until in (1, 3):
        ink = model.sample(points=500, seed=1, prime=PRIME, until=until)
        assert len(ink.strokes) == strokes + until
        assert len(ink.prediction) == len(ink)
    bare = model.sample(points=17, seed=1, prime=PRIME, predictions=False)
    assert (len(bare), bare.prediction) == (len(PRIME) + 17, None)
    full = model.sample(points=17, seed=1, prime=PRIME)
    np.testing.assert_array_equal(bare.points, full.points)


def test_predictions_of_the_prime_are_biased_too():
    plain, biased = (model_of().sample(points=40, seed=1, prime=PRIME, bias=b) for b in (0.0, 2.0))
    n = len(PRIME)
    assert (biased.prediction.sigma[1 : n + 1] < plain.prediction.sigma[1 : n + 1]).all()
    assert (biased.prediction.pi[1 : n + 1].max(1) > plain.prediction.pi[1 : n + 1].max(1)).mean() > 0.95


REFUSED = {
    "no stroke": ((), "the size of the prime"),
    "a point": (([(3, 4)],), "the size of the prime"),
    "dots": (([(3, 4)], [(9, 9)], [(1, 0)]), "the size of the prime"),
    "level": (([(0, 0.1), (0.7, 0.1), (3, 0.1), (3.3, 0.1)],), "the size of the prime"),
    "a point far away": ((*PRIME.strokes, [(1e17, 0)]), "far too large"),
    "points at the largest coordinates": ((*PRIME.strokes, [(1e18, 0)], [(-1e18, 0)]), "far too large"),
}


@pytest.mark.filterwarnings("error", "ignore::hwcli.hw_warning.HwWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_prime_without_a_usable_size_is_refused(name):
    strokes, words = REFUSED[name]
    with pytest.raises(HwError, match=words):
        model_of().sample(points=5, seed=1, prime=Ink(strokes=strokes))


def test_model_without_a_stored_size_is_measured_by_its_samples():
    model = model_of(None, hidden=32)
    drawn = [Size.of(ink) for ink in model.sample_many(8, points=400, seed=0)]
    assert model.size.height == pytest.approx(np.median([size.height for size in drawn]))
    ink = model.sample(points=5, seed=1, prime=PRIME)
    assert ink.points[0].tolist() == PRIME.points[0].tolist()
    dots = Model(constant_model([50.0, *[0.0] * 6]), "dots")  # the pen lifts at every point
    with pytest.raises(HwError, match="cannot measure the size of dots's samples"):
        dots.sample(points=5, seed=1, prime=PRIME)


@pytest.mark.parametrize(
    "hand", [{}, {"height": 0, "spacing": 1}, {"height": "x", "spacing": 1}, [], 7, "big"]
)
def test_damaged_size_in_a_model_file_is_refused(hand):
    model = Model(replace(random_model(), about={"hand": hand}), "hurt")
    with pytest.raises(HwError, match="hurt"):
        model.sample(points=5, seed=1, prime=PRIME)


def test_far_from_returns_the_ratio_of_sizes_if_the_model_stores_its_own():
    model = model_of()
    for times in (0.001, 0.2, 5.0, 1e6):
        assert model.far_from(scaled(PRIME, times)) == pytest.approx(times)
    for times in (0.5, 1.0, 2.0):
        assert model.far_from(scaled(PRIME, times)) is None
    assert model.far_from(Ink(strokes=([(0, 0)],))) is None
    assert model_of(None).far_from(scaled(PRIME, 1e6)) is None


@given(exponent=st.floats(-6, 6))
def test_fitted_score_does_not_depend_on_units(exponent):
    model, k = model_of(Size(90.0, 11.0)), 10.0**exponent
    plain, other = (model.score(ink, fit=True) for ink in (PRIME, scaled(PRIME, k)))
    a, b = plain.extra["log_loss"], other.extra["log_loss"]
    assert b["nats"] == pytest.approx(a["nats"], abs=0.05)
    assert a["nats_per_point"] == pytest.approx(a["nats"] / len(PRIME))
    assert a["factor"] == pytest.approx(90.0 / HAND.height)
    assert b["factor"] * k == pytest.approx(a["factor"])
    np.testing.assert_allclose(other.prediction.sigma / k, plain.prediction.sigma, rtol=1e-3)
    np.testing.assert_array_equal(other.points, scaled(PRIME, k).points)  # the ink itself is unchanged


def test_score_depends_on_units_without_fit():
    model = model_of(Size(90.0, 11.0))
    ink = scaled(PRIME, 90.0 / HAND.height)  # already at the model's size
    plain, fitted = model.score(ink), model.score(ink, fit=True)
    assert fitted.extra["log_loss"]["nats"] == pytest.approx(plain.extra["log_loss"]["nats"], abs=0.01)
    assert "factor" not in plain.extra["log_loss"]
    double = model.score(scaled(ink, 2.0)).extra["log_loss"]["nats"]
    assert abs(double - plain.extra["log_loss"]["nats"]) > 1
    assert len(model.score(Ink(strokes=([(7, 7)],))).prediction) == 1  # a dot has a score but no size
    with pytest.raises(HwError, match="the size of this ink"):
        model.score(Ink(strokes=([(7, 7)],)), fit=True)


def test_predictions_are_concatenated():
    a, b = (model_of().sample(points=n, seed=n).prediction for n in (3, 5))
    both = a.then(b)
    assert len(both) == 8
    for name in (f.name for f in fields(Prediction)):
        np.testing.assert_array_equal(getattr(both[:3], name), getattr(a, name))
        np.testing.assert_array_equal(getattr(both[3:], name), getattr(b, name))
    with pytest.raises((InkError, ValueError)):
        a.then(model_of(mixtures=2).sample(points=1, seed=1).prediction)
