"""What a model learned from: short hashes of its writers and forms, kept in the model file.

They tell whether the lines of a dataset are by writers that the model knows, without storing any name. A
line is known by its writer and by the form in its id, so a dataset that is grouped by form and one that is
grouped by writer recognise each other.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from hwcli.dataset.folder.lines import GROUP, NONE, WRITER
from hwcli.dataset.origins import count
from hwcli.dataset.store import Dataset
from hwcli.ink_io import formats

KEY = "learned_from"  # in the model file's `about`
BYTES = 6  # of a hash: among 100,000 groups, one in 10,000 models has two that look alike


@dataclass(frozen=True)
class LearnedFrom:
    """What a model learned from, as far as its file says."""

    hashes: frozenset[bytes] = frozenset()  # of writers, forms and, where neither is known, lines
    unhashed: tuple[str, ...] = ()  # names of data that it learned from as well, of which there are no hashes

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> LearnedFrom:
        """Read it from a model file's `about`; a file without hashes names its data at best."""
        try:
            stored = about[KEY]
            packed = base64.b64decode(stored["hashes"], validate=True)
            hashes = {packed[k : k + BYTES] for k in range(0, len(packed), BYTES)}
            return cls(frozenset(hashes), tuple(map(str, stored["unhashed"])))
        except (KeyError, TypeError, ValueError):
            data = about.get("data")
            return cls(unhashed=tuple(_names(data)) if isinstance(data, Mapping) else ())

    @classmethod
    def training(cls, dataset: Dataset, lines: Sequence[int], before: LearnedFrom | None) -> LearnedFrom:
        """Return what a run learns from: `lines`, and what the model that it starts from learned `before`."""
        before = before or cls()
        hashes = {digest for both in _hashes(dataset, lines) for digest in both}
        return cls(before.hashes | hashes, before.unhashed)

    def content(self) -> dict[str, Any]:
        """Return the value of KEY in `about`."""
        packed = base64.b64encode(b"".join(sorted(self.hashes))).decode("ascii")
        return {"hashes": packed, "unhashed": list(self.unhashed)}


@dataclass(frozen=True)
class Overlap:
    """How many of some lines are by writers or of forms that a model learned from."""

    lines: int
    known: int | None  # None if the model's file does not say
    may_be_known: bool = False  # the file does not say, but names the same data
    without_writer: int = 0  # lines whose writers the dataset does not know
    figure: str = "log-loss"  # what says little if they are known

    @classmethod
    def of(
        cls, about: Mapping[str, Any], dataset: Dataset, lines: Sequence[int], figure: str = "log-loss"
    ) -> Overlap:
        """Compare the lines of a dataset with what the model described by `about` learned from."""
        learned = LearnedFrom.of(about)
        known = 0
        if learned.hashes:
            known = sum(not learned.hashes.isdisjoint(both) for both in _hashes(dataset, lines))
        same = bool(learned.unhashed) and any(
            name in theirs for name in _said(dataset, lines) for theirs in learned.unhashed
        )
        sure = KEY in about and not learned.unhashed
        unknown = int(np.count_nonzero(dataset.lines.column(WRITER, lines) == NONE))
        return cls(len(lines), known if known or sure else None, same, unknown, figure)

    @property
    def warning(self) -> str | None:
        """What is to be known beside the figure, or None."""
        if self.known:
            return (
                f"the model learned from writers or forms of {self.known:,} of these "
                f"{count(self.lines, 'line')}: the {self.figure} says little about new writers"
            )
        if self.may_be_known:
            return (
                "the model may have learned from these lines, or from their writers: its file only says "
                "that it learned from the same data"
            )
        return None

    @property
    def note(self) -> str | None:
        """What is not known, in words, or None."""
        if self.known is None or self.known or not self.without_writer:
            return None
        return (
            "the model learned neither from these lines nor from their forms; "
            f"whether it learned from their writers is unknown for {count(self.without_writer, 'line')}"
        )


def _hashes(dataset: Dataset, lines: Sequence[int]) -> Iterator[tuple[bytes, ...]]:
    """Yield the hashes of the group of each of `lines`, and of the form that its id names."""
    # not by the form of a known writer: two writers may each have a form "1"
    groups = dataset.lines.column(GROUP, lines).tolist()
    of_name = cache(lambda number: _hash(dataset.lines.name(number)))
    form, of_form = "", b""  # lines of a form follow each other
    for group, line_id in zip(groups, dataset.lines.ids(lines), strict=True):
        hashed = _hash(line_id) if group == NONE else of_name(group)
        found = formats.form_of(line_id)
        if found is None:
            yield (hashed,)
            continue
        if found != form:
            form, of_form = found, _hash(found)
        yield hashed, of_form


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:BYTES]


def _said(dataset: Dataset, lines: Sequence[int]) -> set[str]:
    """Return the names of the data, and of the databases that have lines with such ids."""
    databases = {formats.database_of(line_id) for line_id in dataset.lines.ids(lines)}
    return {*_names(dataset.source), *(name for name in databases if name is not None)}


def _names(data: Mapping[str, Any]) -> list[str]:
    """Return what is said of the name of some data: its title, and the sources that were read."""
    names = data.get("names")
    return [str(n) for n in ([data.get("title")] + (names if isinstance(names, list) else [])) if n]
