"""Networks that start from the weights of a trained model."""

import numpy as np
import pytest
import torch

from handmade import random_model
from hwcli.errors import UsageError
from hwcli.model.shape import Shape
from hwcli.network.network import Network
from hwcli.network.warm_start import warm_start
from hwcli.network.window_steps import Text

SMALL = {"layers": 2, "hidden": 5, "mixtures": 3}


def fresh(shape: Shape) -> dict:
    network = Network(shape, (0.01, 0.01))
    network.initialise(torch.Generator().manual_seed(3))
    return network.tensors()


def outputs(tensors, shape, text: Text | None = None) -> torch.Tensor:
    network = Network(shape, (0.01, 0.01)).eval()
    network.load_tensors(tensors)
    rows = some_rows()
    with torch.no_grad():
        no_reset = torch.zeros(rows.shape[:2]).double()
        return network.double()(rows, no_reset, network.zero_state(rows.shape[1]), text)[0]


def some_text(seed: int, characters: int) -> Text:
    """Random texts for four sequences, which change at step 9."""
    codes = torch.randint(0, characters + 1, (2, 7, 4), generator=torch.Generator().manual_seed(seed))
    return Text(codes, (0, 9))


def some_rows() -> torch.Tensor:
    return torch.randn(20, 4, 3, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("alphabet", ["", "abc "], ids=["prediction", "synthesis"])
def test_same_shape_keeps_the_weights(alphabet):
    model = random_model(**SMALL, skip=True, alphabet=alphabet)
    tensors = warm_start(model.tensors, model.shape, fresh(model.shape), model.shape)
    assert tensors.keys() == model.tensors.keys()
    for name, array in tensors.items():
        np.testing.assert_array_equal(array, model.tensors[name])
        assert array is not model.tensors[name]


@pytest.mark.parametrize("skip", [True, False])
def test_new_text_window_does_not_change_the_output(skip):
    model = random_model(**SMALL, skip=skip)
    shape = Shape(2, 5, 3, skip, gaussians=4, characters=6)
    tensors = warm_start(model.tensors, model.shape, fresh(shape), shape)
    assert {k: v.shape for k, v in tensors.items()} == dict(shape.tensors())
    expected = outputs(model.tensors, model.shape)
    assert expected.abs().max() > 0.1
    for seed in (1, 2):
        found = outputs(tensors, shape, some_text(seed, 6))
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_new_text_window_can_learn():
    """Gradients reach the weights that read the window, and through them the window's own."""
    model, shape = random_model(**SMALL, skip=True), Shape(2, 5, 3, True, 4, 6)
    network = Network(shape, (0.01, 0.01)).train()
    network.load_tensors(warm_start(model.tensors, model.shape, fresh(shape), shape))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    for step in range(2):
        optimiser.zero_grad()
        rows = some_rows().float()
        raw, _ = network(rows, torch.zeros(rows.shape[:2]), network.zero_state(4), some_text(1, 6))
        raw.square().mean().backward()
        reading = network.layers[1].weight_ih_l0.grad[:, 5:11]
        assert (reading.abs().sum(0) > 0).all()
        assert bool(network.window.bias.grad.any()) is (step == 1)  # no layer reads it at first
        optimiser.step()


@pytest.mark.parametrize(
    ("shape", "has", "asked"),
    [
        (Shape(1, 5, 3, True), "layers = 2", "layers = 1"),
        (Shape(3, 5, 3, True), "layers = 2", "layers = 3"),
        (Shape(2, 9, 4, True), "hidden = 5, mixtures = 3", "hidden = 9, mixtures = 4"),
        (Shape(2, 5, 3, False), "skip = True", "skip = False"),
        (Shape(2, 4, 3, True, 3, 4), "hidden = 5", "hidden = 4"),
    ],
)
def test_other_sizes_are_refused(shape, has, asked):
    model = random_model(**SMALL, skip=True)
    with pytest.raises(UsageError, match=f"(?m)the model has {has}; the settings ask for {asked}$"):
        warm_start(model.tensors, model.shape, fresh(shape), shape)


@pytest.mark.parametrize(
    ("gaussians", "characters", "has"),
    [(0, 0, "kind = synthesis"), (4, 4, "gaussians = 3")],
)
def test_synthesis_model_keeps_its_window(gaussians, characters, has):
    model, shape = random_model(**SMALL, alphabet="abc "), Shape(2, 5, 3, False, gaussians, characters)
    with pytest.raises(UsageError, match=f"the model has {has}; "):
        warm_start(model.tensors, model.shape, fresh(shape), shape)


def test_a_model_that_is_told_sources_keeps_them():
    model, shape = random_model(**SMALL, sources=("a", "b")), Shape(2, 5, 3, False)
    with pytest.raises(UsageError, match="the model has sources = 2; the settings ask for sources = 0"):
        warm_start(model.tensors, model.shape, fresh(shape), shape)


@pytest.mark.parametrize("skip", [True, False])
def test_further_characters_and_sources_do_not_change_the_output_for_known_ones(skip):
    model = random_model(**SMALL, skip=skip, alphabet="abc ")
    shape = Shape(2, 5, 3, skip, 3, characters=6, sources=2)
    tensors = warm_start(model.tensors, model.shape, fresh(shape), shape)
    assert {k: v.shape for k, v in tensors.items()} == dict(shape.tensors())
    text = some_text(1, 3)  # of the first three, and 3 for no character
    known, extended = (Text(text.codes.where(text.codes < 3, k), text.begins) for k in (4, 6))
    expected = outputs(model.tensors, model.shape, known)
    network = Network(shape, (0.01, 0.01)).eval()
    network.load_tensors(tensors)
    rows = torch.cat([some_rows(), torch.ones(20, 4, 2).double()], -1)
    with torch.no_grad():
        found, _ = network.double()(rows, torch.zeros(20, 4).double(), network.zero_state(4), extended)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
