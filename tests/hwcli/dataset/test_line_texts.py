"""The texts of a dataset's lines."""

from __future__ import annotations

import numpy as np
import pytest

from handmade import TEXTS, dataset_of, offsets_of, texts_of, tiny_dataset
from hwcli.alphabet import Alphabet
from hwcli.dataset.line_texts import ROUND, LineTexts, lines_to_write, with_text
from hwcli.errors import HwError

ABC = Alphabet(" abc")


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data", texts=TEXTS)


def test_texts_are_encoded_by_line(data):
    texts = LineTexts.of(data, [6, 0, 1], ABC)
    assert {line: texts[line].tolist() for line in texts.lines} == {
        6: [1, 2, 3],
        0: [1, 2, 2, 1],
        1: [1, 0, 3, 1, 2, 4, 0, 2, 1, 3],  # the comma is not in the alphabet
    }
    assert texts.blank == 4


def test_columns_are_padded_with_blanks(data):
    texts = LineTexts.of(data, range(8), ABC)
    columns = texts.columns([0, 3, 0], 6)
    assert columns.T.tolist() == [[1, 2, 2, 1, 4, 4], [2, 4, 4, 4, 4, 4], [1, 2, 2, 1, 4, 4]]
    assert texts.columns([], 8).shape == (8, 0)


@pytest.mark.parametrize(("length", "padded"), [(1, 8), (7, 8), (8, 8), (9, 16), (200, 200), (201, 208)])
def test_the_padded_length_is_a_multiple_of_8(tmp_path, length, padded):
    data = dataset_of(tmp_path / "d", [offsets_of(9, 0)] * 2, texts=["a", "b" * length])
    texts = LineTexts.of(data, [0, 1], ABC)
    assert texts.padded_length([0, 1]) == padded
    assert texts.padded_length([0]) == texts.padded_length([]) == ROUND


def test_characters_per_point_over_the_lines_with_text(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(n, 0) for n in (20, 30, 999)], texts=["abc", "ab", None])
    assert LineTexts.of(data, [0, 1], ABC).characters_per_point(data) == pytest.approx(5 / 50)


def test_lines_to_write_are_those_with_text_by_split(tmp_path):
    texts = ("ab", None, "", "c", "abc", "cab", None, "bca")
    data = tiny_dataset(tmp_path / "d", texts=texts)
    assert with_text(data, range(8)) == [0, 3, 4, 5, 7]
    assert lines_to_write(data) == ([0, 3, 4, 5], [7])


@pytest.mark.parametrize(
    "texts", [None, (None,) * 6 + ("ab", "ab"), ("",) * 8], ids=["none", "valid", "empty"]
)
def test_a_dataset_without_training_texts_is_refused(tmp_path, texts):
    data = tiny_dataset(tmp_path / "data", texts=texts)
    with pytest.raises(HwError, match="data has no line with text to train on") as caught:
        lines_to_write(data)
    assert "--transcripts" in caught.value.hint


def test_text_outside_the_alphabet_is_blank():
    texts = texts_of({0: ABC.encode_lossy("€€"), 1: ABC.encode_lossy("\u0301")}, len(ABC))
    assert texts.columns([0, 1], 8).T.tolist() == [[4] * 8] * 2


def test_codes_are_int64(data):
    assert LineTexts.of(data, [0], ABC).columns([0], 8).dtype == np.int64
