"""Text with a byte-order mark, whole and as it arrives."""

from __future__ import annotations

import codecs
import io
import itertools
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.text_encoding import ToUtf8, utf8, utf8_stream

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
ENCODINGS = {
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


@given(text=TEXTS, encoding=st.sampled_from([*ENCODINGS]), cuts=st.lists(st.integers(0, 60)))
@example(text="😀", encoding="utf-16-le", cuts=[1, 2, 3, 4, 5])
def test_marked_text_becomes_utf8_however_it_arrives(text, encoding, cuts):
    data = ENCODINGS[encoding] + text.encode(encoding)
    assert utf8(data).decode() == text
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    to_utf8 = ToUtf8()
    pieces = [to_utf8.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join([*pieces, to_utf8.feed(b"", last=True)]).decode() == text
    assert utf8_stream(io.BufferedReader(io.BytesIO(data))).read().decode() == text
    assert b"".join(utf8_stream(io.BytesIO(data))) == text.encode()


@given(data=st.binary())
def test_bytes_without_a_mark_are_left_alone(data):
    if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert utf8(data) == data
        assert utf8_stream(io.BytesIO(data)).read() == data


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfea", "\ud800".encode("utf-16-le", "surrogatepass"), b"\xff\xfea\x00\x00\xdcb\x00"],
    ids=["half a character", "half a pair at the end", "a lone surrogate"],
)
def test_what_is_not_valid_in_its_encoding_is_not_valid_utf8(data):
    data = data if data.startswith(b"\xff\xfe") else b"\xff\xfe" + data
    with pytest.raises(UnicodeDecodeError):
        utf8(data).decode()


def test_lines_are_passed_on_before_the_stream_ends():
    reads, writes = os.pipe()
    with open(reads, "rb") as raw, open(writes, "wb", buffering=0) as out:
        out.write(codecs.BOM_UTF16_LE[:1])
        stream = utf8_stream(raw)
        out.write(codecs.BOM_UTF16_LE[1:] + "é\n".encode("utf-16-le"))
        assert stream.readline() == "é\n".encode()


def test_a_stream_without_a_mark_is_not_wrapped():
    stream = io.BufferedReader(io.BytesIO(b"{}\n"))
    assert utf8_stream(stream) is stream
