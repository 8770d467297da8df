"""Texts as the command line gives them: as they stand, from files, and line by line from stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hwcli.errors import HwError, UsageError, os_error


def read_texts(arguments: Sequence[str]) -> Iterator[str]:
    """The texts that `arguments` name: `-` is every line of stdin, `@FILE` a whole file, the rest themselves.

    Lines of stdin are read as they come; empty ones are passed over. HwError for a file that cannot be read,
    for what is not UTF-8, and where there is no text at all; UsageError where stdin is named twice.
    """
    if list(arguments).count("-") > 1:
        raise UsageError("--text - twice: there is one stdin")
    found = False
    for argument in arguments:
        for text in _texts(argument):
            found = True
            yield text
    if not found:
        raise HwError(
            "there is no text to write", "stdin was empty" if "-" in arguments else "give it a word"
        )


def _texts(argument: str) -> Iterator[str]:
    if argument == "-":
        if sys.stdin is None:
            raise HwError(
                "stdin is closed: there is no text to read", "pipe some in, or give it: --text TEXT"
            )
        for line in sys.stdin.buffer:
            if text := _decoded(line, "stdin").strip():
                yield text
    elif argument.startswith("@"):
        path = Path(argument[1:])
        try:
            text = _decoded(path.read_bytes(), str(path))
        except OSError as error:
            raise os_error(error, f"read the text {path}") from None
        if not text.strip():
            raise HwError(f"{path}: there is no text in it")
        yield text
    else:
        yield argument


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise HwError(f"{name}: not UTF-8 ({error})", "save the text as UTF-8") from None
