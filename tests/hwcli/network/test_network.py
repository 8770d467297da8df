"""The network in torch, and that the engine in NumPy computes the same."""

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.engine.lstm import Engine, State, Weights
from hwcli.model.shape import Shape
from hwcli.network.network import Network
from random_rows import some_rows

SHAPES = [
    {"layers": 1, "skip": False, "hidden": 16, "mixtures": 3},
    {"layers": 1, "skip": True, "hidden": 5, "mixtures": 1},
    {"layers": 2, "skip": False, "hidden": 16, "mixtures": 2},
    {"layers": 2, "skip": True, "hidden": 7, "mixtures": 20},
    {"layers": 3, "skip": False, "hidden": 9, "mixtures": 3},
    {"layers": 3, "skip": True, "hidden": 16, "mixtures": 3},
]
TIME, BATCH = 40, 3


@pytest.fixture(params=SHAPES, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
def model(request):
    return random_model(**request.param)


def by_torch(network: Network, rows: np.ndarray, reset: np.ndarray | None = None) -> np.ndarray:
    """Return mixture vectors (time, batch, outputs) in float64, from the initial state."""
    network.double()
    flags = np.zeros(rows.shape[:2]) if reset is None else reset
    with torch.no_grad():
        raw, _ = network(torch.from_numpy(rows), torch.from_numpy(flags), network.zero_state(rows.shape[1]))
    return raw.numpy()


def test_engines_agree_to_1e_10_in_float64(model):
    rows = some_rows()
    engine = Engine(Weights.of(model, np.float64), BATCH)
    ours = np.stack([engine.step(row.T).T for row in rows])
    theirs = by_torch(Network.of(model).eval(), rows)
    assert np.abs(ours).max() > 0.5
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_engine_is_the_textbook_lstm(model):
    shape, t = model.shape, {k: v.astype(np.float64) for k, v in model.tensors.items()}
    h = np.zeros((shape.layers, shape.hidden))
    c = np.zeros_like(h)
    engine = Engine(Weights.of(model, np.float64), 1)
    for row in some_rows(batch=1)[:, 0]:
        for layer in range(shape.layers):
            below = (
                row if layer == 0 else np.concatenate([h[layer - 1], row] if shape.skip else [h[layer - 1]])
            )
            gates = t[f"lstm.{layer}.input"] @ below + t[f"lstm.{layer}.recurrent"] @ h[layer]
            i, f, g, o = (gates + t[f"lstm.{layer}.bias"]).reshape(4, -1)
            c[layer] = c[layer] / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            h[layer] = np.tanh(c[layer]) / (1 + np.exp(-o))
        top = h.reshape(-1) if shape.skip else h[-1]
        expected = t["output.weight"] @ top + t["output.bias"]
        np.testing.assert_allclose(engine.step(row[:, None])[:, 0], expected, rtol=0, atol=1e-10)


def test_engine_state_is_2h_and_c(model):
    rows, network = some_rows(), Network.of(model).eval().double()
    with torch.no_grad():
        _, state = network(torch.from_numpy(rows), torch.zeros(TIME, BATCH), network.zero_state(BATCH))
    engine = Engine(Weights.of(model, np.float64), BATCH)
    for row in rows:
        engine.step(row.T)
    h, c = (np.stack([layer[part][0].numpy().T for layer in state]) for part in (0, 1))
    assert engine.state.layers.shape == (2, model.shape.layers, model.shape.hidden, BATCH)
    np.testing.assert_allclose(engine.state.layers[0], 2 * h, rtol=0, atol=1e-10)
    np.testing.assert_allclose(engine.state.layers[1], c, rtol=0, atol=1e-10)


def test_engine_continues_from_a_state(model):
    rows, weights = some_rows(), Weights.of(model, np.float64)
    first, second, wide = Engine(weights, BATCH), Engine(weights, BATCH), Engine(weights, 5)
    for row in rows[:13]:
        first.step(row.T)
    kept = first.state
    second.state = kept
    wide.state = State(kept.layers[..., 1:2])  # of one sequence, for all
    before = kept.layers.copy()
    for row in rows[13:]:
        expected = first.step(row.T)
        np.testing.assert_array_equal(second.step(row.T), expected)
        for column in wide.step(np.repeat(row[1][:, None], 5, 1)).T:
            np.testing.assert_allclose(column, expected[:, 1], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(kept.layers, before)  # it was a copy


def test_tensors_round_trip(model):
    network = Network.of(model)
    for name, tensor in network.tensors().items():
        np.testing.assert_array_equal(tensor, model.tensors[name])


def test_reset_clears_the_state(model):
    rows = some_rows()
    reset = np.zeros(rows.shape[:2])
    reset[10, 0] = reset[25, 1] = reset[26, 1] = 1
    network = Network.of(model).eval()
    raw = by_torch(network, rows, reset)
    np.testing.assert_allclose(raw[11:, 0], by_torch(network, rows[11:, :1])[:, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(raw[27:, 1], by_torch(network, rows[27:, 1:2])[:, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(raw[:, 2], by_torch(network, rows[:, 2:])[:, 0], rtol=0, atol=1e-12)


def test_no_gradient_passes_a_reset(model):
    network = Network.of(model).double()
    rows = torch.from_numpy(some_rows(12, 1)).requires_grad_()
    reset = torch.zeros(12, 1, dtype=torch.float64)
    reset[5] = 1
    raw, _ = network(rows, reset, network.zero_state(1))
    raw[6:].pow(2).sum().backward()
    assert (rows.grad[:5] == 0).all()
    assert (rows.grad[6:] != 0).any()


def test_state_continues_in_the_next_window(model):
    network = Network.of(model).double().eval()
    rows, reset = torch.from_numpy(some_rows()), torch.zeros(TIME, BATCH, dtype=torch.float64)
    with torch.no_grad():
        whole, _ = network(rows, reset, network.zero_state(BATCH))
        first, state = network(rows[:13], reset[:13], network.zero_state(BATCH))
        second, _ = network(rows[13:], reset[13:], state)
    np.testing.assert_allclose(torch.cat([first, second]), whole, rtol=0, atol=1e-12)


def network_with(dropout: float) -> Network:
    network = Network(Shape(2, 16, 3, True), (0.01, 0.01), dropout)
    network.initialise(torch.Generator().manual_seed(3))
    return network


def outputs(network: Network, seed: int = 0) -> torch.Tensor:
    rows, reset = torch.from_numpy(some_rows()).float(), torch.zeros(TIME, BATCH)
    with torch.no_grad():
        return network(rows, reset, network.zero_state(BATCH), generator=torch.Generator().manual_seed(seed))[
            0
        ]


def test_dropout_acts_only_in_training():
    assert torch.equal(outputs(network_with(0.5).eval()), outputs(network_with(0.0).eval()))
    assert not torch.equal(outputs(network_with(0.5).train()), outputs(network_with(0.0).train()))


def test_dropout_comes_from_the_generator():
    network = network_with(0.5).train()
    assert torch.equal(outputs(network, seed=1), outputs(network, seed=1))
    assert not torch.equal(outputs(network, seed=1), outputs(network, seed=2))


@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.9])
def test_dropout_rate_and_mean(dropout):
    network = network_with(dropout).train()
    kept = network._drop(torch.ones(200_003), torch.Generator().manual_seed(0))
    assert float((kept == 0).float().mean()) == pytest.approx(dropout, abs=0.005)
    assert float(kept.mean()) == pytest.approx(1, abs=0.02)


def test_initial_weights_follow_the_seed_with_distinct_means():
    def fresh(seed):
        network = Network(Shape(1, 8, 4, False), (0.01, 0.01))
        network.initialise(torch.Generator().manual_seed(seed))
        return network.tensors()

    one, again, other = fresh(1), fresh(1), fresh(2)
    assert all((one[k] == again[k]).all() for k in one)
    assert (one["lstm.0.input"] != other["lstm.0.input"]).any()
    means = one["output.bias"][5:13]
    assert len(set(means.tolist())) == 8


def test_pin_reset_undoes_weight_decay():
    network = network_with(0.0)
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.9)
    before = [lstm.weight_ih_l0[:, -1].clone() for lstm in network.layers]
    for p in network.parameters():
        p.grad = torch.ones_like(p)
    optimiser.step()
    network.pin_reset()
    for lstm, was in zip(network.layers, before, strict=True):
        assert torch.equal(lstm.weight_ih_l0[:, -1], was)


@pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="torch has no bfloat16 LSTM on this processor"
)
def test_bfloat16_is_near_float32():
    network = network_with(0.0).eval()
    rows, reset = torch.from_numpy(some_rows()).float(), torch.zeros(TIME, BATCH)
    reset[20] = 1
    plain, _ = network(rows, reset, network.zero_state(BATCH))  # with gradients: evaluation is exact anyway
    fast, state = network(rows, reset, network.zero_state(BATCH), bfloat16=True)
    assert fast.dtype == torch.float32
    assert {t.dtype for pair in state for t in pair} == {torch.float32}
    assert not torch.equal(fast, plain)
    torch.testing.assert_close(fast, plain, rtol=0, atol=0.05)
