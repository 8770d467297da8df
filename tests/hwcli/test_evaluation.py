"""Scores of whole lines: by the NumPy engine in threads, and by the network in torch."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from handmade import TEXTS, dataset_of, offsets_of, random_model, texts_of, tiny_dataset
from hwcli.dataset.epochs.batches import whole_lines
from hwcli.dataset.line_texts import LineTexts
from hwcli.network.network import Network
from hwcli.training import validation
from hwcli.training.batch_tensors import Batch
from hwcli.training.loss import log_loss
from hwcli.training.validation import evaluate, score_lines


@pytest.fixture
def threads():
    """Set torch's threads, and restore them afterwards."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def nats_in_torch(network, data, line, norm, texts=None) -> float:
    """The log-loss of one line by the network in float64."""
    arrays = Batch.of(whole_lines(data, [line], norm, texts), torch.device("cpu"))
    tensors = {k: v.double() if isinstance(v, torch.Tensor) else v for k, v in vars(arrays).items()}
    batch = Batch(**tensors)
    with torch.no_grad():
        raw, _ = network(batch.inputs, batch.reset, network.zero_state(1), batch.text)
        return float(log_loss(raw, batch, network.sigma_min).sum())


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("alphabet", ["", " abc"], ids=["prediction", "synthesis"])
def test_score_of_each_line_equals_that_of_the_network(tmp_path, threads, alphabet, batch_size, count):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, skip=bool(alphabet), alphabet=alphabet)
    texts = LineTexts.of(data, range(8), model.alphabet) if alphabet else None
    lines = [5, 0, 7, 1, 2, 3, 4, 6]
    threads(count)
    network = Network.of(model)
    scores = score_lines(network, data, lines, data.normalisation, batch_size, texts)
    exact = [nats_in_torch(network.double(), data, line, data.normalisation, texts) for line in lines]
    np.testing.assert_allclose(scores.nats, exact, rtol=1e-5)
    assert scores.points.tolist() == data.lengths[lines].tolist()
    assert torch.get_num_threads() == count


def test_score_depends_on_the_text(tmp_path):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, alphabet=" abc")
    texts = LineTexts.of(data, range(8), model.alphabet)
    other = texts_of({k: texts[(k + 1) % 8] for k in range(8)}, texts.blank)
    network = Network.of(model)
    own, turned = (
        evaluate(network, data, range(8), data.normalisation, texts=t).nats_per_sequence
        for t in (texts, other)
    )
    assert own != pytest.approx(turned, rel=1e-4)


def test_lines_of_very_different_lengths_share_a_batch(tmp_path):
    """Lanes are dropped as their lines end."""
    lengths = [2, 3, 700, 40, 41, 300, 5]
    data = dataset_of(tmp_path / "data", [offsets_of(n, n) for n in lengths])
    network = Network.of(random_model())
    scores = score_lines(network, data, range(7), data.normalisation, batch_size=7)
    exact = [nats_in_torch(network.double(), data, line, data.normalisation) for line in range(7)]
    np.testing.assert_allclose(scores.nats, exact, rtol=1e-5)


@pytest.mark.parametrize("alphabet", ["", " abc"], ids=["prediction", "synthesis"])
def test_other_devices_give_the_same_score(tmp_path, monkeypatch, alphabet):
    """The way of GPUs, on the CPU: torch runs the network on a whole group."""
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, alphabet=alphabet)
    texts = LineTexts.of(data, range(8), model.alphabet) if alphabet else None
    network = Network.of(model)
    here = score_lines(network, data, range(8), data.normalisation, texts=texts)
    in_torch = validation._OnDevice(network, torch.device("cpu"))
    monkeypatch.setattr(validation, "_OnCPU", lambda model, told: in_torch)
    there = score_lines(network, data, range(8), data.normalisation, 3, texts)
    np.testing.assert_allclose(there.nats, here.nats, rtol=1e-5)
    np.testing.assert_allclose(there.squared_errors, here.squared_errors, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 3])
def test_progress_ends_with_all_points(tmp_path, threads, count):
    data = tiny_dataset(tmp_path / "data")
    reports = []
    threads(count)
    score_lines(
        Network.of(random_model()),
        data,
        range(8),
        data.normalisation,
        batch_size=2,
        report=lambda done, total: reports.append((done, total)),
    )
    assert reports[-1] == (161, 161)
    assert reports == sorted(reports)
    assert len(reports) > 3


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_or_an_interrupt_stops_all_threads(tmp_path, threads, count):
    data = tiny_dataset(tmp_path / "data")
    threads(count)
    before = threading.active_count()

    def interrupted(done: float, total: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_lines(Network.of(random_model()), data, range(8), data.normalisation, 1, report=interrupted)
    assert threading.active_count() == before
    assert torch.get_num_threads() == count
