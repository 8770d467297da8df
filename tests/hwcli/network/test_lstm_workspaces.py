"""The workspaces of the fast LSTM: reused, never shared by passes, never leaked."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import Tensor

from hwcli.model.shape import Shape
from hwcli.network import lstm as lstm_module
from hwcli.network.lstm import FastLSTM
from hwcli.network.network import Network
from lstm_cases import assert_same, by_torch, by_us, gradients, layer, numbers, states


@pytest.fixture
def workspaces(monkeypatch):
    """Weak references to all workspaces created."""
    made: list[weakref.ref] = []

    class Counted(lstm_module.Workspace):
        def __init__(self, *size):
            super().__init__(*size)
            made.append(weakref.ref(self))

    monkeypatch.setattr(lstm_module, "Workspace", Counted)
    return made


def alive(made: list[weakref.ref]) -> int:
    gc.collect()
    return sum(ref() is not None for ref in made)


def test_workspace_is_reused(workspaces):
    lstm, fast = layer(3, 5), FastLSTM()
    for seed in range(10):
        x, state = numbers(6, 4, 3, seed=seed), states(4, 5)
        assert_same(by_us(lstm, [x], state, fast=fast), by_torch(lstm, [x], state), 1e-12)
    assert len(workspaces) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "reversed"])
def test_two_forward_passes_before_backward(order, workspaces):
    lstm, fast, state = layer(3, 5), FastLSTM(), states(4, 5)
    for _ in range(5):
        xs = [numbers(6, 4, 3, seed=seed) for seed in (1, 2)]
        truth = [by_torch(lstm, [x], state) for x in xs]
        below = [x.clone().requires_grad_() for x in xs]
        outs = [fast(lstm, [x], state, torch.float64)[0] for x in below]
        for k in order:
            torch.testing.assert_close(outs[k], truth[k][0], rtol=0, atol=1e-12)
            for name, grad in gradients(outs[k], lstm, below[k]).items():
                torch.testing.assert_close(grad, truth[k][2][name], rtol=0, atol=1e-11)
    assert len(workspaces) == 2


def test_one_backward_through_two_windows():
    lstm, fast = layer(3, 5), FastLSTM()
    xs, state = [numbers(6, 4, 3, seed=1), numbers(6, 4, 3, seed=2)], states(4, 5)
    ours = sum(fast(lstm, [x], state, torch.float64)[0].square().sum() for x in xs)
    theirs = sum(lstm(x, state)[0].square().sum() for x in xs)
    for a, b in zip(*(torch.autograd.grad(t, list(lstm.parameters())) for t in (ours, theirs)), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


def test_windows_of_changing_size(workspaces):
    lstm, fast = layer(3, 5), FastLSTM()
    for time, batch in [(6, 4), (6, 4), (9, 4), (6, 4), (6, 2), (1, 1), (6, 4)]:
        x, state = numbers(time, batch, 3), states(batch, 5)
        assert_same(by_us(lstm, [x], state, fast=fast), by_torch(lstm, [x], state), 1e-12)
        assert alive(workspaces) == 1  # those of other sizes are dropped
    assert len(workspaces) == 6


def test_workspace_is_per_type(workspaces):
    fast, state, x = FastLSTM(), states(4, 5), numbers(6, 4, 3)
    exact = layer(3, 5)
    rough, rough_state = layer(3, 5, torch.float32), states(4, 5, torch.float32)
    for _ in range(2):
        assert_same(by_us(exact, [x], state, fast=fast), by_torch(exact, [x], state), 1e-12)
        by_us(rough, [x.float()], rough_state, torch.bfloat16, fast)
        assert_same(by_us(rough, [x.float()], rough_state, fast=fast), by_torch(exact, [x], state), 1e-5)


def test_memory_does_not_grow(workspaces):
    network = Network(Shape(3, 8, 2, True), (0.01, 0.01))
    network.initialise(torch.Generator().manual_seed(7))
    state = network.zero_state(4)
    for step in range(30):
        raw, state = network(
            numbers(5, 4, 3, seed=step).float(), torch.zeros(5, 4), state, bfloat16=step % 2 == 0
        )
        raw.sum().backward()
        if step % 10 == 9:
            assert alive(workspaces) <= 3


@pytest.mark.parametrize("learning", [True, False], ids=["grad mode", "no_grad"])
def test_forward_only_keeps_nothing(learning, workspaces):
    lstm, fast, state = layer(3, 5), FastLSTM(), states(4, 5)
    for seed in range(5):
        with torch.set_grad_enabled(learning):
            out, after = fast(lstm, [numbers(6, 4, 3, seed=seed)], state, torch.float64)
        del out, after
        assert alive(workspaces) == 0
    x = numbers(6, 4, 3)
    assert_same(by_us(lstm, [x], state, fast=fast), by_torch(lstm, [x], state), 1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_reused_workspace_is_bit_exact(dtype):
    exact = torch.float32 if dtype == torch.bfloat16 else dtype
    lstm, fast, state = layer(4, 5, exact), FastLSTM(), states(4, 5, exact)
    parts = [numbers(6, 4, 3, dtype=exact), numbers(6, 4, 1, seed=5, dtype=exact)]
    fresh = by_us(lstm, parts, state, dtype)
    spoilt = by_us(lstm, [torch.full_like(p, torch.nan) for p in parts], state, dtype, fast)
    assert spoilt[0].isnan().all()
    again = by_us(lstm, parts, state, dtype, fast)
    torch.testing.assert_close(again, fresh, rtol=0, atol=0)


def held(*types: torch.dtype, what: str, time: int = 6, batch: int = 4, marks=()) -> list:
    return [pytest.param(what, t, time, batch, marks=marks) for t in types]


EXACT, ROUGH = (torch.float32, torch.float64), torch.bfloat16
HELD = [
    *held(*EXACT, what="output"),
    *held(*EXACT, what="output", batch=1),
    *held(*EXACT, what="output", time=1, batch=1),
    *held(*EXACT, what="gradient of the input"),
    *held(*EXACT, what="gradient of the input", time=1, batch=1),
    *held(ROUGH, what="output"),
    *held(ROUGH, what="output", time=1, batch=1),
    *held(ROUGH, what="gradient of the input"),
    *held(ROUGH, what="gradient of the input", time=1, batch=1),
    *held(*EXACT, ROUGH, what="h"),
    *held(*EXACT, ROUGH, what="h", time=1, batch=1),
    *held(*EXACT, ROUGH, what="c"),
    *held(*EXACT, ROUGH, what="c", batch=1),
    *held(*EXACT, ROUGH, what="gradients of the weights"),
    *held(*EXACT, ROUGH, what="gradients of the weights", time=1, batch=1),
]


@pytest.mark.parametrize(("what", "dtype", "time", "batch"), HELD)
def test_later_passes_do_not_change_results(what, dtype, time, batch):
    exact = torch.float32 if dtype == torch.bfloat16 else dtype
    lstm, fast, state = layer(3, 5, exact), FastLSTM(), states(batch, 5, exact)

    def a_pass(seed: int) -> list[Tensor]:
        x = numbers(time, batch, 3, seed=seed, dtype=exact).requires_grad_()
        out, (h, c) = fast(lstm, [x], state, dtype)
        grads = gradients(out, lstm, x)
        found = {"output": [out], "h": [h], "c": [c], "gradient of the input": [grads.pop("below")]}
        found["gradients of the weights"] = list(grads.values())
        return [t.detach() for t in found[what]]

    first = a_pass(1)
    copies = [t.clone() for t in first]
    later = a_pass(2)
    assert not any(torch.equal(a, b) for a, b in zip(later, copies, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(first, copies, strict=True))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_second_backward_is_refused(dtype):
    exact = torch.float64 if dtype == torch.float64 else torch.float32
    lstm, fast = layer(3, 5, exact), FastLSTM()
    out, _ = fast(lstm, [numbers(6, 4, 3, dtype=exact)], states(4, 5, exact), dtype)
    total = out.sum()
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="cannot be differentiated twice"):
        total.backward()
    x, state = numbers(6, 4, 3), states(4, 5)
    lstm.double()
    assert_same(by_us(lstm, [x], state, fast=fast), by_torch(lstm, [x], state), 1e-12)
