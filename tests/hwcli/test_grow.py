"""A larger network that begins as a smaller one."""

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.errors import UsageError
from hwcli.model.grow import grow
from hwcli.model.layout import Shape
from hwcli.model.network import Network

SMALL = {"layers": 2, "hidden": 5, "mixtures": 3}


def fresh(shape: Shape) -> dict:
    network = Network(shape, (0.01, 0.01))
    network.initialise(torch.Generator().manual_seed(3))
    return network.tensors()


def outputs(tensors, shape, rows) -> torch.Tensor:
    network = Network(shape, (0.01, 0.01)).eval()
    network.load_tensors(tensors)
    with torch.no_grad():
        no_reset = torch.zeros(rows.shape[:2]).double()
        return network.double()(rows, no_reset, network.zero_state(rows.shape[1]))[0]


@pytest.mark.parametrize(
    ("skip", "layers", "hidden"), [(True, 2, 5), (True, 2, 9), (True, 4, 5), (True, 3, 8), (False, 2, 9)]
)
def test_a_network_that_grew_computes_the_same(skip, layers, hidden):
    model = random_model(**SMALL, skip=skip)
    shape = Shape(layers, hidden, 3, skip)
    grown = grow(model.tensors, model.shape, fresh(shape), shape)
    assert {k: v.shape for k, v in grown.items()} == dict(shape.tensors())
    rows = torch.randn(20, 4, 3, generator=torch.Generator().manual_seed(1)).double()
    one, other = outputs(model.tensors, model.shape, rows), outputs(grown, shape, rows)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert one.abs().max() > 0.1


def test_what_is_new_can_learn():
    """A gradient reaches the weights that read what is new."""
    model, shape = random_model(**SMALL, skip=True), Shape(3, 8, 3, True)
    network = Network(shape, (0.01, 0.01)).train()
    network.load_tensors(grow(model.tensors, model.shape, fresh(shape), shape))
    raw, _ = network(torch.randn(12, 3, 3), torch.zeros(12, 3), network.zero_state(3))
    raw.square().mean().backward()
    grad = network.output.weight.grad
    for layer in range(3):
        assert (grad[:, layer * 8 + 5 : (layer + 1) * 8].abs().sum(0) > 0).all()
    assert (grad[:, 16:].abs().sum(0) > 0).all()


def test_what_is_there_is_left_alone():
    model, shape = random_model(**SMALL, skip=True), Shape(3, 8, 3, True)
    before = {k: v.copy() for k, v in model.tensors.items()}
    grow(model.tensors, model.shape, fresh(shape), shape)
    assert all((model.tensors[k] == before[k]).all() for k in before)
    assert np.isfinite(list(before["output.bias"])).all()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(1, 5, 3, True), "2 x 5 cannot go on as one of 1 x 5"),
        (Shape(2, 4, 3, True), "2 x 5 cannot go on as one of 2 x 4"),
        (Shape(2, 5, 4, True), "3 mixtures with skip connections cannot go on as one of 4"),
        (Shape(2, 5, 3, False), "cannot go on as one of 3 without skip"),
    ],
)
def test_what_cannot_hold_the_old_network_is_refused(shape, words):
    model = random_model(**SMALL, skip=True)
    with pytest.raises(UsageError, match=words):
        grow(model.tensors, model.shape, fresh(shape), shape)


def test_without_skip_connections_no_layer_can_be_added():
    model, shape = random_model(**SMALL, skip=False), Shape(3, 5, 3, False)
    with pytest.raises(UsageError, match="all goes through the last"):
        grow(model.tensors, model.shape, fresh(shape), shape)
