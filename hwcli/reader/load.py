"""Loading a reader: bundled, by its name, or from a model file or run folder, by its path."""

from __future__ import annotations

from pathlib import Path

from hwcli.errors import HwError
from hwcli.model import reader_file
from hwcli.model.container import BEST, LAST
from hwcli.reader.reader import Reader
from hwcli.weights import bundled


def load_reader(name: str | Path = "default") -> Reader:
    """Load the bundled reader called `name`, or the reader in the file or run folder `name`.

    >>> load_reader()  # doctest: +ELLIPSIS
    <Reader unipen-reader: ...>

    Raises HwError if it is not found, damaged, or a model that writes.
    """
    if isinstance(name, str) and (path := bundled.path_of(name, "reader")) is not None:
        return Reader(reader_file.read(path), path.stem)
    path = Path(name)
    if path.is_dir():
        found = next((path / file for file in (BEST, LAST) if (path / file).is_file()), None)
        if found is None:
            raise HwError(f"{path} has neither {BEST} nor {LAST}", "name a run folder or a model file")
        return Reader(reader_file.read(found), path.absolute().name)
    if not path.exists() and path.suffix == "":
        raise HwError(
            f"reader {str(name)!r} not found (no bundled reader, file or run folder of that name)",
            "see hw models",
        )
    named = path.absolute().parent.name if path.name in (BEST, LAST) else path.stem
    return Reader(reader_file.read(path), named)
