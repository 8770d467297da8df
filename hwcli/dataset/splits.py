"""Assigns lines to splits: by writer, else by form, and by line only where nothing more is known.

A split file decides if it names the writer, the form or the line.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from hwcli.dataset.packing import Line
from hwcli.dataset.sources import decode
from hwcli.errors import HwError, UsageError
from hwcli.ink_io import limit

REST = "rest"  # lines that no split file names, if one of the files is for train
MOST = 2  # times its share of lines that validation may take, if whole writers or forms allow it


def parse_arguments(arguments: Iterable[str]) -> dict[str, set[str]]:
    """Return the ids in the files of `NAME=FILE` arguments by name; several files of one name add up.

    Raises UsageError if an argument is malformed or two names share an id, HwError if a file cannot be read
    or is empty.
    """
    named: dict[str, set[str]] = {}
    for argument in arguments:
        name, equals, file = argument.partition("=")
        if not equals or not name.isidentifier() or not file:
            raise UsageError(
                f"--split {argument}: expected NAME=FILE", "for example --split valid=testset_t.txt"
            )
        words = decode(limit.read_file(file)).split()
        if not words:
            raise HwError(f"--split {name}: {file} is empty", "list writers, forms or lines, one id per line")
        named.setdefault(name, set()).update(words)
    seen: dict[str, str] = {}
    for name, ids in named.items():
        for id_ in ids:
            if seen.setdefault(id_, name) != name:
                raise UsageError(f"--split: {id_} is in both {seen[id_]} and {name}")
    return named


def assign(lines: Sequence[Line], named: Mapping[str, set[str]], valid_fraction: float) -> dict[str, str]:
    """Return the split of each line, by its id.

    A line belongs to the split that names it, its form or its writer in `named` (see `parse_arguments`). A
    line from a dataset folder otherwise keeps its split. Other lines belong to train, or to `rest` if `named`
    has train. If `named` does not have valid, whole groups of these (writers, else forms) move from train to
    valid until it has `valid_fraction` of them. If all are by one writer, forms move instead, and if all are
    of one form, lines. Groups are taken in the order of the hashes of their names, so the choice does not
    depend on the order of the lines. HwError if no line is left for training.
    """
    by_id = {id_: name for name, ids in named.items() for id_ in ids}
    default = REST if "train" in named else "train"
    splits = {}
    for line in lines:
        names = (by_id[key] for key in (line.id, line.form, line.group) if key in by_id)
        splits[line.id] = next(names, line.split or default)
    train = [line for line in lines if splits[line.id] == "train"]
    if not train:
        raise HwError(
            "no line is left for training: --split names none for train, or all lines for other splits",
            "check the ids in the files",
        )
    if "valid" not in named and valid_fraction:
        held = _held_back([line for line in train if line.split is None], valid_fraction)
        splits |= {line.id: "valid" for line in train if line.id in held}
    return splits


def _held_back(lines: Sequence[Line], fraction: float) -> set[str]:
    """Return the ids of about this fraction of `lines`, in whole writers, else forms, else by line."""
    levels: tuple[Callable[[Line], str], ...] = (
        lambda line: line.group,
        lambda line: line.form or line.id,
        lambda line: line.id,
    )
    for level in levels:
        sizes = Counter(map(level, lines))
        if len(sizes) > 1:
            groups = _groups(sizes, fraction * len(lines))
            return {line.id for line in lines if level(line) in groups}
    return set()


def _groups(sizes: Counter[str], wanted: float) -> set[str]:
    """Return groups that have about `wanted` lines together; at least one, and never all of them."""
    order = sorted(sizes, key=lambda group: hashlib.sha256(group.encode()).digest())
    held: set[str] = set()
    count = 0
    for group in order[:-1]:
        if count >= wanted:
            break
        if count + sizes[group] <= MOST * wanted:  # not a writer of half the lines, where others are smaller
            held.add(group)
            count += sizes[group]
    return held or {min(order, key=sizes.__getitem__)}
