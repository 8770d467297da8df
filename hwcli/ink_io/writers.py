"""The formats in which hw writes ink. `WRITERS` is the registry of them.

A new one is a row here and a module with `dump(inks, prediction)`, which yields the bytes of a file. The
names are those of `formats.FORMATS`: what is written can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from renderers.ink import Ink

DEFAULT = "ndjson"


@dataclass(frozen=True)
class Writer:
    """A row of the registry."""

    module: str
    suffixes: tuple[str, ...]
    binary: bool = False


WRITERS = {
    "ndjson": Writer("hwcli.ink_io.ndjson", (".ndjson", ".jsonl")),
    "inkml": Writer("hwcli.ink_io.markup.inkml_writer", (".inkml",)),
    "npz": Writer("hwcli.ink_io.arrays.npz", (".npz",), binary=True),
    "npy": Writer("hwcli.ink_io.arrays.npy", (".npy",), binary=True),
}


def by_suffix(suffix: str) -> str | None:
    """Return the name of the format that files with this `suffix` have, None if it is not one of ink."""
    return next((name for name, one in WRITERS.items() if suffix.lower() in one.suffixes), None)


def dump(inks: Iterable[Ink], name: str = DEFAULT, prediction: bool = True) -> Iterator[bytes]:
    """Yield the bytes of a file with `inks` in the format `name`, with their predictions if it keeps any."""
    module = import_module(WRITERS[name].module)
    if name == DEFAULT:
        yield from (module.dump(ink, prediction) for ink in inks)
    else:
        yield from cast(Iterator[bytes], module.dump(inks, prediction))
