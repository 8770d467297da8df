"""A format of the mutation run: how to make something valid of it, and what reads it.

To add a format, write a function that makes something valid in an empty folder and returns its path, and a
function that reads such a path, and add a row to FORMATS of ink_formats.py or of a module like it, which
mutation_run.py then imports. Any file below the folder may be damaged. A reader may raise what `hw` shows as
one line about the input; anything else is a fault. Then:

    python tests/mutations/mutation_run.py NAME --count 10000 --seed 1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mutators import Mutator


@dataclass(frozen=True)
class Format:
    """One row."""

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    # unpack, pack: half of the damage is done to what is packed, so that it passes a checksum
    under: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]] | None = None
    own: tuple[Mutator, ...] = ()  # for what a format has and no other does
