"""A larger network that begins as a smaller one."""

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.errors import UsageError
from hwcli.model.shape import Shape
from hwcli.network.grow import grow
from hwcli.network.network import Network
from hwcli.network.text_window import Text

SMALL = {"layers": 2, "hidden": 5, "mixtures": 3}


def fresh(shape: Shape) -> dict:
    network = Network(shape, (0.01, 0.01))
    network.initialise(torch.Generator().manual_seed(3))
    return network.tensors()


def outputs(tensors, shape, rows, text: Text | None = None) -> torch.Tensor:
    network = Network(shape, (0.01, 0.01)).eval()
    network.load_tensors(tensors)
    with torch.no_grad():
        no_reset = torch.zeros(rows.shape[:2]).double()
        return network.double()(rows, no_reset, network.zero_state(rows.shape[1]), text)[0]


def some_text(seed: int, characters: int) -> Text:
    """Texts under four sequences, which change on the way."""
    codes = torch.randint(0, characters + 1, (2, 7, 4), generator=torch.Generator().manual_seed(seed))
    return Text(codes, (0, 9))


def some_rows() -> torch.Tensor:
    return torch.randn(20, 4, 3, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize(
    ("skip", "layers", "hidden"), [(True, 2, 5), (True, 2, 9), (True, 4, 5), (True, 3, 8), (False, 2, 9)]
)
def test_a_network_that_grew_computes_the_same(skip, layers, hidden):
    model = random_model(**SMALL, skip=skip)
    shape = Shape(layers, hidden, 3, skip)
    grown = grow(model.tensors, model.shape, fresh(shape), shape)
    assert {k: v.shape for k, v in grown.items()} == dict(shape.tensors())
    rows = some_rows()
    one, other = outputs(model.tensors, model.shape, rows), outputs(grown, shape, rows)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert one.abs().max() > 0.1


SIZES = [(True, 2, 5), (True, 2, 9), (True, 4, 5), (True, 3, 8), (False, 2, 5), (False, 2, 9)]


@pytest.mark.parametrize(("skip", "layers", "hidden"), SIZES)
def test_a_prediction_network_that_grew_a_window_computes_the_same_whatever_the_text(skip, layers, hidden):
    model = random_model(**SMALL, skip=skip)
    shape = Shape(layers, hidden, 3, skip, gaussians=4, characters=6)
    grown = grow(model.tensors, model.shape, fresh(shape), shape)
    assert {k: v.shape for k, v in grown.items()} == dict(shape.tensors())
    expected = outputs(model.tensors, model.shape, some_rows())
    for seed in (1, 2):
        found = outputs(grown, shape, some_rows(), some_text(seed, 6))
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("skip", "layers", "hidden"), SIZES)
def test_a_network_of_given_text_that_grew_goes_on_as_it_was(skip, layers, hidden):
    model = random_model(**SMALL, skip=skip, alphabet="abc ")
    shape = Shape(layers, hidden, 3, skip, 3, 4)
    grown = grow(model.tensors, model.shape, fresh(shape), shape)
    one, other = (outputs(model.tensors, model.shape, some_rows(), some_text(seed, 4)) for seed in (1, 2))
    assert (one - other).abs().max() > 0.01  # the text matters
    found = outputs(grown, shape, some_rows(), some_text(1, 4))
    torch.testing.assert_close(found, one, rtol=0, atol=1e-12)


def test_a_window_that_is_new_can_learn():
    """A gradient reaches the weights that read what the window holds, and with them what moves it."""
    model, shape = random_model(**SMALL, skip=True), Shape(2, 5, 3, True, 4, 6)
    network = Network(shape, (0.01, 0.01)).train()
    network.load_tensors(grow(model.tensors, model.shape, fresh(shape), shape))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    for step in range(2):
        optimiser.zero_grad()
        rows = some_rows().float()
        raw, _ = network(rows, torch.zeros(rows.shape[:2]), network.zero_state(4), some_text(1, 6))
        raw.square().mean().backward()
        held = network.layers[1].weight_ih_l0.grad[:, 5:11]
        assert (held.abs().sum(0) > 0).all()
        assert bool(network.window.bias.grad.any()) is (step == 1)  # nothing listens to it at first
        optimiser.step()


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


@pytest.mark.parametrize(
    ("gaussians", "characters"), [(0, 0), (4, 4), (2, 4), (3, 5), (3, 3)], ids=lambda n: str(n)
)
def test_a_network_of_given_text_keeps_its_window_and_its_alphabet(gaussians, characters):
    model, shape = random_model(**SMALL, alphabet="abc "), Shape(2, 5, 3, False, gaussians, characters)
    with pytest.raises(UsageError, match="3 Gaussians over text"):
        grow(model.tensors, model.shape, fresh(shape), shape)


def test_without_skip_connections_no_layer_can_be_added():
    model, shape = random_model(**SMALL, skip=False), Shape(3, 5, 3, False)
    with pytest.raises(UsageError, match="all goes through the last"):
        grow(model.tensors, model.shape, fresh(shape), shape)
