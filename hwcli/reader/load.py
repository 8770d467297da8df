"""Loading a reader: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.model.file import READER
from hwcli.model.find import find
from hwcli.model.reader_file import ReaderFile, read
from hwcli.reader.reader import Reader


def load_reader(name: str | Path = "default") -> Reader:
    """Load the bundled reader called `name`, or the reader in the file or run folder `name`.

    >>> load_reader()  # doctest: +ELLIPSIS
    <Reader unipen-reader: ...>

    "default" is the bundled reader. Raises HwError if the reader is not found, is a model that writes, or its
    file is damaged, of another format or another version.
    """
    return Reader(*read_reader(name))


def read_reader(name: str | Path) -> tuple[ReaderFile, str]:
    """Return the file of the reader called `name`, and the name to show; see `load_reader`."""
    found = find(name, READER)
    return read(found.path), found.name
