"""Sampling in torch gives the NumPy samples from the same random numbers; on a GPU by a captured graph."""

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.engine import cuda, loop
from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK
from hwcli.engine.trajectory import Start
from hwcli.normalisation import START, normalise
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here")
DEVICES = ["cpu", pytest.param("cuda", marks=gpu)]


@pytest.fixture(scope="module", params=[{}, {"layers": 3, "skip": True}], ids=["plain", "skip"])
def model(request):
    return random_model(**request.param)


def both(model, plan, device, batch=3, dtype=np.float32):
    """Generate with NumPy and with torch; return the sequences in pairs."""
    weights, norm = Weights.of(model, dtype), model.normalisation
    here, there = ([np.random.default_rng([4, k]) for k in range(batch)] for _ in range(2))
    ours = loop.generate(weights, norm, 1e3, here, plan)
    theirs = cuda.generate(weights, norm, 1e3, there, plan, torch.device(device))
    assert len(ours) == len(theirs) == batch
    return list(zip(ours, theirs, strict=True))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("points", [1, BLOCK, BLOCK + 30])
@pytest.mark.parametrize("steering", [Steering(), Steering(1.0, 0.7)], ids=str)
def test_same_random_numbers_give_same_sample(model, points, steering, device):
    for ours, theirs in both(model, Plan(points, steering=steering), device):
        np.testing.assert_array_equal(ours.lifts, theirs.lifts)
        np.testing.assert_allclose(ours.points, theirs.points, rtol=0, atol=0.05)
        np.testing.assert_allclose(ours.raws, theirs.raws, rtol=0, atol=1e-2)


def test_both_agree_in_float64(model):
    for ours, theirs in both(model, Plan(200), "cpu", dtype=np.float64):
        np.testing.assert_array_equal(ours.points, theirs.points)
        np.testing.assert_allclose(ours.raws, theirs.raws, rtol=0, atol=1e-9)


@pytest.mark.parametrize("device", DEVICES)
def test_start_and_until(model, device):
    weights = Weights.of(model)
    engine = Engine(weights, 1)
    row = normalise(np.array([START]), model.normalisation)[0]
    for _ in range(5):
        engine.step(row[:, None])
    start = Start(engine.state, np.array([0.3, -0.2, 0.0], np.float32))
    plan = Plan(400, until=3, predictions=False, start=start)
    lengths = set()
    for ours, theirs in both(model, plan, device):
        assert theirs.raws is None
        assert theirs.lifts.sum() == 3
        assert theirs.lifts[-1]
        assert theirs.points[0].any()  # the first point is drawn, too
        np.testing.assert_array_equal(ours.lifts, theirs.lifts)
        lengths.add(len(theirs.points))
    assert len(lengths) > 1  # each ends on its own


def test_bundled_model_gives_same_line_in_both():
    hand = load_model()
    plan, grid = Plan(300), 10.0**hand.decimals
    norm = hand.file.normalisation
    (ours,) = loop.generate(hand.weights, norm, grid, [np.random.default_rng([1, 0])], plan)
    cpu = torch.device("cpu")
    (theirs,) = cuda.generate(hand.weights, norm, grid, [np.random.default_rng([1, 0])], plan, cpu)
    np.testing.assert_array_equal(ours.lifts, theirs.lifts)
    np.testing.assert_allclose(ours.points, theirs.points, rtol=0, atol=1.0)  # tablet units


@pytest.mark.skipif(torch.cuda.is_available(), reason="auto is a GPU here")
def test_auto_without_gpu_uses_numpy(model, monkeypatch):
    monkeypatch.setattr(cuda, "generate", None)
    hand = Model(model, "m")
    here, auto = (hand.sample(points=20, seed=1, device=device) for device in ("cpu", "auto"))
    np.testing.assert_array_equal(here.points, auto.points)


@gpu
def test_gpu_and_cpu_samples_have_one_distribution(model):
    hand = Model(model, "m")
    here, there = (
        hand.sample_many(1000, points=40, seed=seed, predictions=False, device=device)
        for seed, device in ((1, "cpu"), (2, "cuda"))
    )
    for k in range(3):
        measured = [[(*ink.points[-1], len(ink.strokes))[k] for ink in inks] for inks in (here, there)]
        a, b = (np.array(values, float) for values in measured)
        spread = np.sqrt((a.var() + b.var()) / 1000)
        assert abs(a.mean() - b.mean()) < 4.5 * spread
        assert a.std() == pytest.approx(b.std(), rel=0.15)


@gpu
def test_gpu_and_cpu_give_same_sample():
    hand = load_model()
    here, there = (hand.sample(points=300, seed=3, device=device) for device in ("cpu", "cuda"))
    np.testing.assert_array_equal(here.ends, there.ends)
    np.testing.assert_allclose(here.points, there.points, rtol=0, atol=1.0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("points", [30, BLOCK + 30])
def test_window_weights_are_the_same(points, device):
    model = random_model(layers=2, skip=True, alphabet="abc .")
    weights, norm = Weights.of(model, np.float64), model.normalisation
    texts = [model.alphabet.encode(text) for text in ("abc", "c. bab")]
    plan = Plan(points, attention=True)

    def generators():
        return [np.random.default_rng([4, k]) for k in range(2)]

    ours = loop.generate(weights, norm, 1e3, generators(), plan, texts)
    theirs = cuda.generate(weights, norm, 1e3, generators(), plan, torch.device(device), texts)
    for one, other in zip(ours, theirs, strict=True):
        assert one.weights.shape == (len(one.points), 7)
        np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-9)
    bare = loop.generate(weights, norm, 1e3, generators(), Plan(points), texts)
    assert all(one.weights is None for one in bare)
