"""Sampling and scoring without text: seeds, the distribution that is drawn from, and the log-loss."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from handmade import constant_model, dataset_of, offsets_of, random_model
from hwcli.engine import threads
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import eos_log_probability, mixture, offset_log_density
from hwcli.engine.pen import BLOCK
from hwcli.engine.threads import GROUP, cores
from hwcli.errors import HwError
from hwcli.evaluation.scoring import score_lines
from hwcli.normalisation import START, Normalisation, normalise
from hwcli.sampling.drafting import drafter
from hwcli.sampling.drafting.drafter import HELD
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from hwcli.sampling.options import SampleOptions
from renderers.ink import Ink, InkError

FIELDS = ("eos", "pi", "mu", "sigma", "rho")


@pytest.fixture(scope="module", params=[{}, {"layers": 2, "skip": True}], ids=["plain", "skip"])
def model(request):
    return Model(random_model(**request.param), "tiny")


def same_ink(a: Ink, b: Ink) -> bool:
    return len(a.strokes) == len(b.strokes) and all(
        x.shape == y.shape and (x == y).all() for x, y in zip(a.strokes, b.strokes, strict=True)
    )


def test_one_seed_gives_one_sample(model):
    assert same_ink(model.sample(points=100, seed=3), model.sample(points=100, seed=3))
    assert not same_ink(model.sample(points=100, seed=3), model.sample(points=100, seed=4))


@pytest.mark.parametrize("which", ["tiny", "iam-prediction"])
def test_sample_k_is_the_same_bits_however_many_are_drawn(model, which):
    hand = model if which == "tiny" else load_model(which)
    many = hand.sample_many(11, points=400, seed=5)
    assert len({ink.points.tobytes() for ink in many}) == 11
    for k, ink in enumerate(many):
        alone = next(hand.samples(1, 5, SampleOptions(400), first_number=k))
        assert same_ink(alone, ink)
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(alone.prediction, field), getattr(ink.prediction, field))


@pytest.mark.parametrize("cpus", [1, 2, 3])
def test_a_series_is_the_same_bits_in_parts_and_on_any_number_of_cores(cpus, monkeypatch):
    """Those from GROUP on are drawn in groups, which a part may hold a piece of."""
    hand, options = load_model(), SampleOptions(40, predictions=False)
    count = 3 * GROUP + 5
    whole = list(hand.samples(count, 6, options))
    monkeypatch.setattr(threads, "cores", lambda: cpus)
    monkeypatch.setattr(drafter, "cores", lambda: cpus)
    ends = [0, 3, GROUP - 1, GROUP, GROUP + 7, 2 * GROUP + 9, count]
    for first, end in pairwise(ends):
        part = hand.samples(end - first, 6, options, first_number=first)
        for k, ink in zip(range(first, end), part, strict=True):
            assert ink.id == f"6-{k}"
            assert same_ink(ink, whole[k])


def test_long_samples_are_the_same_bits_with_and_without_predictions():
    """A group with the predictions of so many points would not fit into memory, and is not drawn at all."""
    points = HELD // (GROUP * 121 * 4) + 1
    hand = Model(random_model(hidden=4, mixtures=20), "tiny")
    told, untold = (
        next(hand.samples(1, 2, SampleOptions(points, predictions=p), first_number=GROUP + 3))
        for p in (True, False)
    )
    assert same_ink(told, untold)


def test_count_may_exceed_a_batch(model):
    count = GROUP * (cores() + 1) + 1
    inks = model.sample_many(count, points=3, seed=0)
    assert [ink.id for ink in inks] == [f"0-{k}" for k in range(count)]


def test_longer_sample_begins_like_a_shorter_one(model):
    short, long = model.sample(points=BLOCK - 9, seed=1), model.sample(points=BLOCK + 40, seed=1)
    np.testing.assert_array_equal(long.points[: len(short)], short.points)
    np.testing.assert_array_equal(long.ends[: len(short) - 1], short.ends[:-1])


@pytest.mark.parametrize("points", [1, 2, BLOCK, BLOCK + 1])
def test_sample_has_the_requested_points_and_starts_at_the_origin(model, points):
    ink = model.sample(points=points, seed=2)
    assert len(ink) == len(ink.prediction) == points
    assert ink.points[0].tolist() == [0, 0]
    assert ink.offsets.shape == (points, 3)
    assert ink.ends[-1]


def test_sample_stores_seed_model_and_id(model):
    ink = model.sample(points=5, seed=11)
    assert (ink.seed, ink.model, ink.id) == (11, "tiny", "11-0")


def test_seed_drawn_at_random_is_stored_and_reproduces_the_sample(model):
    ink, other = model.sample(points=40), model.sample(points=40)
    assert ink.seed != other.seed
    assert same_ink(ink, model.sample(points=40, seed=ink.seed))


def test_scoring_a_sample_reproduces_its_predictions(model):
    ink = model.sample(points=120, seed=6)
    scored = model.score(Ink(strokes=ink.strokes))
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(scored.prediction, name), getattr(ink.prediction, name), rtol=1e-4, atol=1e-5
        )


def test_output_depends_on_the_state(model):
    engine = Engine(Weights.of(model.file), 1)
    row = np.zeros((3, 1), np.float32)
    first, *_, later = [engine.step(row).copy() for _ in range(5)]
    assert np.abs(first - later).max() > 1e-3


def test_predictions_equal_those_of_the_torch_network():
    torch = pytest.importorskip("torch")
    from hwcli.network.network import Network

    file = random_model(layers=2, skip=True)
    ink = Model(file, "m").sample(points=80, seed=8)
    norm = file.normalisation
    rows = normalise(np.concatenate([[START], ink.offsets[:-1]]), norm)
    network = Network.of(file).eval()
    with torch.no_grad():
        raw, _ = network(torch.from_numpy(rows)[:, None], torch.zeros(80, 1), network.zero_state(1))
    mix = mixture(raw[:, 0].numpy(), np.array(norm.sigma_min, np.float32))
    std, mean = np.array(norm.std), np.array(norm.mean)
    p = ink.prediction
    np.testing.assert_allclose(p.eos, mix.eos, atol=1e-5)
    np.testing.assert_allclose(p.pi[1:], mix.pi[1:], atol=1e-5)
    np.testing.assert_allclose(p.mu[1:], mix.mu.swapaxes(1, 2)[1:] * std + mean, atol=1e-3)
    np.testing.assert_allclose(p.sigma[1:], mix.sigma.swapaxes(1, 2)[1:] * std, rtol=1e-4)
    np.testing.assert_allclose(p.rho[1:], mix.rho[1:], atol=1e-5)


def raw_vector(
    eos=-0.85, pi=(0.0, 1.0), mu=((-2, 1), (2, 3)), sigma=((0.5, 0.2), (0.3, 1.0)), rho=(0.9, -0.99)
):
    """Return a raw mixture vector of two components, for these values of sigma and rho."""
    (x0, y0), (x1, y1) = mu
    (sx0, sy0), (sx1, sy1) = np.log(sigma)
    return [eos, *pi, x0, x1, y0, y1, sx0, sx1, sy0, sy1, *np.arctanh(rho)]


def test_samples_have_the_moments_and_lift_rate_of_the_mixture():
    """A long sample of a network with constant output follows that distribution, in the units of the ink."""
    norm = Normalisation((10.0, -3.0), (5.0, 2.0), 0.0)
    ink = Model(constant_model(raw_vector(), norm), "m").sample(points=20_000, seed=0)
    steps = (ink.offsets[1:, :2] - norm.mean) / norm.std
    w = np.exp([0.0, 1.0]) / np.exp([0.0, 1.0]).sum()
    mus = np.array([(-2.0, 1.0), (2.0, 3.0)])
    covariances = [
        np.array([[a * a, r * a * b], [r * a * b, b * b]])
        for (a, b), r in zip(((0.5, 0.2), (0.3, 1.0)), (0.9, -0.99), strict=True)
    ]
    np.testing.assert_allclose(steps.mean(0), w @ mus, atol=0.05)
    mean = w @ mus
    expected = sum(p * (c + np.outer(m, m)) for p, m, c in zip(w, mus, covariances, strict=True)) - np.outer(
        mean, mean
    )
    np.testing.assert_allclose(np.cov(steps.T), expected, atol=0.1)
    second = steps[steps[:, 0] > 0.8]  # only the second component reaches here
    assert len(second) / len(steps) == pytest.approx(w[1], abs=0.015)
    assert np.corrcoef(second.T)[0, 1] == pytest.approx(-0.99, abs=0.004)
    assert ink.ends.mean() == pytest.approx(
        1 / (1 + np.exp(0.85)), abs=0.015
    )  # about 0.3, so both values occur


def test_bias_and_temperature_scale_the_spread():
    hand = Model(constant_model(raw_vector(pi=(0.0, 0.0), mu=((0, 0), (0, 0)), rho=(0.0, 0.0))), "m")
    spread = {
        key: hand.sample(points=2000, seed=1, **steer).offsets[1:, :2].std()
        for key, steer in {"plain": {}, "biased": {"bias": 1.0}, "hot": {"temperature": 4.0}}.items()
    }
    assert spread["biased"] == pytest.approx(spread["plain"] / np.e, rel=0.1)
    assert spread["hot"] == pytest.approx(spread["plain"] * 2, rel=0.1)


def test_predictions_of_a_biased_sample_are_biased():
    hand = Model(constant_model(raw_vector()), "m")
    plain, biased = (hand.sample(points=5, seed=1, bias=b).prediction for b in (0.0, 1.0))
    np.testing.assert_allclose(biased.sigma[1:], plain.sigma[1:] / np.e, rtol=0.02)
    np.testing.assert_allclose(biased.pi[1:, 1], np.exp(2) / (1 + np.exp(2)), rtol=1e-4)


def test_score_of_whole_lines_equals_the_training_loss(tmp_path):
    """The protocol graves, computed as training validates and written out line by line in float64."""
    data = dataset_of(tmp_path / "d", [offsets_of(n, n) for n in (12, 40, 7)])
    norm = data.normalisation
    file = replace(random_model(layers=2), normalisation=norm)
    total = squares = 0.0
    for i in range(3):
        rows = normalise(data.line(i), norm).astype(np.float64)
        engine = Engine(Weights.of(file, np.float64), 1)
        inputs = np.concatenate([normalise(np.array([START]), norm), rows[:-1]])
        raw = np.stack([engine.step(row[:, None])[:, 0] for row in inputs])
        mix = mixture(raw, np.array(norm.sigma_min))
        total -= offset_log_density(mix, rows[:, :2])[1:].sum() + eos_log_probability(raw, rows[:, 2]).sum()
        mean = (mix.pi[:, None] * mix.mu).sum(-1)
        squares += ((mean - rows[:, :2]) ** 2).sum(-1)[1:].sum()
    result = score_lines(file, data, range(3)).mean()
    assert result.nats_per_sequence == pytest.approx(total / 3, rel=1e-5)
    assert result.nats_per_point == pytest.approx(total / 59, rel=1e-5)
    assert result.sse_per_point == pytest.approx(squares / 59, rel=1e-5)
    assert (result.lines, result.points) == (3, 59)


def test_scored_ink_keeps_its_strokes_and_metadata(model):
    ink = Ink(strokes=([(100, 50), (103, 52)], [(140, 50)]), text="hi", id="x", extra={"writer": "w"})
    scored = model.score(ink)
    assert same_ink(ink, scored)
    assert (scored.text, scored.id, scored.model) == ("hi", "x", "tiny")
    assert {k: v for k, v in scored.extra.items() if k != "log_loss"} == {"writer": "w"}
    assert len(scored.prediction) == 3


def test_score_does_not_depend_on_position(model):
    near, far = (Ink(strokes=(np.array([(0, 0), (3, 4), (9, 2)]) + at,)) for at in (0, 5000))
    np.testing.assert_array_equal(model.score(near).prediction.pi, model.score(far).prediction.pi)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("strokes", [(), ([(0, 0), (1e300, 0), (0, 1e300)],)], ids=["no point", "absurd"])
def test_ink_that_cannot_be_scored_is_refused(model, strokes):
    with pytest.raises((HwError, InkError)):
        model.score(Ink(strokes=strokes))


@pytest.mark.parametrize(
    "bad",
    [{"points": 0}, {"count": 0}, {"seed": -1}, {"seed": 2**63}, {"bias": -0.1}, {"temperature": 0.0}],
    ids=str,
)  # fmt: skip
def test_numbers_out_of_range_are_refused_by_name(model, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        model.sample_many(**({"count": 1} | bad))


def test_sampling_does_not_touch_the_global_generators(model):
    torch = pytest.importorskip("torch")
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    model.sample_many(2, points=20)
    assert (np.random.get_state()[1] == before[0]).all()
    assert torch.equal(torch.get_rng_state(), before[1])


def test_bundled_model_writes_from_left_to_right():
    ink = load_model().sample(points=300, seed=1, bias=1.0)
    width, height = np.ptp(ink.points, axis=0)
    assert 3 < len(ink.strokes) < 100
    assert width > height
