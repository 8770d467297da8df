"""The lines of an epoch: weights of sources, rare characters, and the same count every time."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.dataset.epochs.mixing import COMMON, Mixture, parse_weights
from hwcli.dataset.store import Dataset, LineInfo, LineTable, Source
from hwcli.errors import HwError, UsageError
from hwcli.normalisation import Normalisation


def data_of(texts: dict[str, list[str | None]], tmp_path=None) -> Dataset:
    """Return a dataset, without ink, with these texts in these sources."""
    lines = [
        LineInfo(f"{name}{k}", "g", "train", text, number)
        for number, (name, some) in enumerate(texts.items())
        for k, text in enumerate(some)
    ]
    sources = tuple(Source(name) for name in texts)
    norm = Normalisation((0, 0), (1, 1), 0)
    return Dataset(tmp_path, np.zeros((0, 3)), np.zeros(1, np.int64), LineTable.of(lines), norm, {}, sources)


def plain(**counts: int) -> Dataset:
    """Return a dataset with this number of lines without text in each source."""
    return data_of({name: [None] * count for name, count in counts.items()})


def mixture(data: Dataset, limit: float = 1.0, seed: int = 0, **weights: float) -> Mixture:
    return Mixture.of(data, range(len(data)), weights, limit, seed)


def test_by_default_an_epoch_has_every_line_once():
    data = plain(iam=7, unipen=5)
    assert [mixture(data).epoch(k) for k in range(3)] == [list(range(12))] * 3


@given(st.integers(1, 60), st.floats(0.02, 3.5), st.integers(0, 99))
@example(50, 0.99347, 0)
@example(35, 0.99999, 0)
def test_lines_are_drawn_as_often_as_their_weight_says(count, weight, seed):
    mixed = mixture(plain(a=4, b=count), seed=seed, b=weight)
    total = max(round(weight * count), 1)
    rate = total / count
    drawn = Counter()
    for epoch in range(20):
        lines = mixed.epoch(epoch)
        here = Counter(line for line in lines if line >= 4)
        assert lines == sorted(lines)
        assert sum(here.values()) == total == mixed.counts["b"]
        assert all(math.floor(rate) <= here[line] <= math.ceil(rate) for line in range(4, 4 + count))
        assert [line for line in lines if line < 4] == [0, 1, 2, 3]
        drawn += here
    # evenly over the epochs: within two of the mean, which independent draws would not be
    assert all(abs(drawn[line] - 20 * rate) <= 2 for line in range(4, 4 + count))


def test_each_epoch_has_another_part_and_none_is_left_out_for_long():
    mixed = mixture(plain(a=1000), a=0.3)
    epochs = [set(mixed.epoch(k)) for k in range(5)]
    assert len(epochs[0] & epochs[1]) < 250
    assert set().union(*epochs) == set(range(1000))


def test_the_draw_depends_only_on_seed_and_epoch():
    data = plain(a=50, b=30)
    one, same, other = (mixture(data, seed=seed, a=0.4) for seed in (1, 1, 2))
    forwards = [one.epoch(k) for k in range(4)]
    assert [same.epoch(k) for k in (3, 2, 1, 0)] == forwards[::-1]
    assert [other.epoch(k) for k in range(4)] != forwards


def test_weight_zero_leaves_a_source_out():
    mixed = mixture(plain(a=3, b=5), a=0.0)
    assert mixed.counts == {"b": 5}
    assert mixed.epoch(2) == [3, 4, 5, 6, 7]


def boosts(texts: list[str | None], limit: float, **more: list[str | None]) -> list[float]:
    """Return how often the lines with these texts are drawn on average, relative to one without boost."""
    data = data_of({"a": texts} | more)
    rates = mixture(data, limit).rates["a"]
    lines = mixture(data, limit).lines["a"]
    by_line = dict(zip(lines.tolist(), rates.tolist(), strict=True))
    return [by_line[k] / min(by_line.values()) for k in range(len(texts))]


def test_a_rare_character_is_drawn_more_often_by_the_root_of_its_rarity():
    """One in 10,000 characters is a q, one in 5,000 a z, and every other line an e."""
    texts = ["e" * 4999, "e" * 4997 + "q" + "zz", None, "e"]
    total = sum(len(text or "") for text in texts)
    q, z = math.sqrt(COMMON * total), math.sqrt(COMMON * total / 2)
    assert boosts(texts, 99) == pytest.approx([1, q, 1, 1])
    assert boosts([text and text.replace("q", "e") for text in texts], 99) == pytest.approx([1, z, 1, 1])
    assert boosts(texts, 2.5) == pytest.approx([1, 2.5, 1, 1])


@given(st.lists(st.sampled_from("eeeeeeetaoinqz7"), min_size=1, max_size=8).map("".join), st.floats(1, 5))
def test_a_line_is_boosted_at_most_to_the_limit_and_rarer_characters_at_least_as_much(text, limit):
    common = "e" * 9000 + "t" * 300 + "a" * 90 + "o" * 30 + "i" * 9 + "n" * 3
    found, whole, _ = boosts([text, common, "e"], limit)
    assert 1 <= found <= limit * (1 + 1e-9)
    counts = Counter(common + text + "e")
    if min(counts[c] for c in text) <= min(counts[c] for c in common):
        assert found >= whole * (1 - 1e-9)


def test_what_another_source_has_plenty_of_is_not_rare():
    assert max(boosts(["e" * 5000, "7"], 9)) > 2
    assert max(boosts(["e" * 5000, "7"], 9, digits=["7777"] * 10)) == pytest.approx(1)


def test_boosts_without_text_are_refused(tmp_path):
    with pytest.raises(HwError, match="--rare-boost needs lines with text"):
        mixture(data_of({"a": [None, None]}, tmp_path), limit=2.0)


def test_weights_are_read_by_name(tmp_path):
    data = data_of({"iam": [None], "unipen": [None]}, tmp_path)
    assert parse_weights(None, data, range(2)) == {}
    assert parse_weights("unipen=0.3", data, range(2)) == {"unipen": 0.3}
    assert parse_weights(" iam = 2 , unipen=0", data, range(2)) == {"iam": 2.0, "unipen": 0.0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unipne=1", "no training lines of a source 'unipne'"),
        ("unipen", "'unipen': expected NAME=WEIGHT"),
        ("unipen=much", "expected NAME=WEIGHT"),
        ("unipen=-1", "a number from 0 to 100"),
        ("unipen=nan", "a number from 0 to 100"),
        ("unipen=1e9", "a number from 0 to 100"),
        ("unipen=1,", "'': expected NAME=WEIGHT"),
        ("unipen=1,unipen=2", "names unipen twice"),
        ("iam=0,unipen=0", "0 for every source"),
        ("=1", "no training lines of a source ''"),
    ],
)
def test_wrong_weights_are_refused(tmp_path, text, words):
    data = data_of({"iam": [None], "unipen": [None]}, tmp_path)
    with pytest.raises(UsageError) as caught:
        parse_weights(text, data, range(2))
    assert words in caught.value.message
    if text == "unipne=1":
        assert caught.value.hint == "did you mean unipen?"
