"""Loading a reader: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.model.file import READER
from hwcli.model.find import find
from hwcli.model.reader_file import ReaderFile, read


def load_reader(name: str | Path = "default") -> tuple[ReaderFile, str]:
    """Load the bundled reader called `name`, or the one in the file or run folder `name`; with its name.

    "default" is the bundled reader. Raises HwError if the reader is not found, is a model that writes, or its
    file is damaged, of another format or another version.
    """
    found = find(name, READER)
    return read(found.path), found.name
