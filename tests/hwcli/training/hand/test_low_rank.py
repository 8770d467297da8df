"""Changes of low rank: the mathematics beside torch's own gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.hands.learned import LEFT, RIGHT, LearnedHand
from hwcli.network.network import RESET, Network
from hwcli.training.hand import low_rank
from hwcli.training.hand.low_rank import LowRank
from renderers.ink import Ink

MODEL = random_model(seed=3)
LINE = Ink(strokes=([[0, 0], [1, 1]],), text="a")


def loss_of(network):
    generator, dtype = torch.Generator().manual_seed(5), network.output.weight.dtype
    rows = torch.randn(7, 2, 3, generator=generator, dtype=dtype)
    raw, _ = network(rows, torch.zeros(7, 2, dtype=dtype), network.zero_state(2))
    return raw.square().mean()


@pytest.mark.parametrize("name", ["lstm.0.weight_ih_l0", "lstm.0.weight_hh_l0", "output.weight"])
def test_the_factors_get_the_gradients_that_finite_differences_give(name):
    network = Network.of(MODEL).double().train()
    changes = LowRank(network, 2, seed=4)
    for _ in range(3):  # away from where the left factor is 0
        changes.step(loss_of(network), 0.01)
    matrix = changes._matrices[name]
    weight = matrix.weight
    left, right = (f.detach().clone() for f in (matrix.left, matrix.right))
    changes.step(loss_of(network), 0.0)

    def loss_with(left, right):
        with torch.no_grad():
            changed = matrix.before + left @ right
            weight[:, : -1 if "ih" in name else None] = changed[:, : -1 if "ih" in name else None]
            return float(loss_of(network))

    for factor, gradient in ((left, matrix.left.grad), (right, matrix.right.grad)):
        assert float(gradient.abs().max()) > 1e-4
        for place in ((0, 0), (1, 1), (1, 0)):
            either = []
            for move in (1e-5, -1e-5):
                factor[place] += move
                either.append(loss_with(left, right))
                factor[place] -= move
            assert (either[0] - either[1]) / 2e-5 == pytest.approx(float(gradient[place]), rel=1e-4, abs=1e-9)


def test_the_first_step_is_adam_s(monkeypatch):
    monkeypatch.setattr(low_rank, "CLIP", 1e9)
    network = Network.of(MODEL).train()
    loss = loss_of(network)
    loss.backward()
    gradient = network.layers[0].get_parameter("weight_hh_l0").grad.numpy().copy()
    bias = network.output.bias.grad.numpy().copy()
    changes = LowRank(network, 2, seed=4)
    right = changes.tensors()["lstm.0.recurrent" + RIGHT]
    changes.step(loss_of(network), 0.01)
    moved = changes.tensors()  # the first step of Adam is the rate, against the sign of the gradient
    large = np.abs(gradient @ right.T) > 1e-4
    np.testing.assert_allclose(
        moved["lstm.0.recurrent" + LEFT][large], -0.01 * np.sign(gradient @ right.T)[large], rtol=1e-3
    )
    np.testing.assert_array_equal(moved["lstm.0.recurrent" + RIGHT], right)
    np.testing.assert_allclose(moved["output.bias"], -0.01 * np.sign(bias), rtol=1e-3)


def test_the_changes_applied_to_the_model_are_the_network_that_learned():
    network = Network.of(MODEL).train()
    changes = LowRank(network, 3, seed=0)
    for _ in range(4):
        changes.step(loss_of(network), 0.02)
    hand = LearnedHand("m", MODEL.digest, MODEL.shape, changes.tensors(), LINE)
    applied, moved = hand.applied_to(MODEL, "m").tensors, network.tensors()
    for name, tensor in moved.items():
        np.testing.assert_allclose(applied[name], tensor, atol=1e-5)
    assert max(np.abs(moved[name] - MODEL.tensors[name]).max() for name in moved) > 0.01
    for name, before in MODEL.tensors.items():
        if before.ndim == 2:
            assert np.linalg.matrix_rank(moved[name] - before, tol=1e-4) <= 3


def test_the_weights_that_read_the_reset_stay_pinned():
    network = Network.of(MODEL).train()
    changes = LowRank(network, 2, seed=0)
    changes.step(loss_of(network), 0.1)
    gates = network.layers[0].get_parameter("weight_ih_l0").detach()[:, -1]
    assert {float(g) for g in gates} == {-RESET, 0.0}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_changes_nothing(bad):
    network = Network.of(MODEL).train()
    changes = LowRank(network, 2, seed=0)
    before = network.tensors()
    changes.step(loss_of(network) * bad, 0.1)
    for name, tensor in network.tensors().items():
        np.testing.assert_array_equal(tensor, before[name])
