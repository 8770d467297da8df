"""The texts given by --text: verbatim, from files and from stdin."""

from __future__ import annotations

import io
import sys
from itertools import count, islice

import pytest

from hwcli.cli.text_arguments import read_texts
from hwcli.errors import HwError, UsageError


@pytest.fixture
def stdin(monkeypatch):
    """A function that puts bytes on stdin; None closes it."""

    def put(data: bytes | None) -> None:
        monkeypatch.setattr(sys, "stdin", None if data is None else io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_texts_keep_the_order_of_the_arguments(stdin, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbffrom a\r\nfile\n")
    stdin(b"\xef\xbb\xbfone\r\n\n   \ntwo  \nthree")
    found = list(read_texts(["first", f"@{tmp_path / 'a.txt'}", "-", "last @ all", " "]))
    assert found == ["first", "from a\nfile\n", "one", "two", "three", "last @ all", " "]


def test_stdin_is_read_lazily(monkeypatch):
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
        (b"", "stdin is empty"),
        (b"\n \n\t\n", "stdin is empty"),
        (b"caf\xe9\n", "UTF-8"),
        (None, "pipe in some text"),
    ],
)
def test_stdin_without_text_is_refused(stdin, given, words):
    stdin(given)
    with pytest.raises(HwError) as caught:
        list(read_texts(["-"]))
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_stdin_given_twice_and_no_argument_are_refused(stdin):
    stdin(b"x\n")
    with pytest.raises(UsageError, match="once"):
        list(read_texts(["-", "-"]))
    with pytest.raises(HwError, match="no text"):
        list(read_texts([]))


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such file"), (b"", "contains no text"), (b" \n\n", "contains no text"),
                           (b"\xff\xfea\0", "not UTF-8")]
)  # fmt: skip
def test_file_without_text_is_refused_by_name(tmp_path, content, words):
    if content is not None:
        (tmp_path / "said.txt").write_bytes(content)
    with pytest.raises(HwError, match=words) as caught:
        list(read_texts([f"@{tmp_path / 'said.txt'}"]))
    assert "said.txt" in caught.value.message
    with pytest.raises(HwError, match="directory"):
        list(read_texts([f"@{tmp_path}"]))
    with pytest.raises(HwError):
        list(read_texts(["@"]))
