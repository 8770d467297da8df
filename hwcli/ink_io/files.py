"""Reading and writing ink files in one call, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hwcli.atomic import write_atomically
from hwcli.errors import HwError
from hwcli.hw_warning import warn
from hwcli.ink_io import writers
from hwcli.ink_io.formats import read_stream
from renderers.ink import Ink


def read_inks(source: str | Path, format: str | None = None) -> list[Ink]:
    """Return every ink in a file, or on stdin for "-"; the format is detected by default.

    Raises HwError if the file cannot be read or has no ink.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = write_ink([Ink(strokes=([(0, 0), (3, 4)],), id=name) for name in "ab"], f"{folder}/ink")
    ...     [ink.id for ink in read_inks(path)]
    ['a', 'b']
    """
    return list(each_ink(str(source), format=format))


def each_ink(
    source: str, tell: Callable[[int], None] | None = None, format: str | None = None
) -> Iterator[Ink]:
    """Yield what `read_inks` returns for `source` as it is read; `tell` is that of `formats.read_file`."""
    ink = None
    for ink in read_stream(source, format, tell):
        yield ink
    if ink is None:
        name = "stdin" if source == "-" else source
        raise HwError(
            f"{name} contains no ink", "name a file of ink, or pipe in some ink: hw sample | hw render"
        )


def read_ink(source: str | Path, format: str | None = None) -> Ink:
    """Return the first ink in a file, or on stdin for "-"; see `read_inks`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     read_ink(write_ink(Ink(strokes=([(0, 0), (3, 4)],), text="hi"), f"{folder}/hi.ndjson"))
    <Ink 1 stroke, 2 points, text='hi'>

    Warns (HwWarning) if there are others.
    """
    ink, *others = read_inks(source, format)
    if others:
        warn(f"{source}: the first of {1 + len(others):,} inks is used", is_note=True)
    return ink


def write_ink(
    inks: Ink | Iterable[Ink], path: str | Path, prediction: bool = True, format: str | None = None
) -> Path:
    """Write ink to a file, in full or (if that fails) not at all; return the path.

    The format is one of `writers.WRITERS`, by default that of the suffix of `path`, or hw ink NDJSON.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_ink(Ink(strokes=([(0, 0), (3, 4)],)), f"{folder}/ink.ndjson").name
    'ink.ndjson'
    """
    several = [inks] if isinstance(inks, Ink) else inks
    name = format or writers.by_suffix(Path(path).suffix) or writers.DEFAULT
    write_atomically(Path(path), writers.dump(several, name, prediction))
    return Path(path)
