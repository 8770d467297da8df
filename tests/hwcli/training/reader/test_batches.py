"""Batches of lines to read: all lines once, of similar length, the same from any start."""

import pytest
import torch

from hwcli.training.reader import batches as batches_module
from hwcli.training.reader.batches import MOST_STEPS, ReaderBatch, ReaderEpoch
from hwcli.training.reader.lines import ReaderData, codes_of
from print_letters import LINES, lines_and_pieces, printed

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return lines_and_pieces(tmp_path_factory.mktemp("lines") / "data")


@pytest.fixture(scope="module")
def chosen(data):
    return ReaderData.of(data, None, None, 1.0)


def epoch(chosen, composed=24, batch_size=4, number=0, strength=1.0) -> ReaderEpoch:
    return ReaderEpoch(chosen, chosen.whole, composed, batch_size, 7, number, strength)


def equal(a: ReaderBatch, b: ReaderBatch) -> bool:
    tensors = ("steps", "lengths", "codes", "sizes")
    return a.names == b.names and all(torch.equal(getattr(a, name), getattr(b, name)) for name in tensors)


def test_lines_and_pieces_are_told_apart(data, chosen):
    assert chosen.whole == list(range(24))
    assert chosen.composer.pieces == frozenset(range(24, 48))
    assert chosen.alphabet.characters == " -.7Tlovz"
    assert ReaderData.of(data, None, None, 0.0).whole == list(range(48))


def test_an_epoch_has_each_line_once_and_as_many_composed(chosen, data):
    names = [name for batch in epoch(chosen).batches(0, CPU) for name in batch.names]
    made = [name for name in names if name.endswith("and others")]
    assert sorted(set(names) - set(made)) == sorted(data.lines[k].id for k in range(24))
    assert (len(names), len(made)) == (48, 24)


def test_a_batch_holds_features_and_classes_of_its_lines(chosen, data):
    ids = {info.id: k for k, info in enumerate(data.lines)}
    for batch in epoch(chosen, composed=0, strength=0.0).batches(0, CPU):
        codes = batch.codes.split(batch.sizes.tolist())
        assert batch.points == len(batch.codes)
        for k, name in enumerate(batch.names):
            text = data.lines[ids[name]].text
            assert codes[k].tolist() == codes_of(chosen.alphabet, text).tolist()
            assert (codes[k] > 0).all()
            assert not batch.steps[k, batch.lengths[k] :].any()
            assert batch.steps[k, batch.lengths[k] - 1].any()


@pytest.mark.parametrize("first", [0, 1, 2, 5, 11, 12])
def test_batches_are_the_same_from_any_start(chosen, monkeypatch, first):
    monkeypatch.setattr(batches_module, "CHUNK", 2)
    every = list(epoch(chosen).batches(0, CPU))
    assert len(every) == len(epoch(chosen)) == 12
    rest = list(epoch(chosen).batches(first, CPU))
    assert len(rest) == 12 - first
    assert all(map(equal, every[first:], rest))


def test_epochs_differ(chosen):
    one, two = (list(epoch(chosen, number=k).batches(0, CPU)) for k in (0, 1))
    assert not any(equal(a, b) for a, b in zip(one, two, strict=True))


def test_lines_of_a_batch_are_of_similar_length(chosen):
    padded = sum(batch.steps.shape[0] * batch.steps.shape[1] for batch in epoch(chosen).batches(0, CPU))
    steps = sum(int(batch.lengths.sum()) for batch in epoch(chosen).batches(0, CPU))
    assert padded < 1.25 * steps


@pytest.mark.parametrize("unreadable", [1, 30, 47])
def test_lines_that_cannot_be_read_leave_no_batch_empty(chosen, monkeypatch, unreadable):
    real = ReaderEpoch._example
    monkeypatch.setattr(ReaderEpoch, "_example", lambda self, k: real(self, k) if k >= unreadable else None)
    sizes = [len(batch.names) for batch in epoch(chosen).batches(0, CPU)]
    assert len(sizes) == 12
    assert min(sizes) >= 1
    assert max(sizes) <= 4


def test_far_too_long_lines_are_left_out(tmp_path):
    texts = ["zoo " * 60 + "lol", *LINES, *LINES]
    few = ReaderData.of(printed(tmp_path / "d", texts), None, None, 1.0)
    batches = list(ReaderEpoch(few, few.whole, 0, 4, 1, 0, 0.0).batches(0, CPU))
    assert "line0" not in {name for batch in batches for name in batch.names}
    assert max(batch.steps.shape[1] for batch in batches) <= MOST_STEPS


def test_pieces_with_characters_outside_the_alphabet_are_not_used(tmp_path):
    texts = ["o", "l", "v", "z", "T"] * 5 + ["7", "."] * 2
    data = printed(tmp_path / "d", texts, writers=["w"] * len(texts))
    chosen = ReaderData.of(data, None, None, 1.0)
    assert chosen.composer.pieces == frozenset(range(25))
    assert chosen.alphabet.characters == " Tlovz"
