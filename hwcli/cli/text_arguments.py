"""The texts given by `--text`: verbatim, from a file (`@FILE`), or one per line of stdin (`-`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hwcli.errors import HwError, UsageError, os_error


def read_texts(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the texts of `arguments`: a whole file for `@FILE`, each line of stdin for `-`, others verbatim.

    Lines of stdin are yielded as they arrive; blank ones are skipped.

    Raises HwError for a file that cannot be read, text that is not UTF-8, and no text at all; UsageError if
    `-` is given twice.
    """
    if list(arguments).count("-") > 1:
        raise UsageError("--text - can only be given once: there is only one stdin")
    found = False
    for argument in arguments:
        for text in _texts(argument):
            found = True
            yield text
    if not found:
        raise HwError(
            "no text to write", "stdin is empty" if "-" in arguments else "pass text with --text TEXT"
        )


def _texts(argument: str) -> Iterator[str]:
    if argument == "-":
        if sys.stdin is None:
            raise HwError("stdin is closed: no text to read", "pipe in some text, or use --text TEXT")
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
            raise HwError(f"{path} contains no text")
        yield text
    else:
        yield argument


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise HwError(f"{name}: not UTF-8 ({error})", "save the text as UTF-8") from None
