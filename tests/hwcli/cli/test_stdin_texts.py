"""Lines of stdin, as they arrive."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.cli.stdin_texts import StdinTexts
from hwcli.errors import HwError
from hwcli.text_encoding import utf8

PIECES = st.lists(
    st.sampled_from([b"a", b" b ", b"\n", b"\r\n", b"\n\n", "é".encode(), b"\xef\xbb\xbf", b"\xe9"])
)


class Arriving(io.BytesIO):
    """A stream whose bytes arrive in pieces of `size`."""

    size = 1

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self.size)


@given(data=PIECES.map(b"".join), size=st.integers(1, 9))
def test_texts_do_not_depend_on_how_their_bytes_arrive(data, size):
    stream = Arriving(data)
    stream.size = size
    found = list(StdinTexts(stream))
    lines = [
        line
        for line in enumerate(utf8(data).split(b"\n"), 1)
        if line[1].removeprefix(b"\xef\xbb\xbf").strip()
    ]
    assert [text.origin for text in found] == [f"stdin, line {number}" for number, _ in lines]
    for text, (_, line) in zip(found, lines, strict=True):
        if b"\xe9" in line:
            assert text.error.message.startswith(f"{text.origin}: not UTF-8 (")
        else:
            assert (text.text, text.error) == (line.decode("utf-8-sig").strip(), None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_texts_in_utf16_with_a_mark(encoding, size):
    stream = Arriving("\ufeffé 😀\r\n\r\nb".encode(encoding))
    stream.size = size
    assert [(text.text, text.origin) for text in StdinTexts(stream)] == [
        ("é 😀", "stdin, line 1"),
        ("b", "stdin, line 3"),
    ]


def test_a_stream_that_cannot_be_read_is_an_error():
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(HwError, match="cannot read stdin: input/output error"):
        next(StdinTexts(Broken()))


def test_an_ended_stream_is_ready_and_not_read_again():
    class Terminal(io.BytesIO):
        ends = 0

        def read1(self, size: int | None = -1, /) -> bytes:
            self.ends += 1
            return b""

    stream = Terminal()
    texts = StdinTexts(stream)
    assert list(texts) == list(texts) == []
    assert texts.is_ready()
    assert stream.ends == 1  # a terminal would wait for a second Ctrl-D
