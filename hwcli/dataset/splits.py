"""Which line is learned from and which is held back: whole forms or writers, never single lines."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from hwcli.dataset.transcripts import decode
from hwcli.errors import UsageError, os_error

REST = "rest"  # lines that no split file names, where one of them is called train


def parse_arguments(arguments: Iterable[str]) -> dict[str, set[str]]:
    """`NAME=FILE` arguments as name → ids; a name that comes several times gathers all its files."""
    named: dict[str, set[str]] = {}
    for argument in arguments:
        name, equals, file = argument.partition("=")
        if not equals or not name.isidentifier() or not file:
            raise UsageError(
                f"--split {argument}: expected NAME=FILE", "for example --split valid=testset_v.txt"
            )
        try:
            words = decode(Path(file).read_bytes()).split()
        except OSError as error:
            raise os_error(error, f"read {file}") from None
        named.setdefault(name, set()).update(words)
    seen: dict[str, str] = {}
    for name, ids in named.items():
        for id_ in ids:
            if seen.setdefault(id_, name) != name:
                raise UsageError(f"--split: {id_} is in both {seen[id_]} and {name}")
    return named


def assign(groups: Mapping[str, str], named: Mapping[str, set[str]], valid_fraction: float) -> dict[str, str]:
    """Line id → split. `groups` gives every line's group (form or writer).

    A line belongs to the split that names it or its group. What nobody names is for training, or set aside as
    `rest` where a file says what train is. Where no file says what valid is, whole groups are taken out of
    train until `valid_fraction` of its lines are there: chosen by the hash of their name, so that the choice
    depends neither on the order nor on the other groups.
    """
    by_id = {id_: name for name, ids in named.items() for id_ in ids}
    default = REST if "train" in named else "train"
    splits = {line: by_id.get(line) or by_id.get(group) or default for line, group in groups.items()}
    if "valid" in named or not valid_fraction:
        return splits
    sizes = Counter(groups[line] for line, split in splits.items() if split == "train")
    order = sorted(sizes, key=lambda group: hashlib.sha256(group.encode()).digest())
    wanted, held = valid_fraction * sizes.total(), 0
    held_back: set[str] = set()
    for group in order[:-1]:  # one group at least is left to learn from
        if held >= wanted:
            break
        held_back.add(group)
        held += sizes[group]
    for line, group in groups.items():
        if splits[line] == "train" and group in held_back:
            splits[line] = "valid"
    return splits
