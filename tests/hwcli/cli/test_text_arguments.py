"""The texts given by --text: verbatim, from files and from stdin, with where each was given."""

from __future__ import annotations

import io
import os
import sys

import pytest

from hwcli.cli.given_text import GivenText
from hwcli.cli.text_arguments import TextArguments
from hwcli.errors import HwError, UsageError


@pytest.fixture
def stdin(monkeypatch):
    """A function that puts bytes on stdin; None closes it."""

    def put(data: bytes | None) -> None:
        monkeypatch.setattr(sys, "stdin", None if data is None else io.TextIOWrapper(io.BytesIO(data)))

    return put


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_ends_of_lines_are_those_of_any_system(tmp_path, end):
    path = tmp_path / "a.txt"
    path.write_bytes(f"Dear Anna,{end}{end}hello{end}".encode())
    here, there = TextArguments([f"Dear Anna,{end}{end}hello{end}", f"@{path}"])
    assert here.text == there.text == "Dear Anna,\n\nhello\n"


def test_texts_keep_the_order_of_the_arguments_and_know_their_origin(stdin, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbffrom a\r\nfile\n")
    stdin(b"\xef\xbb\xbfone\r\n\n   \ntwo  \nthree")
    assert list(TextArguments(["first", f"@{path}", "-", "last @ all", " "])) == [
        GivenText("first", "--text 1"),
        GivenText("from a\nfile\n", str(path)),
        GivenText("one", "stdin, line 1"),
        GivenText("two", "stdin, line 4"),
        GivenText("three", "stdin, line 5"),
        GivenText("last @ all", "--text 4"),
        GivenText(" ", "--text 5"),
    ]


def test_a_single_text_has_no_origin(stdin):
    single = TextArguments(["a"])
    assert single.is_single
    assert list(single) == [GivenText("a")]
    stdin(b"a\n")
    piped = TextArguments(["-"])
    assert not piped.is_single
    assert list(piped) == [GivenText("a", "stdin, line 1")]


def test_texts_are_ready_unless_stdin_has_to_be_waited_for(monkeypatch):
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as pipe, open(writing, "wb", buffering=0) as producer:
        monkeypatch.setattr(sys, "stdin", pipe)
        texts = TextArguments(["-", "last"])
        assert not texts.is_ready()
        producer.write(b"one\ntw")
        assert texts.is_ready()
        assert next(texts).text == "one"
        assert not texts.is_ready()
        producer.write(b"o\n\n \n")
        assert texts.is_ready()
        assert next(texts).text == "two"
        assert not texts.is_ready()  # blank lines are no texts
        producer.close()
        assert texts.is_ready()
        assert [text.text for text in texts] == ["last"]


@pytest.mark.parametrize(
    ("given", "words"),
    [(b"", "stdin is empty"), (b"\n \n\t\n\xc2\xa0\n", "stdin is empty"), (None, "pipe in some text")],
)
def test_stdin_without_text_is_refused(stdin, given, words):
    stdin(given)
    with pytest.raises(HwError) as caught:
        list(TextArguments(["-"]))
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_stdin_given_twice_and_no_argument_are_refused(stdin):
    stdin(b"x\n")
    with pytest.raises(UsageError, match="once"):
        TextArguments(["-", "-"])
    with pytest.raises(HwError, match="no text"):
        list(TextArguments([]))


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such file"), (b"", "contains no text"), (b" \n\n", "contains no text"),
                           (b"\xff\xfea", "not UTF-8")]
)  # fmt: skip
def test_the_error_of_a_file_names_it_and_stands_in_its_place(tmp_path, content, words):
    path = tmp_path / "said.txt"
    if content is not None:
        path.write_bytes(content)
    before, bad, after = TextArguments(["a", f"@{path}", "b"])
    assert (before.text, after.text) == ("a", "b")
    assert words in bad.error.message
    assert bad.error.message.count("said.txt") == 1
    assert before.error is after.error is None


def test_a_folder_is_not_a_text(tmp_path):
    for argument in (f"@{tmp_path}", "@"):
        (given,) = TextArguments([argument])
        assert "directory" in given.error.message


def test_a_forgotten_at_sign_is_warned_of(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter.txt").write_text("Dear Anna")
    for text in ("letter.txt", "no.txt", "see letter.txt", "a\0.b", "long." * 999, "."):
        assert [given.text for given in TextArguments([text])] == [text]
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "warning: --text letter.txt writes this name; the text in the file is --text @letter.txt"
