"""Telling a network which source a line is from: one column per source in each row, 1 in the line's own.

Databases differ in more than hands: in device, task and care. A network that is told the source of most lines
learns these apart, and can be asked for one of them when it writes. Where it is told none, all columns are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.folder.lines import SOURCE
from hwcli.dataset.store import Dataset

UNTOLD = 0.15  # share of an epoch's lines whose source is not told, so that the network can do without
NONE = -1
SEED = (2, 0)  # added to an epoch's, whose other generators add one number or none


@dataclass(frozen=True)
class ToldSources:
    """The sources that a network knows, and which of them each line of a dataset is from."""

    names: tuple[str, ...]
    of_line: NDArray[np.int64]  # (lines,) numbers of `names`, or NONE

    @classmethod
    def of(cls, dataset: Dataset, names: Sequence[str]) -> ToldSources:
        """Return the sources `names` for the lines of `dataset`; those of other sources have none."""
        number = {name: place for place, name in enumerate(names)}
        by_source = np.array([number.get(one.name, NONE) for one in dataset.sources], np.int64)
        return cls(tuple(names), by_source[dataset.lines.about[:, SOURCE]])

    def in_epoch(self, *seed: int) -> ToldSources:
        """Return the same with UNTOLD of the lines untold; `seed` decides which."""
        untold = np.random.default_rng([*seed, *SEED]).random(len(self.of_line)) < UNTOLD
        return ToldSources(self.names, np.where(untold, NONE, self.of_line))
