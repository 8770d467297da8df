"""A text to write that knows where it was given."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from hwcli.errors import HwError, UsageError
from hwcli.ink_io import limit
from hwcli.text_encoding import plain_lines, utf8


def of_command_line(text: str, flag: str) -> str:
    r"""Return a text given by `flag`, as UTF-8, whatever the locale is; UsageError if it is not that.

    Where the locale is C, Python keeps the bytes of other characters as halves of surrogate pairs.

    >>> of_command_line("Zo\udcc3\udcab", "--text")
    'Zoë'
    """
    if text.isascii() or is_utf8(text):
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        column = len(data[: error.start].decode()) + 1
        raise UsageError(
            f"{flag} is not valid UTF-8 (column {column})", "use a terminal whose characters are UTF-8"
        ) from None


def is_utf8(text: str) -> bool:
    """Return whether `text` can be written in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class GivenText:
    """A text, and where it was given: `stdin, line 3`, the name of a file, or `--text 2` of several.

    `origin` is empty for the only text of a command line. `error` is why a text cannot be read or written,
    with the origin in its message. `file` is the file that it is for, if each text has one, and `is_done` is
    whether that exists.
    """

    text: str
    origin: str = ""
    error: HwError | None = None
    file: Path | None = None
    is_done: bool = False

    @property
    def is_to_write(self) -> bool:
        """Whether the text is neither done nor in error."""
        return self.error is None and not self.is_done

    @classmethod
    def decode(cls, data: bytes, origin: str) -> GivenText:
        """Return a text in UTF-8, without its byte-order mark."""
        try:
            return cls(plain_lines(data.decode("utf-8-sig")), origin)
        except UnicodeDecodeError as error:
            return cls("", origin).failing(HwError(f"not UTF-8 ({error})", "save the text as UTF-8"))

    @classmethod
    def read(cls, path: Path) -> GivenText:
        """Return the text of a file, which must not be blank, in UTF-8 or UTF-16 with its mark."""
        try:
            given = cls.decode(utf8(limit.read_file(path, doing="read the text")), str(path))
        except HwError as error:
            return cls("", error=error)
        if given.error is None and not given.text.strip():
            return replace(given, error=HwError(f"{path} contains no text"))
        return given

    @classmethod
    def of_source(cls, source: str, flag: str) -> GivenText:
        """Return the text of a file as `read` does, or of stdin for "-"; `flag` is how a file is named."""
        if source != "-":
            return cls.read(Path(source))
        if sys.stdin is None:
            return cls("", error=HwError("stdin is closed: there is nothing to read", f"use {flag} FILE"))
        return cls.decode(utf8(limit.read(sys.stdin.buffer, "stdin")), "stdin")

    def named(self, message: str) -> str:
        """Return `message` with the origin before it."""
        return f"{self.origin}: {message}" if self.origin else message

    def failing(self, error: HwError) -> GivenText:
        """Return the text with an `error`, whose message gets the origin."""
        return replace(self, error=type(error)(self.named(error.message), error.hint))
