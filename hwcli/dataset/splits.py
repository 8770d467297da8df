"""Assigns lines to splits: by writer, else by form, and by line only where nothing more is known.

A split file decides if it names the writer, the form or the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.sources import decode
from hwcli.dataset.spool import NO_HASH, Lines, hash_of
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


@dataclass(frozen=True)
class Splits:
    """The split of each of some lines."""

    names: list[str]
    of_line: NDArray[np.int64]  # (lines,) numbers of names

    def __getitem__(self, line: int) -> str:
        return self.names[int(self.of_line[line])]

    def lines(self, name: str) -> NDArray[np.bool_]:
        """Return which lines are in a split."""
        return np.isin(self.of_line, [k for k, other in enumerate(self.names) if other == name])


def assign(lines: Lines, named: Mapping[str, set[str]], valid_fraction: float) -> Splits:
    """Return the split of each line.

    A line belongs to the split that names it, its form or its writer in `named` (see `parse_arguments`). A
    line from a dataset folder otherwise keeps its split. Other lines belong to train, or to `rest` if `named`
    has train. If `named` does not have valid, whole groups of these (writers, else forms) move from train to
    valid until it has `valid_fraction` of them. If all are by one writer, forms move instead, and if all are
    of one form, lines. Groups are taken in the order of the hashes of their names, so the choice does not
    depend on the order of the lines. HwError if no line is left for training.
    """
    default = REST if "train" in named else "train"
    before = [shared.split for shared in lines.spool.shared]
    names = sorted({"train", "valid", default, *named, *filter(None, before)})
    number = {name: k for k, name in enumerate(names)}
    shared = lines.column("shared")
    of_line = np.array([number[split or default] for split in before], np.int64)[shared]
    if named:
        hashes = {hash_of(id_): number[name] for name, ids in named.items() for id_ in ids}
        keys = np.array(sorted(hashes), np.uint64)
        values = np.array([hashes[key] for key in sorted(hashes)], np.int64)
        for column in (
            lines.column("group"),
            lines.column("form"),
            lines.ids_hashed(),
        ):  # the last one decides
            places = np.minimum(np.searchsorted(keys, column), len(keys) - 1)
            hit = keys[places] == column
            of_line[hit] = values[places[hit]]
    splits = Splits(names, of_line)
    train = splits.lines("train")
    if not train.any():
        raise HwError(
            "no line is left for training: --split names none for train, or all lines for other splits",
            "check the ids in the files",
        )
    if "valid" not in named and valid_fraction:
        new = np.array([split is None for split in before])[shared]
        loose = np.flatnonzero(train & new)
        of_line[loose[_held_back(lines.at(loose), valid_fraction)]] = number["valid"]
    return splits


def _held_back(lines: Lines, fraction: float) -> NDArray[np.bool_]:
    """Return which of `lines` to hold back: about this fraction, whole writers, else forms, else by line."""
    for level in (_by_group, _by_form, Lines.ids_hashed):
        groups, of_line, sizes = np.unique(level(lines), return_inverse=True, return_counts=True)
        if len(groups) > 1:
            return np.asarray(_groups(sizes, fraction * len(lines))[of_line])
    return np.zeros(len(lines), np.bool_)


def _by_group(lines: Lines) -> NDArray[np.uint64]:
    return lines.column("group")


def _by_form(lines: Lines) -> NDArray[np.uint64]:
    forms = lines.column("form")
    return np.where(forms == NO_HASH, lines.ids_hashed(), forms)


def _groups(sizes: NDArray[np.int64], wanted: float) -> NDArray[np.bool_]:
    """Return which groups, in the order of their hashes, to take.

    They have about `wanted` lines together; there is at least one, and never all of them.
    """
    held = np.zeros(len(sizes), np.bool_)
    count = 0
    for group, size in enumerate(sizes[:-1].tolist()):
        if count >= wanted:
            break
        if count + size <= MOST * wanted:  # not a writer of half the lines, where others are smaller
            held[group] = True
            count += size
    if not held.any():
        held[sizes.argmin()] = True
    return held
