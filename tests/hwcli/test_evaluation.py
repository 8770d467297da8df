"""The log-loss of whole lines, by protocol graves: in NumPy and in torch."""

from __future__ import annotations

import pytest

from handmade import TEXTS, random_model, tiny_dataset
from hwcli import evaluation
from hwcli.dataset.line_texts import LineTexts
from hwcli.network.network import Network
from hwcli.training.validation import evaluate as torch_evaluate


@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("skip", [False, True])
def test_both_evaluations_agree(tmp_path, skip, batch_size):
    data = tiny_dataset(tmp_path / "data", texts=TEXTS)
    model = random_model(2, 9, 3, skip=skip, alphabet=" abc")
    texts = LineTexts.of(data, range(8), model.alphabet)
    ours = evaluation.evaluate(model, data, range(8), data.normalisation, batch_size, texts)
    theirs = torch_evaluate(Network.of(model), data, range(8), data.normalisation, batch_size, texts=texts)
    assert (ours.lines, ours.points) == (theirs.lines, theirs.points) == (8, 161)
    assert ours.nats_per_sequence == pytest.approx(theirs.nats_per_sequence, rel=1e-5)
    assert ours.sse_per_point == pytest.approx(theirs.sse_per_point, rel=1e-5)
    other = LineTexts({k: texts.codes[(k + 1) % 8] for k in range(8)}, texts.blank)
    turned = torch_evaluate(Network.of(model), data, range(8), data.normalisation, batch_size, texts=other)
    assert turned.nats_per_sequence != pytest.approx(theirs.nats_per_sequence, rel=1e-4)
