"""The fast LSTM of training against torch.nn.LSTM."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from hwcli.model.shape import Shape
from hwcli.network.lstm import FastLSTM, linear_with_bfloat16_backward
from hwcli.network.network import RESET, Network
from lstm_cases import State, assert_same, by_torch, by_us, gradients, layer, numbers, states

SIZES = [  # time, batch, hidden, width of the first part, widths of the rest
    (1, 1, 1, 1, []),
    (1, 5, 7, 3, [1]),
    (9, 1, 32, 3, [1]),
    (9, 32, 32, 31, []),
    (13, 70, 33, 4, [3, 1]),
    (6, 3, 64, 64, [3, 1]),
    (50, 4, 20, 20, [3, 1]),
]


@pytest.mark.parametrize(("time", "batch", "hidden", "width", "rest"), SIZES)
def test_equals_torch_to_1e_12(time, batch, hidden, width, rest):
    lstm = layer(width + sum(rest), hidden)
    parts = [numbers(time, batch, w, seed=10 + i) for i, w in enumerate([width, *rest])]
    state = states(batch, hidden)
    assert_same(by_us(lstm, parts, state), by_torch(lstm, parts, state), 1e-12)


@given(
    time=st.integers(1, 12),
    batch=st.integers(1, 70),
    hidden=st.integers(1, 70),
    width=st.integers(1, 70),
    rest=st.lists(st.integers(1, 5), max_size=3),
    seed=st.integers(0, 1000),
)
def test_equals_torch_in_any_size(time, batch, hidden, width, rest, seed):
    lstm = layer(width + sum(rest), hidden, seed=seed)
    parts = [numbers(time, batch, w, seed=seed + i) for i, w in enumerate([width, *rest])]
    state = states(batch, hidden)
    assert_same(by_us(lstm, parts, state), by_torch(lstm, parts, state), 1e-12)


@pytest.mark.parametrize(("time", "batch", "hidden", "width", "rest"), SIZES)
def test_float32_is_exact_to_1e_5(time, batch, hidden, width, rest):
    lstm = layer(width + sum(rest), hidden)
    parts = [numbers(time, batch, w, seed=10 + i) for i, w in enumerate([width, *rest])]
    state = states(batch, hidden)
    truth = by_torch(lstm, parts, state)
    ours = by_us(lstm.float(), [p.float() for p in parts], (state[0].float(), state[1].float()))
    assert {t.dtype for t in (ours[0], *ours[1], *ours[2].values())} == {torch.float32}
    assert_same(ours, truth, 1e-5)


def test_inputs_need_not_be_contiguous():
    lstm, state = layer(9, 11), states(6, 11)
    parts = [numbers(7, 6, 5), numbers(7, 6, 4, seed=5)]
    strange = [
        parts[0].permute(2, 0, 1).contiguous().permute(1, 2, 0),
        parts[1].repeat_interleave(2, -1)[..., ::2],
    ]
    turned = (state[0].mT.contiguous().mT, state[1].repeat_interleave(2, 1)[:, ::2])
    assert_same(by_us(lstm, strange, turned), by_torch(lstm, parts, state), 1e-12)


def test_expanded_gradient():
    """The gradient of `sum` is one number, expanded."""
    lstm, x, state = layer(3, 5), numbers(6, 4, 3), states(4, 5)
    weight = lstm.weight_hh_l0
    (ours,) = torch.autograd.grad(FastLSTM()(lstm, [x], state, torch.float64)[0].sum(), weight)
    (theirs,) = torch.autograd.grad(lstm(x, state)[0].sum(), weight)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_input_without_gradient():
    lstm, parts, state = layer(4, 9), [numbers(8, 5, 3), numbers(8, 5, 1, seed=5)], states(5, 9)
    out, _ = FastLSTM()(lstm, parts, state, torch.float64)
    expected, _ = lstm(torch.cat(parts, -1), state)
    torch.testing.assert_close(out, expected, rtol=0, atol=1e-12)
    theirs = gradients(expected, lstm, None)
    for name, grad in gradients(out, lstm, None).items():
        torch.testing.assert_close(grad, theirs[name], rtol=0, atol=1e-11)


def test_only_first_part_and_weights_get_a_gradient():
    lstm = layer(6, 5)
    parts = [numbers(4, 3, 3).requires_grad_(), numbers(4, 3, 3, seed=5).requires_grad_()]
    state = tuple(s.requires_grad_() for s in states(3, 5))
    FastLSTM()(lstm, parts, state, torch.float64)[0].sum().backward()
    assert parts[0].grad is not None
    assert parts[1].grad is None
    assert state[0].grad is None
    assert state[1].grad is None
    for p in lstm.parameters():
        assert (p.grad != 0).any()


def test_bias_gradients_are_separate():
    lstm, x, state = layer(3, 5), numbers(4, 3, 3), states(3, 5)
    out, _ = FastLSTM()(lstm, [x], state, torch.float64)
    one, other = torch.autograd.grad(out.sum(), [lstm.bias_ih_l0, lstm.bias_hh_l0])
    before = other.clone()
    assert torch.equal(one, other)
    one.mul_(2)  # in place, as clipping does
    assert torch.equal(other, before)


@pytest.mark.parametrize("cut", [1, 6, 19])
def test_carried_states(cut):
    lstm, x, state = layer(3, 17), numbers(20, 5, 3), states(5, 17)
    fast = FastLSTM()
    whole, (h, c), _ = by_torch(lstm, [x], state)
    first = by_us(lstm, [x[:cut]], state, fast=fast)
    second = by_us(lstm, [x[cut:]], first[1], fast=fast)
    torch.testing.assert_close(torch.cat([first[0], second[0]]), whole, rtol=0, atol=1e-12)
    torch.testing.assert_close(second[1], (h, c), rtol=0, atol=1e-12)
    assert_same(second, by_torch(lstm, [x[cut:]], first[1]), 1e-12)


def with_reset(lstm: nn.LSTM) -> nn.LSTM:
    """Make the layer's last input a reset flag, as in hwcli.network.network."""
    with torch.no_grad():
        gates = lstm.weight_ih_l0[:, -1].view(4, lstm.hidden_size)
        gates.fill_(-RESET)
        gates[2].zero_()
    return lstm


def flags(time: int, batch: int, dtype=torch.float64) -> Tensor:
    """Return reset flags (time, batch, 1): about a fifth are 1, including the first and the last step."""
    reset = (torch.rand(time, batch, 1, generator=torch.Generator().manual_seed(6)) < 0.2).to(dtype)
    reset[0, 0] = reset[-1, -1] = 1
    return reset


def test_resets():
    lstm, state = with_reset(layer(4, 12)), states(7, 12)
    parts = [numbers(30, 7, 3), flags(30, 7)]
    ours = by_us(lstm, parts, state)
    assert_same(ours, by_torch(lstm, parts, state), 1e-12)
    off = parts[1][..., 0] == 1
    assert (ours[0][off] == 0).all()
    assert (ours[1][1][0, -1] == 0).all()  # the last step of the last stream is a reset
    assert (ours[2]["below"][off] == 0).all()


def test_nothing_passes_a_reset():
    lstm = with_reset(layer(4, 6))
    reset = torch.zeros(9, 1, 1, dtype=torch.float64)
    reset[4] = 1
    x = numbers(9, 1, 3).requires_grad_()
    out, _ = FastLSTM()(lstm, [x, reset], states(1, 6), torch.float64)
    zeros = torch.zeros(1, 1, 6, dtype=torch.float64)
    fresh, _ = lstm(torch.cat([x[5:], reset[5:]], -1), (zeros, zeros))
    torch.testing.assert_close(out[5:], fresh, rtol=0, atol=1e-12)
    out[5:].square().sum().backward()
    assert (x.grad[:5] == 0).all()
    assert (x.grad[5:] != 0).all()


def by_stacked_torch(
    network: Network, rows: Tensor, reset: Tensor, state: list[State]
) -> tuple[Tensor, list[State]]:
    """Run the network with nn.LSTM in its layers."""
    below, outputs, after = rows, [], []
    for i, lstm in enumerate(network.layers):
        fixed = [rows.detach()] if i and network.shape.skip else []
        below, last = lstm(torch.cat([below, *fixed, reset.unsqueeze(-1)], -1), state[i])
        outputs.append(below)
        after.append(last)
    return network.output(torch.cat(outputs, -1) if network.shape.skip else below), after


@pytest.mark.parametrize(("layers", "skip"), [(1, False), (1, True), (2, True), (3, False), (3, True)])
def test_stacked_layers(layers, skip):
    network = Network(Shape(layers, 10, 2, skip), (0.01, 0.01)).double()
    network.initialise(torch.Generator().manual_seed(7))
    state = [states(6, 10) for _ in range(layers)]
    rows, reset = numbers(15, 6, 3), flags(15, 6)[..., 0]
    found = []
    for run in (network, lambda *args: by_stacked_torch(network, *args)):
        x = rows.clone().requires_grad_()
        raw, after = run(x, reset, state)
        grads = torch.autograd.grad(raw, [x, *network.parameters()], numbers(*raw.shape, seed=8))
        found.append((raw.detach(), [s.detach() for pair in after for s in pair], *grads))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-11)


# -- bfloat16 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("time", "batch", "hidden", "width", "rest"), [*SIZES[1:], (300, 8, 48, 3, [1])])
def test_bfloat16_is_near_float32(time, batch, hidden, width, rest):
    lstm = layer(width + sum(rest), hidden, torch.float32)
    parts = [numbers(time, batch, w, seed=10 + i, dtype=torch.float32) for i, w in enumerate([width, *rest])]
    state = states(batch, hidden, torch.float32)
    out, (h, c), grads = by_us(lstm, parts, state, torch.bfloat16)
    exact, (h_, c_), grads_ = by_torch(lstm, parts, state)
    assert {t.dtype for t in (out, h, c, *grads.values())} == {torch.float32}
    assert not torch.equal(out, exact)
    torch.testing.assert_close(
        (out, h), (exact, h_), rtol=0, atol=0.03
    )  # |h| < 1, and 2^-8 is one step there
    torch.testing.assert_close(c, c_, rtol=0.03, atol=0.05)
    assert float((out - exact).abs().mean()) < 2.0**-8
    for name, grad in grads.items():
        assert functional.cosine_similarity(grad.flatten(), grads_[name].flatten(), dim=0) > 0.99, name
        assert float(grad.norm() / grads_[name].norm()) == pytest.approx(1, abs=0.02), name


def test_bfloat16_reset():
    lstm = with_reset(layer(4, 12, torch.float32))
    parts = [numbers(30, 7, 3, dtype=torch.float32), flags(30, 7, torch.float32)]
    out, (_, c), grads = by_us(lstm, parts, states(7, 12, torch.float32), torch.bfloat16)
    off = parts[1][..., 0] == 1
    assert (out[off] == 0).all()
    assert (c[0, -1] == 0).all()
    assert (grads["below"][off] == 0).all()
    assert all(grad.isfinite().all() for grad in grads.values())


def gated(hidden: int, **biases: float) -> nn.LSTM:
    """Return a float32 layer that ignores its input: each gate is the sigmoid (or tanh) of its bias."""
    lstm = nn.LSTM(1, hidden)
    with torch.no_grad():
        for p in lstm.parameters():
            p.zero_()
        for gate, name in zip(lstm.bias_ih_l0.view(4, hidden), ("i", "f", "g", "o"), strict=True):
            gate.fill_(biases[name])
    return lstm


def test_bfloat16_cell_decays_slowly():
    """sigmoid(8) = 0.99966 rounds to 1 in bfloat16: the cell would not decay, nor its gate learn."""
    lstm = gated(4, i=-RESET, f=8.0, g=0.0, o=0.0)
    time, state = 2000, (torch.zeros(1, 3, 4), torch.ones(1, 3, 4))
    out, (_, c) = FastLSTM()(lstm, [torch.zeros(time, 3, 1)], state, torch.bfloat16)
    f = torch.sigmoid(torch.tensor(8.0, dtype=torch.float64))
    assert float(torch.tensor(float(f)).bfloat16()) == 1
    kept = float(f**time)
    assert 0.4 < kept < 0.6
    torch.testing.assert_close(c, torch.full_like(c, kept), rtol=1e-3, atol=0)
    (ours,) = torch.autograd.grad(out.sum(), lstm.bias_ih_l0)
    truth = lstm.double()
    expected, _ = truth(torch.zeros(time, 3, 1).double(), (state[0].double(), state[1].double()))
    (theirs,) = torch.autograd.grad(expected.sum(), truth.bias_ih_l0)
    torch.testing.assert_close(ours[4:8].double(), theirs[4:8], rtol=0.02, atol=0)


def test_bfloat16_cell_accumulates_small_steps():
    """Adds 0.001 to 1, a thousand times: in bfloat16, 1 + 0.001 is 1."""
    lstm = gated(4, i=RESET, f=RESET, g=0.001, o=RESET)
    state = (torch.zeros(1, 2, 4), torch.ones(1, 2, 4))
    out, (_, c) = FastLSTM()(lstm, [torch.zeros(1000, 2, 1)], state, torch.bfloat16)
    torch.testing.assert_close(c, torch.full_like(c, 2.0), rtol=2e-3, atol=0)  # 0.001 itself is rounded
    torch.testing.assert_close(out[-1], torch.full((2, 4), 2.0).tanh(), rtol=5e-3, atol=0)


@pytest.mark.parametrize("shape", [(7, 5, 33), (35, 33)], ids=["(time, batch, n)", "(points, n)"])
def test_linear_with_bfloat16_backward(shape):
    x, weight, bias = numbers(*shape).float(), numbers(13, 33, seed=5).float(), numbers(13, seed=6).float()
    leaves = [t.requires_grad_() for t in (x, weight, bias)]
    out, exact = linear_with_bfloat16_backward(*leaves), functional.linear(*leaves)
    assert torch.equal(out, exact)
    for scale in (torch.ones(()).expand(out.shape), numbers(13, *shape[:-1], seed=7).float().movedim(0, -1)):
        ours = torch.autograd.grad(out, leaves, scale, retain_graph=True)
        theirs = torch.autograd.grad(exact, leaves, scale, retain_graph=True)
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == torch.float32
            assert a.shape == b.shape
            assert functional.cosine_similarity(a.flatten(), b.flatten(), dim=0) > 0.9999
        torch.testing.assert_close(ours[2], theirs[2])
