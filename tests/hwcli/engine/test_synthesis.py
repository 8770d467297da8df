"""Synthesis networks agree in NumPy and in torch, including the end of the window over text."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import random_model
from hwcli.engine import cuda, loop
from hwcli.engine.ending import EXTRA_STROKES, NEAR, REST
from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Engine, State, Weights
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK
from hwcli.engine.trajectory import Start, Trajectory
from hwcli.model.file import ModelFile
from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN
from hwcli.network.network import Network
from hwcli.network.window_steps import Text
from random_rows import some_rows

SHAPES = [
    {"layers": 1, "skip": False, "hidden": 16, "mixtures": 3},
    {"layers": 1, "skip": True, "hidden": 5, "mixtures": 1},
    {"layers": 2, "skip": False, "hidden": 7, "mixtures": 2},
    {"layers": 3, "skip": True, "hidden": 9, "mixtures": 3},
]
ABC = "abc "
NOTHING = len(ABC)
SAID = {
    "different": [[0, 1, 2, 3, 0, 0], [2], [3, 1, 1, 2]],
    "same": [[0, 1, 3, 2, 2]] * 3,
    "with no character": [[NOTHING, 0, NOTHING], [NOTHING], [1, NOTHING]],
}
TIME, BATCH = 40, 3
CPU = torch.device("cpu")


@pytest.fixture(params=SHAPES, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
def model(request) -> ModelFile:
    return random_model(**request.param, alphabet=ABC)


@pytest.fixture(params=SAID)
def texts(request) -> list[np.ndarray]:
    return [np.array(text, np.int64) for text in SAID[request.param]]


def text_of(texts: list[np.ndarray], longest: int = 8) -> Text:
    codes = np.full((1, longest, len(texts)), NOTHING, np.int64)
    for column, text in enumerate(texts):
        codes[0, : len(text), column] = text
    return Text(torch.from_numpy(codes), (0,))


def in_torch(model: ModelFile, rows: np.ndarray, texts: list[np.ndarray]) -> tuple[np.ndarray, list]:
    network = Network.of(model).eval().double()
    with torch.no_grad():
        no_reset = torch.zeros(rows.shape[:2], dtype=torch.float64)
        zero = network.zero_state(rows.shape[1])
        raw, state = network(torch.from_numpy(rows), no_reset, zero, text_of(texts))
    return raw.numpy(), state


def test_engines_agree_to_1e_10_in_float64(model, texts):
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH, texts)
    ours = np.stack([engine.step(row.T).T for row in rows])
    theirs, state = in_torch(model, rows, texts)
    assert np.abs(ours).max() > 0.5
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)
    kappa, held = (part[0].numpy().T for part in state[-1])
    np.testing.assert_allclose(engine.state.kappa[:, 0], kappa, rtol=0, atol=1e-10)
    np.testing.assert_allclose(engine.state.w, held, rtol=0, atol=1e-10)
    assert engine.state.kappa.max() > 5  # it moved over the texts


def test_engine_matches_graves_equations(model, texts):
    """Equations 46-51, one sequence at a time, from a model file's tensors."""
    shape, t = model.shape, {k: v.astype(np.float64) for k, v in model.tensors.items()}
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH, texts)
    found = [engine.step(row.T).copy() for row in rows]
    for b, text in enumerate(texts):
        h, c = np.zeros((2, shape.layers, shape.hidden))
        kappa, w = np.zeros(shape.gaussians), np.zeros(len(ABC))
        for row, raw in zip(rows[:, b], found, strict=True):
            for layer in range(shape.layers):
                x = [h[layer - 1]] if layer else []
                x += [w, row] if layer == 0 or shape.skip else [w]
                gates = t[f"lstm.{layer}.input"] @ np.concatenate(x)
                gates += t[f"lstm.{layer}.recurrent"] @ h[layer] + t[f"lstm.{layer}.bias"]
                i, f, g, o = gates.reshape(4, -1)
                c[layer] = c[layer] / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
                h[layer] = np.tanh(c[layer]) / (1 + np.exp(-o))
                if layer == 0:
                    hats = t["window.weight"] @ h[0] + t["window.bias"]
                    alpha, beta, step = np.exp(np.minimum(hats, WINDOW_MAX)).reshape(3, -1)
                    kappa = kappa + step
                    w = np.zeros(len(ABC))
                    for u, code in enumerate(text, 1):
                        if code != NOTHING:
                            w[code] += (alpha * np.exp(-beta * (kappa - u) ** 2)).sum()
            top = h.reshape(-1) if shape.skip else h[-1]
            np.testing.assert_allclose(raw[:, b], t["output.weight"] @ top + t["output.bias"], atol=1e-10)


def test_sequences_do_not_depend_on_their_batch(model):
    rows, weights = some_rows(), Weights.of(model, np.float64)
    texts = [np.array(text) for text in SAID["different"]]
    together = Engine(weights, BATCH, texts)
    alone = [Engine(weights, 1, [text]) for text in texts]
    alike = [Engine(weights, 2, [text] * 2) for text in texts]
    for row in rows:
        raw = together.step(row.T)
        for b in range(BATCH):
            one = alone[b].step(row[b][:, None])[:, 0]
            np.testing.assert_allclose(raw[:, b], one, rtol=0, atol=1e-12)
            for column in alike[b].step(np.stack([row[b]] * 2, 1)).T:
                np.testing.assert_allclose(column, one, rtol=0, atol=1e-12)
            assert together.window.attended()[b] == alone[b].window.attended()[0]


def test_output_depends_on_the_text(model):
    """With two texts of one length, the outputs differ from the first character on."""
    engine = Engine(Weights.of(model, np.float64), 2, [np.array([0, 1, 2]), np.array([2, 1, 0])])
    differences = [np.ptp(engine.step(row.T), axis=1).max() for row in some_rows(5, 1).repeat(2, 1)]
    assert min(differences[1:]) > 1e-4


def test_engine_continues_from_a_state(model, texts):
    rows, weights = some_rows(), Weights.of(model, np.float64)
    first, second = Engine(weights, BATCH, texts), Engine(weights, BATCH, texts)
    wide = Engine(weights, 5, [texts[1]] * 5)
    for row in rows[:13]:
        first.step(row.T)
    kept = first.state
    second.state = kept
    wide.state = State(
        kept.layers[..., 1:2], kept.kappa[..., 1:2], kept.w[:, 1:2]
    )  # of one sequence, for all
    before = [array.copy() for array in (kept.layers, kept.kappa, kept.w)]
    for row in rows[13:]:
        expected = first.step(row.T)
        np.testing.assert_array_equal(second.step(row.T), expected)
        for column in wide.step(np.repeat(row[1][:, None], 5, 1)).T:
            np.testing.assert_allclose(column, expected[:, 1], rtol=0, atol=1e-12)
    for array, was in zip((kept.layers, kept.kappa, kept.w), before, strict=True):
        np.testing.assert_array_equal(array, was)  # it was a copy


def test_numpy_state_continues_in_torch(model, texts):
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH, texts)
    for row in rows[:20]:
        engine.step(row.T)
    state = engine.state
    carried = [(torch.from_numpy(h.T[None] / 2), torch.from_numpy(c.T[None].copy()))
               for h, c in zip(*state.layers, strict=True)]  # fmt: skip
    carried.append((torch.from_numpy(state.kappa[:, 0].T[None]), torch.from_numpy(state.w.T[None].copy())))
    network = Network.of(model).eval().double()
    with torch.no_grad():
        no_reset = torch.zeros(20, BATCH, dtype=torch.float64)
        raw, _ = network(torch.from_numpy(rows[20:]), no_reset, carried, text_of(texts))
    for row, expected in zip(rows[20:], raw.numpy(), strict=True):
        np.testing.assert_allclose(engine.step(row.T).T, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("texts", [None, [], [np.array([0])]], ids=["None", "empty", "too few"])
def test_engine_needs_one_text_per_sequence(texts):
    with pytest.raises(TypeError, match="text"):
        Engine(Weights.of(random_model(alphabet=ABC)), 2, texts)


def test_torch_network_needs_a_text():
    network = Network.of(random_model(alphabet=ABC))
    with pytest.raises(TypeError, match="text"):
        network(torch.zeros(1, 1, 3), torch.zeros(1, 1), network.zero_state(1))


def places_of(model: ModelFile, lengths: list[int], steps: int) -> np.ndarray:
    """Return the positions of windows over texts of these lengths, (steps, texts)."""
    engine = Engine(Weights.of(model, np.float64), len(lengths), [np.zeros(n, np.int64) for n in lengths])
    found = []
    for row in some_rows(steps, len(lengths)):
        engine.step(row.T)
        found.append(engine.window.attended())
    return np.array(found)


def test_window_moves_over_all_characters_to_the_end():
    pace = 0.29
    places = places_of(random_model(alphabet=ABC, window=(0.0, 0.0, np.log(pace)), wobble=0), [3, 1, 2], 16)
    for column, length in enumerate([3, 1, 2]):
        nearest = [min(max(round(pace * t), 1), length + 1) - 1 for t in range(1, 17)]
        assert places[:, column].tolist() == nearest
    assert places[-1].tolist() == [3, 1, 2]


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    alpha=st.floats(-9, 5), beta=st.floats(-9, WINDOW_MAX), kappa=st.floats(-2, WINDOW_MAX),
)  # fmt: skip
def test_window_of_any_pace_and_sharpness_reaches_the_end(lengths, alpha, beta, kappa):
    """Graves's rule: it ends when the position after the last has the most weight, however small."""
    model = random_model(1, 2, 1, alphabet=ABC, window=(alpha, beta, kappa), wobble=0)
    steps = 12
    places = places_of(model, lengths, steps)
    step = np.exp(np.float32(min(kappa, WINDOW_MAX)).astype(np.float64))
    for column, length in enumerate(lengths):
        for t in range(steps):
            stands = step * (t + 1)  # the kappa of all Gaussians
            true = min(max(round(stands), 1), length + 1) - 1
            far = np.exp(beta) * (stands - true - 1) ** 2 > -WINDOW_MIN - 15
            near_two = abs(stands % 1 - 0.5) < 1e-3
            if stands > length + 1 or not (far or near_two):
                assert places[t, column] == true


def ends_with_the_stroke(written: Trajectory, passed: int) -> bool:
    """Return whether a sequence ends with the last character, its window having passed at step `passed`.

    That is with the current stroke, or with one more that begins near its end.
    """
    first, n = max(passed, 1), len(written.points)
    again = [k for k in range(first - 1, n - 1) if written.lifts[k]]
    near = all(written.points[k + 1, 0] - written.points[k, 0] <= NEAR * 41.0 + 1e-9 for k in again)
    begin = again[-1] + 1 if again else first
    over = n == begin + REST or (written.lifts[n - 1] and n < begin + REST)
    return n >= first and over and near and len(again) <= EXTRA_STROKES


def test_window_far_beyond_the_end_has_passed_it():
    """All its weights are equal there, and must not place it on the first character again."""
    model = random_model(alphabet=ABC, window=(-1.0, 2.0, WINDOW_MAX), wobble=0)
    texts = [np.array([0, 1]), np.array([2, 1, 0])]
    for pair, text in zip(both(model, Plan(300), texts), texts, strict=True):
        for written in pair:
            assert written.finished
            assert ends_with_the_stroke(written, 0)
            assert set(written.attended.tolist()) == {len(text)}


def both(
    model: ModelFile, plan: Plan, texts: list[np.ndarray], dtype: type = np.float64
) -> list[tuple[Trajectory, Trajectory]]:
    """Generate with NumPy and with torch; return the sequences in pairs."""
    weights, norm = Weights.of(model, dtype), model.normalisation
    here, there = ([np.random.default_rng([4, k]) for k in range(len(texts))] for _ in range(2))
    ours = loop.generate(weights, norm, 1e3, here, plan, texts)
    theirs = cuda.generate(weights, norm, 1e3, there, plan, CPU, texts)
    return list(zip(ours, theirs, strict=True))


def start_of(model: ModelFile, text: np.ndarray) -> Start:
    engine = Engine(Weights.of(model, np.float64), 1, [text])
    for row in some_rows(9, 1):
        engine.step(row.T)
    return Start(engine.state, np.array([0.3, -0.2, 0.0], np.float32))


@pytest.mark.parametrize("until", [0, 1, 3])
@pytest.mark.parametrize("points", [1, 10, BLOCK, BLOCK + 30])
@pytest.mark.parametrize("primed", [False, True])
def test_both_loops_generate_the_same(points, until, primed):
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    texts = [np.array(text) for text in SAID["different"]]
    if primed:
        texts = [texts[0]] * 3  # a state belongs to its text
    start = start_of(model, texts[0]) if primed else None
    for ours, theirs in both(model, Plan(points, until, Steering(0.5, 0.8), start=start), texts):
        np.testing.assert_array_equal(ours.points, theirs.points)
        np.testing.assert_array_equal(ours.lifts, theirs.lifts)
        np.testing.assert_array_equal(ours.attended, theirs.attended)
        np.testing.assert_allclose(ours.raws, theirs.raws, rtol=0, atol=1e-9)
        assert ours.finished == theirs.finished


@pytest.mark.parametrize("eos", [-60.0, -5.0, -1.0, 1.0])
def test_sequences_end_with_the_stroke_of_the_last_character(eos):
    pace, lengths = 0.19, (1, 3, 20, 60)
    model = random_model(2, 9, 3, alphabet=ABC, window=(0.0, 0.0, np.log(pace)), wobble=0)
    model.tensors["output.bias"][0] = eos
    pairs = both(model, Plan(BLOCK + 180), [np.zeros(n, np.int64) for n in lengths])
    for pair, length in zip(pairs, lengths, strict=True):
        passed = math.floor((length + 0.5) / pace)  # from here on, the position after the last is the nearest
        for written in pair:
            assert written.finished
            assert {len(written.lifts), len(written.raws), len(written.attended)} == {len(written.points)}
            assert ends_with_the_stroke(written, passed)
            assert (len(written.points) == passed + REST) or eos > -60  # a pen that never lifts
            assert sorted(set(written.attended[:passed].tolist())) == list(range(length))
            assert set(written.attended[passed:].tolist()) <= {length}
    assert passed > BLOCK


def test_unfinished_if_points_run_out_before_the_end():
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    texts = [np.array([0, 1, 2]), np.array([0, 1, 2] * 9)]
    whole = both(model, Plan(400), texts)
    plan = Plan(int((whole[0][0].attended < 3).sum()))
    for (ours, theirs), (all_of_it, _) in zip(both(model, plan, texts), whole, strict=True):
        assert all_of_it.finished
        assert not ours.finished
        assert not theirs.finished
        np.testing.assert_array_equal(ours.points, all_of_it.points[: plan.points])
        np.testing.assert_array_equal(ours.attended, all_of_it.attended[: plan.points])


@pytest.mark.parametrize("until", [1, 2, 4])
def test_until_or_text_ends_each_sequence(until):
    """Whichever comes first, even if others in the batch continue."""
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    texts = [np.array([0, 1, 2]), np.array([0, 1, 2] * 9), np.array([1])]
    whole = both(model, Plan(400), texts)
    lengths = []
    for (ours, theirs), (all_of_it, _) in zip(both(model, Plan(400, until), texts), whole, strict=True):
        lifts = np.flatnonzero(all_of_it.lifts)
        n = lifts[until - 1] + 1 if len(lifts) >= until else len(all_of_it.points)
        for written in (ours, theirs):
            assert written.finished
            np.testing.assert_array_equal(written.points, all_of_it.points[:n])
            np.testing.assert_array_equal(written.attended, all_of_it.attended[:n])
        lengths.append(n)
    assert len(set(lengths)) > 1


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("window", [WINDOW_MAX, -1.6], ids=["passes at once", "usual"])
def test_sequence_in_a_batch_equals_sequence_alone(window, alone):
    """Also after shorter ones have left the batch."""
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    model.tensors["window.bias"][6:] = window
    long = np.array([0, 1, 2] * 60)
    texts = [np.array([0]), np.array([1, 2]), long, np.array([2]), np.array([2, 1]), long[::-1]]
    for start in (None, start_of(model, long)):
        plan = Plan(300, attention=True, start=start, alone=alone)
        for k, (ours, theirs) in enumerate(both(model, plan, texts)):
            single = loop.generate(
                Weights.of(model, np.float64), model.normalisation, 1e3,
                [np.random.default_rng([4, k])], plan, [texts[k]],
            )[0]  # fmt: skip
            for written in (ours, theirs):
                np.testing.assert_array_equal(written.points, single.points)
                np.testing.assert_array_equal(written.lifts, single.lifts)
                np.testing.assert_array_equal(written.attended, single.attended)
                np.testing.assert_allclose(written.raws, single.raws, rtol=0, atol=1e-9)
                weights = written.weights[:, : single.weights.shape[1]]
                np.testing.assert_allclose(weights, single.weights, rtol=0, atol=1e-9)
