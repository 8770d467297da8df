"""The texts of a dataset's lines, and texts as the command line names them."""

from __future__ import annotations

import io
import sys
from itertools import count, islice

import numpy as np
import pytest

from handmade import TEXTS, dataset_of, offsets_of, tiny_dataset
from hwcli.alphabet import Alphabet
from hwcli.cli.text_arguments import read_texts
from hwcli.dataset.line_texts import ROUND, LineTexts, lines_to_write, with_text
from hwcli.errors import HwError, UsageError

ABC = Alphabet(" abc")


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data", texts=TEXTS)


def test_a_line_s_text_is_what_the_dataset_says_of_it(data):
    texts = LineTexts.of(data, [6, 0, 1], ABC)
    assert {line: codes.tolist() for line, codes in texts.codes.items()} == {
        6: [1, 2, 3],
        0: [1, 2, 2, 1],
        1: [1, 0, 3, 1, 2, 4, 0, 2, 1, 3],  # a comma is no character of the alphabet
    }
    assert texts.nothing == 4


def test_texts_stand_side_by_side_filled_up_with_no_character(data):
    texts = LineTexts.of(data, range(8), ABC)
    columns = texts.side_by_side([0, 3, 0], 6)
    assert columns.T.tolist() == [[1, 2, 2, 1, 4, 4], [2, 4, 4, 4, 4, 4], [1, 2, 2, 1, 4, 4]]
    assert texts.side_by_side([], 8).shape == (8, 0)


@pytest.mark.parametrize(("length", "room"), [(1, 8), (7, 8), (8, 8), (9, 16), (200, 200), (201, 208)])
def test_there_is_room_for_the_longest_text_in_whole_eights(tmp_path, length, room):
    data = dataset_of(tmp_path / "d", [offsets_of(9, 0)] * 2, texts=["a", "b" * length])
    texts = LineTexts.of(data, [0, 1], ABC)
    assert texts.room([0, 1]) == room
    assert texts.room([0]) == texts.room([]) == ROUND


def test_the_pace_is_characters_a_point_over_all_lines_that_have_a_text(tmp_path):
    data = dataset_of(tmp_path / "d", [offsets_of(n, 0) for n in (20, 30, 999)], texts=["abc", "ab", None])
    assert LineTexts.of(data, [0, 1], ABC).pace(data) == pytest.approx(5 / 50)


def test_lines_without_text_are_left_out_and_the_splits_stay_apart(tmp_path):
    texts = ("ab", None, "", "c", "abc", "cab", None, "bca")
    data = tiny_dataset(tmp_path / "d", texts=texts)
    assert with_text(data, range(8)) == [0, 3, 4, 5, 7]
    assert lines_to_write(data) == ([0, 3, 4, 5], [7])


@pytest.mark.parametrize(
    "texts", [None, (None,) * 6 + ("ab", "ab"), ("",) * 8], ids=["none", "valid", "empty"]
)
def test_a_dataset_without_a_text_to_train_on_is_refused_by_name(tmp_path, texts):
    data = tiny_dataset(tmp_path / "data", texts=texts)
    with pytest.raises(HwError, match="data has no line with text to train on") as caught:
        lines_to_write(data)
    assert "--transcripts" in caught.value.hint


def test_a_text_of_which_nothing_can_be_learned_is_no_characters():
    texts = LineTexts({0: ABC.encode_lossy("€€"), 1: ABC.encode_lossy("\u0301")}, len(ABC))
    assert texts.side_by_side([0, 1], 8).T.tolist() == [[4] * 8] * 2


@pytest.fixture
def stdin(monkeypatch):
    """Put bytes on stdin; `stdin(None)` closes it."""

    def put(data: bytes | None) -> None:
        monkeypatch.setattr(sys, "stdin", None if data is None else io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_texts_come_in_the_order_of_the_arguments(stdin, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbffrom a\r\nfile\n")
    stdin(b"\xef\xbb\xbfone\r\n\n   \ntwo  \nthree")
    found = list(read_texts(["first", f"@{tmp_path / 'a.txt'}", "-", "last @ all", " "]))
    assert found == ["first", "from a\nfile\n", "one", "two", "three", "last @ all", " "]


def test_lines_of_stdin_are_read_as_they_are_asked_for(monkeypatch):
    asked = []

    def lines():
        for k in count():
            asked.append(k)
            yield f"line {k}\n".encode()

    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": lines()}))
    assert list(islice(read_texts(["now", "-"]), 3)) == ["now", "line 0", "line 1"]
    assert asked == [0, 1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "stdin was empty"),
        (b"\n \n\t\n", "stdin was empty"),
        (b"caf\xe9\n", "UTF-8"),
        (None, "pipe some in"),
    ],
)
def test_stdin_without_text_is_refused(stdin, given, words):
    stdin(given)
    with pytest.raises(HwError) as caught:
        list(read_texts(["-"]))
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_stdin_twice_and_nothing_at_all_are_refused(stdin):
    stdin(b"x\n")
    with pytest.raises(UsageError, match="twice"):
        list(read_texts(["-", "-"]))
    with pytest.raises(HwError, match="no text"):
        list(read_texts([]))


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such file"), (b"", "no text in it"), (b" \n\n", "no text in it"),
                           (b"\xff\xfea\0", "not UTF-8")]
)  # fmt: skip
def test_a_file_without_text_is_refused_by_name(tmp_path, content, words):
    if content is not None:
        (tmp_path / "said.txt").write_bytes(content)
    with pytest.raises(HwError, match=words) as caught:
        list(read_texts([f"@{tmp_path / 'said.txt'}"]))
    assert "said.txt" in caught.value.message
    with pytest.raises(HwError, match="directory"):
        list(read_texts([f"@{tmp_path}"]))
    with pytest.raises(HwError):
        list(read_texts(["@"]))


def test_codes_are_whole_numbers_for_torch(data):
    assert LineTexts.of(data, [0], ABC).side_by_side([0], 8).dtype == np.int64
