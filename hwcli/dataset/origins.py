"""Who wrote the lines of a split, as far as the ink says, and who of them is in training as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hwcli.dataset.packing import Line


@dataclass(frozen=True)
class Origins:
    """How many lines a split has, and what is known about who wrote them."""

    lines: int
    writers: int  # known ones
    forms: int  # whose writers are unknown
    lines_alone: int  # lines of which neither writer nor form is known
    forms_in_all: int  # also by known writers
    writers_in_training: int = 0  # of `writers`, those who also have lines in train
    forms_in_training: int = 0  # forms, also by known writers, that also have lines in train

    @classmethod
    def of_splits(cls, lines: Sequence[Line], split_of: Mapping[str, str]) -> dict[str, Origins]:
        """Return the origins of every split that has lines."""
        by_split: dict[str, list[Line]] = {}
        for line in lines:
            by_split.setdefault(split_of[line.id], []).append(line)
        writers, forms = _known(by_split["train"])
        origins = {}
        for name, mine in sorted(by_split.items()):
            my_writers, my_forms = _known(mine)
            origins[name] = cls(
                len(mine),
                len(my_writers),
                len({line.form for line in mine if line.form and not line.writer}),
                sum(not line.form and not line.writer for line in mine),
                len(my_forms),
                len(my_writers & writers) if name != "train" else 0,
                len(my_forms & forms) if name != "train" else 0,
            )
        return origins

    def __str__(self) -> str:
        """Return the number of lines, and of their writers and forms, in words."""
        parts = [
            f"by {count(self.writers, 'writer')}" if self.writers else "",
            f"of {count(self.forms, 'form')}" if self.forms else "",
        ]
        return " ".join([count(self.lines, "line"), " and ".join(filter(None, parts))]).strip()


def count(n: int, what: str) -> str:
    """Return `n` things in words.

    >>> count(1, "line"), count(10_193, "line")
    ('1 line', '10,193 lines')
    """
    return f"{n:,} {what}{'s' * (n != 1)}"


def _known(lines: Sequence[Line]) -> tuple[set[str], set[tuple[str | None, str]]]:
    """Return the known writers of lines, and their known forms; two writers may each have a form "1"."""
    return {x.writer for x in lines if x.writer}, {(x.writer, x.form) for x in lines if x.form}
