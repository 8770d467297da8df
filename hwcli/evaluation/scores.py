"""Scores of whole lines, and which lines of a dataset to score.

hwcli.protocols says what is measured, hwcli.evaluation.scoring measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.dataset.line_texts import LineTexts, with_text
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.hw_warning import warn


@dataclass(frozen=True)
class Evaluation:
    """The result of the protocol for a set of lines."""

    nats_per_sequence: float
    nats_per_point: float
    sse_per_point: float  # squared distance from the mixture's mean, in normalised units
    lines: int
    points: int

    @classmethod
    def of(cls, nats: float, sse: float, lines: int, points: int) -> Evaluation:
        """Average sums over all points of all lines."""
        return cls(nats / max(lines, 1), nats / max(points, 1), sse / max(points, 1), lines, points)

    @classmethod
    def total(cls, parts: Iterable[Evaluation]) -> Evaluation:
        """Return the result for the lines of all `parts`."""
        parts = list(parts)
        return cls.of(
            sum(part.nats_per_sequence * part.lines for part in parts),
            sum(part.sse_per_point * part.points for part in parts),
            sum(part.lines for part in parts),
            sum(part.points for part in parts),
        )


@dataclass(frozen=True)
class LineScores:
    """The scores of single lines, each (lines,)."""

    nats: NDArray[np.float64]
    squared_errors: NDArray[np.float64]  # summed over the line's points, in normalised units
    points: NDArray[np.int64]

    @classmethod
    def zeros(cls, points: NDArray[np.int64]) -> LineScores:
        """Return scores to be filled in, for lines of this many points."""
        return cls(np.zeros(len(points)), np.zeros(len(points)), points)

    def at(self, places: Sequence[int]) -> LineScores:
        """Return the scores of the lines at these places."""
        where = list(places)
        return LineScores(self.nats[where], self.squared_errors[where], self.points[where])

    def mean(self) -> Evaluation:
        """Return the means over all lines."""
        nats, squares, points = self.nats.sum(), self.squared_errors.sum(), int(self.points.sum())
        return Evaluation.of(float(nats), float(squares), len(self.points), points)


def lines_to_score(
    dataset: Dataset, split: str, alphabet: Alphabet | None
) -> tuple[list[int], LineTexts | None]:
    """Return the lines of `split`; with an `alphabet` those with text, and their texts. HwError if none."""
    lines = dataset.split(split)
    if not lines:
        raise HwError(
            f"{dataset.path} has no lines in split {split!r}", f"its splits: {', '.join(dataset.splits)}"
        )
    if alphabet is None:
        return lines, None
    known = with_text(dataset, lines)
    if not known:
        raise HwError(
            f"{dataset.path} cannot be scored by a synthesis model: its lines have no text",
            "add texts with hw preprocess --transcripts",
        )
    if len(known) < len(lines):
        warn(f"{len(lines) - len(known):,} lines without text are left out", is_note=True)
    return known, LineTexts.of(dataset, known, alphabet)
