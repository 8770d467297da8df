"""Scores of whole lines: NumPy's are those of the network in PyTorch, in training and on GPUs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from handmade import TEXTS, dataset_of, offsets_of, random_model, tiny_dataset
from hwcli.dataset.epochs.batches import whole_lines
from hwcli.dataset.line_texts import LineTexts
from hwcli.evaluation.scoring import score_lines
from hwcli.network.network import Network
from hwcli.protocols import PROTOCOLS
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import log_loss
from hwcli.training.validation import evaluate, score_in_torch


@pytest.fixture
def threads():
    """Set torch's threads, and restore them afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def nats_in_torch(network, data, line, norm, texts=None) -> float:
    """The log-loss of one line by the network in float64, as training computes it."""
    arrays = Batch.of(whole_lines(data, [line], norm, texts), torch.device("cpu"))
    tensors = {k: v.double() if isinstance(v, torch.Tensor) else v for k, v in vars(arrays).items()}
    batch = Batch(**tensors)
    with torch.no_grad():
        raw, _ = network(batch.inputs, batch.reset, network.zero_state(1), batch.text)
        return float(log_loss(raw, batch, network.sigma_min).sum())


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("alphabet", ["", " abc"], ids=["prediction", "synthesis"])
def test_score_of_each_line_equals_that_of_the_network(tmp_path, threads, alphabet, count):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, skip=bool(alphabet), alphabet=alphabet)
    texts = LineTexts.of(data, range(8), model.alphabet) if alphabet else None
    lines, norm = [5, 0, 7, 1, 2, 3, 4, 6], model.normalisation
    threads(count)
    scores = score_lines(model, data, lines, texts=texts)
    network = Network.of(model)
    result = evaluate(network, data, lines, norm, texts=texts)
    exact = [nats_in_torch(network.double(), data, line, norm, texts) for line in lines]
    np.testing.assert_allclose(scores.nats, exact, rtol=1e-5)
    assert result.nats_per_sequence == pytest.approx(np.mean(exact), rel=1e-5)
    assert torch.get_num_threads() == count


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
@pytest.mark.parametrize("alphabet", ["", " abc"], ids=["prediction", "synthesis"])
def test_other_devices_give_the_same_score(tmp_path, alphabet, protocol):
    """The way of GPUs, on the CPU: torch runs the network on a whole group."""
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, alphabet=alphabet)
    texts = LineTexts.of(data, range(8), model.alphabet) if alphabet else None
    network = Network.of(model).train()
    here = score_lines(model, data, range(8), texts=texts, protocol=protocol)
    there = score_in_torch(network, data, range(8), model.normalisation, 3, texts, protocol)
    np.testing.assert_allclose(there.nats, here.nats, rtol=1e-5)
    np.testing.assert_allclose(there.squared_errors, here.squared_errors, rtol=1e-5)
    assert network.training


def test_long_lines_are_scored_in_torch_piece_by_piece(tmp_path):
    data = dataset_of(tmp_path / "data", [offsets_of(n, n) for n in (300, 5, 129)])
    model = random_model()
    here = score_lines(model, data, range(3))
    there = score_in_torch(Network.of(model), data, range(3), model.normalisation)
    np.testing.assert_allclose(there.nats, here.nats, rtol=1e-5)
