"""Scores of whole lines, in NumPy: against one line at a time in float64, and how the work is shared."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from handmade import TEXTS, dataset_of, offsets_of, random_model, texts_of, tiny_dataset
from hwcli.dataset.epochs.batches import whole_lines
from hwcli.dataset.line_texts import LineTexts
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import eos_log_probability, mean_offset, mixture, offset_log_density
from hwcli.evaluation.scoring import score_lines


def costs_of_line(model, data, line, texts=None) -> tuple[float, float]:
    """Return the log-loss and the squared error of a line by itself, in float64."""
    batch = whole_lines(data, [line], model.normalisation, texts)
    codes = None if batch.text is None else [batch.text.codes[0, :, 0]]
    engine = Engine(Weights.of(model, np.float64), 1, codes)
    raw = np.stack([engine.step(row.T.astype(np.float64))[:, 0].copy() for row in batch.inputs])
    mix, targets = mixture(raw, np.array(model.normalisation.sigma_min)), batch.targets[:, 0].astype(float)
    weight, lift_weight = batch.offset_weight[:, 0], batch.eos_weight[:, 0]
    density = offset_log_density(mix, targets[:, :2]) @ weight
    lifts = eos_log_probability(raw, targets[:, 2]) @ lift_weight
    return -density - lifts, ((targets[:, :2] - mean_offset(mix)) ** 2).sum(-1) @ weight


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("alphabet", ["", " abc"], ids=["prediction", "synthesis"])
def test_score_of_each_line_is_that_of_the_line_by_itself(tmp_path, alphabet, batch_size, threads):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, skip=bool(alphabet), alphabet=alphabet)
    texts = LineTexts.of(data, range(8), model.alphabet) if alphabet else None
    lines = [5, 0, 7, 1, 2, 3, 4, 6]
    scores = score_lines(model, data, lines, batch_size, texts, threads=threads)
    nats, errors = zip(*(costs_of_line(model, data, line, texts) for line in lines), strict=True)
    np.testing.assert_allclose(scores.nats, nats, rtol=1e-5)
    np.testing.assert_allclose(scores.squared_errors, errors, rtol=1e-5)
    assert scores.points.tolist() == data.lengths[lines].tolist()


def test_score_depends_on_the_text(tmp_path):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, alphabet=" abc")
    texts = LineTexts.of(data, range(8), model.alphabet)
    other = texts_of({k: texts[(k + 1) % 8] for k in range(8)}, texts.blank)
    both = (score_lines(model, data, range(8), texts=t).mean() for t in (texts, other))
    own, turned = (found.nats_per_sequence for found in both)
    assert own != pytest.approx(turned, rel=1e-4)


def test_lines_of_very_different_lengths_share_a_batch(tmp_path):
    """Lanes are dropped as their lines end."""
    lengths = [2, 3, 700, 40, 41, 300, 5]
    data = dataset_of(tmp_path / "data", [offsets_of(n, n) for n in lengths])
    model = random_model()
    scores = score_lines(model, data, range(7), batch_size=7)
    np.testing.assert_allclose(
        scores.nats, [costs_of_line(model, data, line)[0] for line in range(7)], rtol=1e-5
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_progress_ends_with_all_points(tmp_path, threads):
    data = tiny_dataset(tmp_path / "data")
    reports = []
    score_lines(
        random_model(),
        data,
        range(8),
        batch_size=2,
        report=lambda done, total: reports.append((done, total)),
        threads=threads,
    )
    assert reports[-1] == (161, 161)
    assert reports == sorted(reports)
    assert len(reports) > 3


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_or_an_interrupt_stops_all_threads(tmp_path, threads):
    data = tiny_dataset(tmp_path / "data")
    before = threading.active_count()

    def interrupted(done: float, total: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_lines(random_model(), data, range(8), batch_size=1, report=interrupted, threads=threads)
    assert threading.active_count() == before


def test_weights_that_have_diverged_score_nan_without_warnings(tmp_path, recwarn):
    data = tiny_dataset(tmp_path / "data")
    model = random_model()
    model.tensors["output.weight"][:] = np.nan
    assert np.isnan(score_lines(model, data, range(8)).nats).all()
    assert len(recwarn) == 0
