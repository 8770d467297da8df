"""Assigns lines to splits: whole forms or writers, never single lines, unless a file names them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from hwcli.dataset.sources import decode
from hwcli.errors import UsageError, os_error

REST = "rest"  # lines that no split file names, if one of the files is for train


def parse_arguments(arguments: Iterable[str]) -> dict[str, set[str]]:
    """Return the ids in the files of `NAME=FILE` arguments by name; several files of one name add up.

    Raises UsageError if an argument is malformed or two names share an id, HwError for an unreadable file.
    """
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
    """Return the split of each line, given its group (form or writer).

    A line belongs to the split that names it or its group in `named` (see `parse_arguments`). Other lines
    belong to train, or to `rest` if `named` has train. If `named` does not have valid, whole groups move from
    train to valid until it has `valid_fraction` of the lines. They are taken in the order of the hashes of
    their names, so the choice does not depend on the order of the lines.
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
    for group in order[:-1]:  # train keeps at least one group
        if held >= wanted:
            break
        held_back.add(group)
        held += sizes[group]
    for line, group in groups.items():
        if splits[line] == "train" and group in held_back:
            splits[line] = "valid"
    return splits
