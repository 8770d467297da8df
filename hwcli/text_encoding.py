"""Text from files as UTF-8, whichever encoding its byte-order mark names: UTF-8, or UTF-16 of either order.

PowerShell and Notepad of Windows write such marks. Text without one is returned as it is. Bytes that are not
valid in their encoding become bytes that are not valid UTF-8, so that who decodes them can say which line is
bad.

Systems end lines differently, too: `plain_lines`.
"""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

_MARKS = {codecs.BOM_UTF8: None, codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LONGEST = max(map(len, _MARKS))
_BAD = b"\xff"  # in no text in UTF-8
_CHUNK = 1 << 16


def utf8(data: bytes) -> bytes:
    """Return `data` in UTF-8, without its mark.

    >>> utf8("é".encode("utf-16")).decode()
    'é'
    """
    return ToUtf8().feed(data, last=True) if data.startswith(tuple(_MARKS)) else data


def plain_lines(text: str) -> str:
    r"""Return `text` with its lines ended as in Unix, whether Windows or an old Mac wrote it.

    >>> plain_lines("Dear Anna,\r\nhow are you?\r")
    'Dear Anna,\nhow are you?\n'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


def utf8_stream(stream: BinaryIO) -> BinaryIO:
    """Return a buffered stream of what `stream` holds, in UTF-8 without its mark, as it arrives.

    A stream without a mark that can be peeked into is returned itself.
    """
    if isinstance(stream, io.BufferedReader):
        head = stream.peek(_LONGEST)[:_LONGEST]
        if not any(mark.startswith(head[: len(mark)]) for mark in _MARKS) or not head:
            return stream
    return io.BufferedReader(_Utf8Bytes(stream))


class ToUtf8:
    r"""Encodes text as UTF-8, piece by piece.

    >>> to_utf8 = ToUtf8()
    >>> [to_utf8.feed(piece) for piece in (b"\xff", b"\xfe", b"\xe9", b"\x00")]
    [b'', b'', b'', b'\xc3\xa9']
    """

    def __init__(self) -> None:
        self._head: bytes | None = b""  # what came before the encoding was known
        self._decoder: codecs.IncrementalDecoder | None = None  # None for UTF-8

    def feed(self, data: bytes, last: bool = False) -> bytes:
        """Return the next piece; without more than a few bytes of it if they are not a whole character."""
        if self._head is not None:
            data = self._head + data
            if not last and len(data) < _LONGEST and any(mark.startswith(data) for mark in _MARKS):
                self._head = data
                return b""
            self._head = None
            mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
            data, encoding = data[len(mark) :], _MARKS.get(mark)
            if encoding is not None:  # a lone surrogate passes, as three bytes that are not valid UTF-8
                self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        if self._decoder is None:
            return data
        text = self._decoder.decode(data)
        incomplete = bool(self._decoder.getstate()[0]) if last else False
        return text.encode("utf-8", "surrogatepass") + (_BAD if incomplete else b"")


class _Utf8Bytes(io.RawIOBase):
    """The raw stream below `utf8_stream`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._to_utf8 = ToUtf8()
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            data: bytes = self._stream.read1(_CHUNK)  # type: ignore[attr-defined]  # of buffered readers
            self._ended = not data
            self._ready = self._to_utf8.feed(data, last=self._ended)
        piece = self._ready[: len(buffer)]
        self._ready = self._ready[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)
