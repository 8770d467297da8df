"""Lines to measure a reader on.

Lines are read as they were written. Single characters and words, of which a database may have many times as
many, are read in lines composed of them (hwcli.reader.composing).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwcli.dataset.line_texts import with_text
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError
from hwcli.reader.composing import Composer
from hwcli.reader.error_rate import plain
from hwcli.reader.pen_path import PenPath

LONG = 12  # characters from which a text without a space is a line by itself, too
ENOUGH = 200  # lines to validate on: if there are fewer, the rest is composed
SEED = 1  # of those; they are the same for every run
SHORT = 0.12  # share of the composed lines that have only a few characters
FEW, MANY = (1, 5), (5, 30)  # characters of a composed line, from … to below …


@dataclass(frozen=True)
class Sample:
    """Something to read."""

    path: PenPath
    text: str
    name: str  # of the line, or of the first line that it is composed of
    source: str


def written(dataset: Dataset, line: int) -> Sample:
    """Return a line of a dataset; HwError if its ink cannot be a line of handwriting."""
    rows, info = dataset.line(line), dataset.lines[line]
    ends = rows[:, 2] > 0.5
    ends[-1] = True
    path = PenPath.of_points(rows[:, :2].cumsum(0, dtype=np.float64), ends)
    return Sample(path, plain(info.text or ""), info.id, dataset.sources[info.source].name)


def composed(dataset: Dataset, composer: Composer, random: np.random.Generator) -> Sample:
    """Return a composed line of a random length; HwError as for `written`."""
    longest = int(random.integers(*(FEW if random.random() < SHORT else MANY)))
    line = composer.compose(random, longest)
    info = dataset.lines[line.pieces[0]]
    path = PenPath.of_points(line.points, line.ends)
    return Sample(path, plain(line.text), f"{info.id} and others", dataset.sources[info.source].name)


def whole(dataset: Dataset, lines: Iterable[int], composer: Composer) -> list[int]:
    """Return those of `lines` that are not just pieces of composed lines."""
    every = list(lines)
    texts = zip(every, dataset.lines.texts(every), strict=True)
    return [line for line, text in texts if line not in composer.pieces or len(text) > LONG]


@dataclass(frozen=True)
class LinesToRead:
    """Lines to measure a reader on: those of a dataset, and if these are few, composed ones as well."""

    written: list[Sample]
    composed: list[Sample]
    left_out: int = 0  # lines with text whose ink cannot be a line of handwriting

    @classmethod
    def of(cls, dataset: Dataset, lines: Iterable[int]) -> LinesToRead:
        """Choose from `lines`, those with text; ink that cannot be a line of handwriting is left out."""
        known = with_text(dataset, list(lines))
        composer, random = Composer(dataset, known), np.random.default_rng(SEED)
        own, made = whole(dataset, known, composer), []
        samples = [sample for line in own if (sample := _or_none(written, dataset, line))]
        for _ in range(ENOUGH - len(samples) if composer else 0):
            made.append(_or_none(composed, dataset, composer, random))
        return cls(samples, [sample for sample in made if sample], len(own) - len(samples))

    @property
    def all(self) -> list[Sample]:
        """Both of them."""
        return self.written + self.composed


def _or_none(make: Any, *arguments: Any) -> Sample | None:
    """Return what `make` returns, or None if that has no text or is not handwriting."""
    try:
        sample: Sample = make(*arguments)
    except HwError:
        return None
    return sample if sample.text else None
