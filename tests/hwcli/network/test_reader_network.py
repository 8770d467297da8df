"""The reader's network in torch against its counterpart in NumPy, in float64."""

import numpy as np
import pytest
import torch

from hwcli.model.reader_shape import CHANNELS, STRIDE, ReaderShape
from hwcli.network.reader_network import ReaderNetwork
from hwcli.reader.engine import ReaderWeights, classify

LENGTHS = [1, 2, 3, 4, 5, 8, 9, 37, 100]


@pytest.fixture(scope="module")
def network():
    made = ReaderNetwork(ReaderShape(2, 7, 5), dropout=0.4)
    made.initialise(torch.Generator().manual_seed(3))
    with torch.no_grad():
        for p in made.parameters():  # both biases of each layer, too
            p += 0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel()))
    return made.double().eval()


@pytest.fixture(scope="module")
def weights(network):
    return ReaderWeights.of(network.shape, float64_tensors(network), np.float64)


def float64_tensors(network) -> dict[str, np.ndarray]:
    """The weights by a model file's names, without rounding to float32."""
    named = {f"frame.{key}": network.frame.get_parameter(key) for key in ("weight", "bias")}
    for name, lstm in network.lstms():
        named[f"{name}.input"] = lstm.weight_ih_l0
        named[f"{name}.recurrent"] = lstm.weight_hh_l0
        named[f"{name}.bias"] = lstm.bias_ih_l0 + lstm.bias_hh_l0
    named |= {"output.weight": network.output.weight, "output.bias": network.output.bias}
    return {name: tensor.detach().numpy() for name, tensor in named.items()}


def lines() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=(length, CHANNELS)) for length in LENGTHS]


def in_torch(network, rows, padding=0):
    """Log-probabilities of each of several lines, padded to the longest and by `padding` more steps."""
    lengths = torch.tensor([len(one) for one in rows])
    steps = torch.zeros(len(rows), int(lengths.max()) + padding, CHANNELS, dtype=torch.float64)
    for k, one in enumerate(rows):
        steps[k, : len(one)] = torch.from_numpy(one)
    with torch.no_grad():
        logs, frames = network(steps, lengths)
    assert frames.tolist() == [(len(one) - 1) // STRIDE + 1 for one in rows]
    return [logs[:count, k].numpy() for k, count in enumerate(frames.tolist())]


@pytest.mark.parametrize("padding", [0, 1, 50])
def test_both_engines_agree_for_every_length_and_padding(network, weights, padding):
    for rows, logs in zip(lines(), in_torch(network, lines(), padding), strict=True):
        np.testing.assert_allclose(logs, classify(weights, rows), atol=1e-10)
        np.testing.assert_allclose(np.exp(logs).sum(1), 1)


def test_lines_do_not_depend_on_those_beside_them(network):
    together = in_torch(network, lines())
    for rows, logs in zip(lines(), together, strict=True):
        np.testing.assert_allclose(logs, in_torch(network, [rows])[0], atol=1e-12)


def test_weights_survive_a_model_files_names(network):
    other = ReaderNetwork(network.shape).eval()
    other.load_tensors(network.tensors())
    rows = lines()
    for one, again in zip(in_torch(network, rows), in_torch(other.double(), rows), strict=True):
        np.testing.assert_allclose(one, again, atol=1e-5)
    shapes = {name: tensor.shape for name, tensor in other.tensors().items()}
    assert shapes == network.shape.tensors()


def test_dropout_comes_from_the_generator_only(network):
    steps, lengths = torch.randn(3, 40, CHANNELS).double(), torch.tensor([40, 31, 8])
    network.train()
    try:
        one, two, three = (
            network(steps, lengths, torch.Generator().manual_seed(seed))[0] for seed in (1, 1, 2)
        )
    finally:
        network.eval()
    assert torch.equal(one, two)
    assert not torch.equal(one, three)
