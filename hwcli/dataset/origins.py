"""Who wrote the lines of a split, as far as the ink says, and who of them is in training as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwcli.dataset.splits import Splits
from hwcli.dataset.spool import HAS_WRITER, NO_HASH, Lines


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
    def of_splits(cls, lines: Lines, splits: Splits) -> dict[str, Origins]:
        """Return the origins of every split that has lines."""
        writer, form = lines.has(HAS_WRITER), lines.column("form") != NO_HASH
        # two writers may each have a form "1"
        writers = np.where(writer, lines.column("group"), NO_HASH)
        _, forms = np.unique(np.stack([writers, lines.column("form")]), axis=1, return_inverse=True)
        forms = forms.reshape(-1)
        train = splits.lines("train")
        origins = {}
        for name in sorted({splits.names[k] for k in np.unique(splits.of_line).tolist()}):
            mine = splits.lines(name)
            my_writers, my_forms = np.unique(writers[mine & writer]), np.unique(forms[mine & form])
            others = train & (name != "train")
            origins[name] = cls(
                int(mine.sum()),
                len(my_writers),
                len(np.unique(lines.column("form")[mine & form & ~writer])),
                int((mine & ~form & ~writer).sum()),
                len(my_forms),
                len(np.intersect1d(my_writers, writers[others & writer])),
                len(np.intersect1d(my_forms, forms[others & form])),
            )
        return origins

    @property
    def is_one_hand(self) -> bool:
        """Whether all lines are by one writer or, where the writers are unknown, of one form."""
        return self.writers + self.forms == 1 and not self.lines_alone

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
