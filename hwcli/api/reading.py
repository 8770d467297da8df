"""Reading ink, for Python: what it says, and where that is not its text."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader, Reading
from hwcli.sampling.drafting.read_back import read_back_lines
from renderers.ink import Fault, Ink


def read(ink: Ink, reader: Reader | str | Path = "default") -> Reading:
    """Read `ink` of one or several lines, in any units: its text, and how sure that is.

    `reader` is loaded, or the name, model file or run folder of one. The reading has the `text`, with a line
    feed between lines, the `confidence` from 0 to 1, and for each point the position of its character in the
    text (-1: none), `characters`, (points,).

    >>> from hwcli import load_model
    >>> ink = load_model(kind="synthesis").sample(seed=3, bias=1, text="hello")
    >>> read(ink).text
    'hello'

    Raises HwError for ink that is not handwriting, and for a reader that cannot be loaded.
    """
    _check(ink)
    return _loaded(reader).read_lines(ink)


def proofread(
    ink: Ink, text: str | None = None, reader: Reader | str | Path = "default"
) -> tuple[Fault, ...]:
    """Return the characters of `text` (default: the ink's own) that `ink` does not show, in their order.

    A fault has the `place` of its `character` in the text and what it `reads_as`. docs/text.md has the rules.

    >>> from hwcli import load_model
    >>> ink = load_model(kind="synthesis").sample(seed=3, bias=1, text="hello")
    >>> proofread(ink), [str(fault) for fault in proofread(ink, "hallo")]
    ((), ["'a' at position 2 reads as 'e'"])

    Raises HwError as `read` does, and if there is no text.
    """
    _check(ink)
    expected = (text or ink.text or "").strip()
    if not expected:
        raise HwError("this ink cannot be proofread: it has no text", "name the text that it should say")
    return tuple(read_back_lines(_loaded(reader), ink, expected).faults)


def _check(ink: object) -> None:
    if isinstance(ink, str | Path):
        raise TypeError(f"ink is read from a file first: hw.read_ink({str(ink)!r})")


def _loaded(reader: Reader | str | Path) -> Reader:
    return reader if isinstance(reader, Reader) else _by_name(reader)


@lru_cache(2)
def _by_name(name: str | Path) -> Reader:
    return load_reader(name)
