"""The texts given by `--text`: verbatim, from a file (`@FILE`), or one per line of stdin (`-`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hwcli import console
from hwcli.cli.given_text import GivenText
from hwcli.cli.stdin_texts import StdinTexts
from hwcli.errors import HwError, UsageError
from hwcli.text_encoding import plain_lines


class TextArguments(Iterator[GivenText]):
    """The texts of `arguments`: a whole file for `@FILE`, each line of stdin for `-`, others verbatim.

    Lines of stdin are returned as they arrive; blank ones are skipped. A text that cannot be read has an
    `error`. Raises UsageError if `-` is given twice, and HwError if stdin cannot be read and, at the end, if
    there was no text.
    """

    in_one_hand = False

    def __init__(self, arguments: Sequence[str]) -> None:
        if list(arguments).count("-") > 1:
            raise UsageError("--text - can only be given once: there is only one stdin")
        self._arguments = arguments
        has_stdin = "-" in arguments and sys.stdin is not None
        self._stdin = StdinTexts(sys.stdin.buffer) if has_stdin else None
        self._texts: Iterator[GivenText] = self._all()

    @property
    def is_single(self) -> bool:
        """Whether there can only be one text."""
        return len(self._arguments) == 1 and "-" not in self._arguments

    @property
    def is_typed(self) -> bool:
        """Whether some are typed at a terminal."""
        return self._stdin is not None and sys.stdin.isatty()

    def __next__(self) -> GivenText:
        return next(self._texts)

    def is_ready(self) -> bool:
        """Return whether the next text, or the end, is there without waiting for stdin."""
        return self._stdin is None or self._stdin.is_ready()

    def all_texts(self) -> list[str] | None:
        """Return all texts that are to be written, without taking them; None if some come from stdin."""
        if "-" in self._arguments:
            return None
        found = list(self._texts)
        self._texts = iter(found)
        return [given.text for given in found if given.is_to_write]

    def _all(self) -> Iterator[GivenText]:
        found = False
        for number, argument in enumerate(self._arguments, 1):
            for text in self._of(argument, "" if self.is_single else f"--text {number}"):
                found = True
                yield text
        if not found:
            piped = "-" in self._arguments
            raise HwError("no text to write", "stdin is empty" if piped else "pass text with --text TEXT")

    def _of(self, argument: str, origin: str) -> Iterator[GivenText]:
        if argument == "-":
            yield from self._lines()
        elif argument.startswith("@"):
            yield GivenText.read(Path(argument[1:]))
        else:
            if _is_file(argument):
                console.warn(
                    f"--text {argument} writes this name; the text in the file is --text @{argument}"
                )
            yield GivenText(plain_lines(argument), origin)

    def _lines(self) -> Iterator[GivenText]:
        if self._stdin is None:
            raise HwError("stdin is closed: no text to read", "pipe in some text, or use --text TEXT")
        if self.is_typed:
            console.note("reading texts from the terminal, one per line; end with Ctrl-D")
        yield from self._stdin


def _is_file(text: str) -> bool:
    """Return whether a text that looks like the name of a file is one, as after a forgotten @."""
    try:
        return "." in text and not any(map(str.isspace, text)) and Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or a null character
        return False
