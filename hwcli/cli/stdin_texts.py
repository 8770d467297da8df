"""Texts from stdin, one per line, as soon as they arrive."""

from __future__ import annotations

import io
import select
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from hwcli.cli.given_text import GivenText
from hwcli.errors import os_error
from hwcli.ink_io import limit
from hwcli.text_encoding import ToUtf8

CHUNK = 1 << 16  # bytes read at once, at most


class StdinTexts(Iterator[GivenText]):
    """The lines of the buffered `stream` that are not blank. Raises HwError if it cannot be read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._to_utf8 = ToUtf8()
        self._found: deque[GivenText] = deque()
        self._part: list[bytes] = []  # the beginning of a line whose end has not arrived
        self._waiting = 0  # its bytes
        self._lines = 0
        self._ended = False

    def __next__(self) -> GivenText:
        while not self._found and not self._ended:
            self._receive()
        if not self._found:
            raise StopIteration
        return self._found.popleft()

    def is_ready(self) -> bool:
        """Return whether the next text, or the end of the stream, is there already."""
        while not self._found and not self._ended and _has_input(self._stream):
            self._receive()
        return bool(self._found) or self._ended

    def _receive(self) -> None:
        """Take in what has arrived; wait for something if nothing has."""
        try:
            data: bytes = self._stream.read1(CHUNK)  # type: ignore[attr-defined]  # of buffered readers
        except OSError as error:
            raise os_error(error, "read stdin") from None
        arrived = self._to_utf8.feed(data, last=not data)
        self._part.append(arrived)
        self._waiting += len(arrived)
        limit.check(limit.PER_BYTE * self._waiting, f"stdin, line {self._lines + 1}")
        if data and b"\n" not in arrived:
            return
        *lines, rest = b"".join(self._part).split(b"\n")
        self._part, self._waiting, self._ended = [rest], len(rest), not data
        for line in [*lines, rest] if self._ended else lines:
            self._lines += 1
            given = GivenText.decode(line, f"stdin, line {self._lines}")
            if given.error or given.text.strip():
                self._found.append(replace(given, text=given.text.strip()))


def _has_input(stream: BinaryIO) -> bool:
    """Return whether reading from `stream` would not wait."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except io.UnsupportedOperation:  # no file, but bytes in memory
        return True
    except OSError:  # a system that can only tell for sockets
        return False
