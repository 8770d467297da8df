"""Files as their readers need them: unpacked if they are gzip files, and text in UTF-8."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from hwcli.errors import HwError
from hwcli.ink_io import limit
from hwcli.text_encoding import utf8, utf8_stream

# an XML declaration that can be read byte by byte does not say the truth about UTF-16
_XML_ENCODING = re.compile(rb"""(<\?xml[^>]{,100}?encoding\s*=\s*["'])utf-?16\w*""", re.I)
GZIP = b"\x1f\x8b\x08"


def plain_head(head: bytes, most: int) -> bytes:
    """Return the first bytes, at most `most`, of what a file that begins with `head` holds."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, most)
        except zlib.error:
            return head
    return utf8(head[:most])


def plain(data: bytes, name: str) -> bytes:
    """Return what a file's `data` hold; HwError if they cannot be unpacked, or are larger than allowed."""
    if data.startswith(GZIP):
        with reading(name):
            data = limit.read(_unzipped(io.BytesIO(data)), name)
    text = utf8(data)
    return _XML_ENCODING.sub(rb"\1utf-8", text, count=1) if _XML_ENCODING.match(text) else text


def plain_stream(stream: BinaryIO) -> BinaryIO:
    """Return a stream of what the file that `stream` reads holds; see `reading` for its errors."""
    if not isinstance(stream, io.BufferedReader):  # bytes in memory
        stream = io.BufferedReader(cast(io.RawIOBase, stream))
    packed = stream.peek(len(GZIP)).startswith(GZIP)
    return utf8_stream(_unzipped(stream) if packed else stream)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn the errors of a damaged gzip file into an HwError."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise HwError(f"{name}: damaged gzip file ({error})") from None


def _unzipped(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
