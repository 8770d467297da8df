"""Networks that write given text, in NumPy and in torch: one mathematics, the window's end included."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import TEXTS, random_model, tiny_dataset
from hwcli import evaluation
from hwcli.dataset.line_texts import LineTexts
from hwcli.engine import cuda as on_torch
from hwcli.engine import loop as writer
from hwcli.engine.ending import MORE, NEAR, REST
from hwcli.engine.loop import Begin, Plan, Written
from hwcli.engine.lstm import Engine, State, Weights
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK
from hwcli.model.file import ModelFile
from hwcli.model.shape import WINDOW_MAX, WINDOW_MIN
from hwcli.network.network import Network
from hwcli.network.text_window import Text
from hwcli.training.loss import evaluate as by_torch

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
    "the same": [[0, 1, 3, 2, 2]] * 3,
    "no character among them": [[NOTHING, 0, NOTHING], [NOTHING], [1, NOTHING]],
}
TIME, BATCH = 40, 3
CPU = torch.device("cpu")


@pytest.fixture(params=SHAPES, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
def model(request) -> ModelFile:
    return random_model(**request.param, alphabet=ABC)


@pytest.fixture(params=SAID)
def texts(request) -> list[np.ndarray]:
    return [np.array(text, np.int64) for text in SAID[request.param]]


def some_rows(time: int = TIME, batch: int = BATCH) -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((time, batch, 3))
    rows[..., 2] = rng.integers(0, 2, (time, batch))
    return rows


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


def test_the_two_engines_agree_to_1e_10_in_float64(model, texts):
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH, texts)
    ours = np.stack([engine.step(row.T).T for row in rows])
    theirs, state = in_torch(model, rows, texts)
    assert np.abs(ours).max() > 0.5
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)
    kappa, held = (part[0].numpy().T for part in state[-1])
    np.testing.assert_allclose(engine.state.kappa[:, 0], kappa, rtol=0, atol=1e-10)
    np.testing.assert_allclose(engine.state.held, held, rtol=0, atol=1e-10)
    assert engine.state.kappa.max() > 5  # it has moved over the texts


def test_the_engine_is_the_paper_s_equations(model, texts):
    """Equations 46-51, a sequence at a time, straight from a model file's tensors."""
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


def test_a_sequence_does_not_know_what_others_beside_it_write(model):
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


def test_what_is_written_matters(model):
    """Two texts of one length: what the network says differs from the first character on."""
    engine = Engine(Weights.of(model, np.float64), 2, [np.array([0, 1, 2]), np.array([2, 1, 0])])
    differences = [np.ptp(engine.step(row.T), axis=1).max() for row in some_rows(5, 1).repeat(2, 1)]
    assert min(differences[1:]) > 1e-4


def test_an_engine_that_takes_over_a_state_goes_on_as_the_other_does(model, texts):
    rows, weights = some_rows(), Weights.of(model, np.float64)
    first, second = Engine(weights, BATCH, texts), Engine(weights, BATCH, texts)
    wide = Engine(weights, 5, [texts[1]] * 5)
    for row in rows[:13]:
        first.step(row.T)
    kept = first.state
    second.state = kept
    wide.state = State(kept.layers[..., 1:2], kept.kappa[..., 1:2], kept.held[:, 1:2])  # of one, for all
    before = [array.copy() for array in (kept.layers, kept.kappa, kept.held)]
    for row in rows[13:]:
        expected = first.step(row.T)
        np.testing.assert_array_equal(second.step(row.T), expected)
        for column in wide.step(np.repeat(row[1][:, None], 5, 1)).T:
            np.testing.assert_allclose(column, expected[:, 1], rtol=0, atol=1e-12)
    for array, was in zip((kept.layers, kept.kappa, kept.held), before, strict=True):
        np.testing.assert_array_equal(array, was)  # a copy: what was taken does not move on


def test_the_state_of_one_engine_is_the_state_of_the_other(model, texts):
    """NumPy's state after some steps goes on in torch, and says the same from there."""
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH, texts)
    for row in rows[:20]:
        engine.step(row.T)
    state = engine.state
    carried = [(torch.from_numpy(h.T[None] / 2), torch.from_numpy(c.T[None].copy()))
               for h, c in zip(*state.layers, strict=True)]  # fmt: skip
    carried.append((torch.from_numpy(state.kappa[:, 0].T[None]), torch.from_numpy(state.held.T[None].copy())))
    network = Network.of(model).eval().double()
    with torch.no_grad():
        no_reset = torch.zeros(20, BATCH, dtype=torch.float64)
        raw, _ = network(torch.from_numpy(rows[20:]), no_reset, carried, text_of(texts))
    for row, expected in zip(rows[20:], raw.numpy(), strict=True):
        np.testing.assert_allclose(engine.step(row.T).T, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("texts", [None, [], [np.array([0])]], ids=["none", "no", "too few"])
def test_an_engine_needs_a_text_for_every_sequence(texts):
    with pytest.raises(TypeError, match="text"):
        Engine(Weights.of(random_model(alphabet=ABC)), 2, texts)


def test_a_torch_network_needs_a_text():
    network = Network.of(random_model(alphabet=ABC))
    with pytest.raises(TypeError, match="text"):
        network(torch.zeros(1, 1, 3), torch.zeros(1, 1), network.zero_state(1))


def places_of(model: ModelFile, lengths: list[int], steps: int) -> np.ndarray:
    """Where the windows over texts of these lengths stand, (steps, texts)."""
    engine = Engine(Weights.of(model, np.float64), len(lengths), [np.zeros(n, np.int64) for n in lengths])
    found = []
    for row in some_rows(steps, len(lengths)):
        engine.step(row.T)
        found.append(engine.window.attended())
    return np.array(found)


def test_the_window_goes_from_character_to_character_and_ends_behind_the_last():
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
def test_however_fast_or_sharp_the_window_moves_it_comes_to_the_end_and_stays_there(
    lengths, alpha, beta, kappa
):
    """The rule is Graves's: it ends where the place behind the last has the most weight, however little."""
    model = random_model(1, 2, 1, alphabet=ABC, window=(alpha, beta, kappa), wobble=0)
    steps = 12
    places = places_of(model, lengths, steps)
    step = np.exp(np.float32(min(kappa, WINDOW_MAX)).astype(np.float64))
    for column, length in enumerate(lengths):
        for t in range(steps):
            stands = step * (t + 1)  # where all Gaussians do
            true = min(max(round(stands), 1), length + 1) - 1
            far = np.exp(beta) * (stands - true - 1) ** 2 > -WINDOW_MIN - 15
            near_two = abs(stands % 1 - 0.5) < 1e-3
            if stands > length + 1 or not (far or near_two):
                assert places[t, column] == true


def ends_with_the_stroke(written: Written, passed: int) -> bool:
    """Whether a sequence whose window has passed its text at step `passed` ends with the last character.

    That is with the stroke under way, or with one more that begins near its end.
    """
    first, n = max(passed, 1), len(written.points)
    again = [k for k in range(first - 1, n - 1) if written.lifts[k]]
    near = all(written.points[k + 1, 0] - written.points[k, 0] <= NEAR * 41.0 + 1e-9 for k in again)
    begin = again[-1] + 1 if again else first
    over = n == begin + REST or (written.lifts[n - 1] and n < begin + REST)
    return n >= first and over and near and len(again) <= MORE


def test_a_window_that_jumps_far_behind_the_end_has_passed_it():
    """All its weights are nothing there; the sequence must not seem to stand on its first character again."""
    model = random_model(alphabet=ABC, window=(-1.0, 2.0, WINDOW_MAX), wobble=0)
    texts = [np.array([0, 1]), np.array([2, 1, 0])]
    for pair, text in zip(both(model, Plan(300), texts), texts, strict=True):
        for written in pair:
            assert written.finished
            assert ends_with_the_stroke(written, 0)
            assert set(written.attended.tolist()) == {len(text)}


def both(
    model: ModelFile, plan: Plan, texts: list[np.ndarray], dtype: type = np.float64
) -> list[tuple[Written, Written]]:
    """The sequences that the writers in NumPy and in torch give, in pairs."""
    weights, norm = Weights.of(model, dtype), model.normalisation
    here, there = ([np.random.default_rng([4, k]) for k in range(len(texts))] for _ in range(2))
    ours = writer.write(weights, norm, 1e3, here, plan, texts)
    theirs = on_torch.write(weights, norm, 1e3, there, plan, CPU, texts)
    return list(zip(ours, theirs, strict=True))


def begin_of(model: ModelFile, text: np.ndarray) -> Begin:
    engine = Engine(Weights.of(model, np.float64), 1, [text])
    for row in some_rows(9, 1):
        engine.step(row.T)
    return Begin(engine.state, np.array([0.3, -0.2, 0.0], np.float32))


@pytest.mark.parametrize("until", [0, 1, 3])
@pytest.mark.parametrize("points", [1, 10, BLOCK, BLOCK + 30])
@pytest.mark.parametrize("begun", [False, True])
def test_the_two_writers_write_the_same(points, until, begun):
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    texts = [np.array(text) for text in SAID["different"]]
    if begun:
        texts = [texts[0]] * 3  # a state belongs to its text
    begin = begin_of(model, texts[0]) if begun else None
    for ours, theirs in both(model, Plan(points, until, Steering(0.5, 0.8), begin=begin), texts):
        np.testing.assert_array_equal(ours.points, theirs.points)
        np.testing.assert_array_equal(ours.lifts, theirs.lifts)
        np.testing.assert_array_equal(ours.attended, theirs.attended)
        np.testing.assert_allclose(ours.raws, theirs.raws, rtol=0, atol=1e-9)
        assert ours.finished == theirs.finished


@pytest.mark.parametrize("eos", [-60.0, -5.0, -1.0, 1.0])
def test_the_writers_end_each_sequence_with_the_stroke_in_which_its_window_has_passed(eos):
    pace, lengths = 0.19, (1, 3, 20, 60)
    model = random_model(2, 9, 3, alphabet=ABC, window=(0.0, 0.0, np.log(pace)), wobble=0)
    model.tensors["output.bias"][0] = eos
    pairs = both(model, Plan(BLOCK + 180), [np.zeros(n, np.int64) for n in lengths])
    for pair, length in zip(pairs, lengths, strict=True):
        passed = math.floor((length + 0.5) / pace)  # the place behind the last is the nearest from here on
        for written in pair:
            assert written.finished
            assert {len(written.lifts), len(written.raws), len(written.attended)} == {len(written.points)}
            assert ends_with_the_stroke(written, passed)
            assert (len(written.points) == passed + REST) or eos > -60  # a pen that never lifts
            assert sorted(set(written.attended[:passed].tolist())) == list(range(length))
            assert set(written.attended[passed:].tolist()) <= {length}
    assert passed > BLOCK


def test_a_sequence_whose_points_run_out_before_its_window_has_passed_is_not_finished():
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
def test_with_until_each_sequence_ends_with_that_lift_or_with_its_text(until):
    """Whichever comes first, also beside others that go on."""
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


@pytest.mark.parametrize("window", [WINDOW_MAX, -1.6], ids=["past at once", "as usual"])
def test_a_sequence_among_others_is_the_one_alone_from_its_first_point_on(window):
    model = random_model(2, 9, 3, skip=True, alphabet=ABC)
    model.tensors["window.bias"][6:] = window
    long = np.array([0, 1, 2] * 60)
    texts = [np.array([0]), np.array([1, 2]), long]
    for begin in (None, begin_of(model, long)):
        plan = Plan(300, begin=begin)
        for k, (ours, theirs) in enumerate(both(model, plan, texts)):
            alone = writer.write(
                Weights.of(model, np.float64), model.normalisation, 1e3,
                [np.random.default_rng([4, k])], plan, [texts[k]],
            )[0]  # fmt: skip
            for written in (ours, theirs):
                np.testing.assert_array_equal(written.points, alone.points)
                np.testing.assert_array_equal(written.lifts, alone.lifts)
                np.testing.assert_array_equal(written.attended, alone.attended)


@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("shape", SHAPES[:1] + SHAPES[3:], ids=["plain", "skip"])
def test_both_evaluations_agree(tmp_path, shape, batch_size):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(**shape, alphabet=" abc")
    texts = LineTexts.of(data, range(8), model.alphabet)
    ours = evaluation.evaluate(model, data, range(8), data.normalisation, batch_size, texts)
    theirs = by_torch(Network.of(model), data, range(8), data.normalisation, batch_size, texts=texts)
    assert (ours.lines, ours.points) == (theirs.lines, theirs.points) == (8, 161)
    assert ours.nats_per_sequence == pytest.approx(theirs.nats_per_sequence, rel=1e-5)
    assert ours.sse_per_point == pytest.approx(theirs.sse_per_point, rel=1e-5)
    other = LineTexts({k: texts.codes[(k + 1) % 8] for k in range(8)}, texts.nothing)
    turned = by_torch(Network.of(model), data, range(8), data.normalisation, batch_size, texts=other)
    assert turned.nats_per_sequence != pytest.approx(theirs.nats_per_sequence, rel=1e-4)
