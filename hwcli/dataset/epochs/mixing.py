"""Which lines an epoch has: how often each source's lines are drawn, and those with rare characters.

A line's rate is its source's weight times its boost. It is drawn floor(rate) or ceil(rate) times per epoch,
and over the epochs as often as its rate says: with weight 0.3, a different part of the lines each epoch, none
of them left out for long. Every epoch has the same number of lines of each source.

The boost of a line is that of its rarest character, as in repeat-factor sampling (Gupta, Dollár and Girshick,
"LVIS: a dataset for large vocabulary instance segmentation", CVPR 2019): with p the character's share of all
characters that are drawn without boosts, sqrt(COMMON / p), from 1 to a limit.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.config.load import nearest
from hwcli.dataset.store import Dataset
from hwcli.errors import HwError, UsageError

COMMON = 1e-3  # share of all characters from which a character is not rare: in English, about that of x
GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples, modulo 1, spread more evenly than those of any other number
MOST = 100.0  # largest weight


@dataclass(frozen=True)
class Mixture:
    """The lines that epochs are drawn from: their rates by source, and the order in which they take turns."""

    lines: Mapping[str, NDArray[np.int64]]  # source → (lines,)
    rates: Mapping[str, NDArray[np.float64]]  # source → (lines,), which add up to a whole number

    @classmethod
    def of(
        cls, dataset: Dataset, lines: Sequence[int], weights: Mapping[str, float], limit: float, seed: int
    ) -> Mixture:
        """Return the mixture of `lines` for `weights` of sources (if not given, 1) and boosts up to `limit`.

        `seed` decides which lines are drawn together where a rate is not whole. Raises HwError if there are
        to be boosts and no line has a text.
        """
        boosts = _boosts(dataset, lines, weights, limit)
        shuffled, rates = {}, {}
        for number, (name, part) in enumerate(dataset.by_source(lines).items()):
            # three numbers: `Epoch` seeds its generators with two
            order = np.random.default_rng([seed, number, 1]).permutation(np.asarray(part, dtype=np.int64))
            wanted = weights.get(name, 1.0) * (np.ones(len(order)) if boosts is None else boosts[order])
            total = wanted.sum()
            if total > 0:
                shuffled[name], rates[name] = order, wanted * max(round(total), 1) / total
        return cls(shuffled, rates)

    @property
    def counts(self) -> dict[str, int]:
        """The number of lines in each epoch, by source."""
        return {name: round(rates.sum()) for name, rates in self.rates.items()}

    def epoch(self, number: int) -> list[int]:
        """Return the lines of an epoch, counted from 0, sorted; a line that is drawn twice is there twice."""
        # systematic sampling: the rates lie end to end, each whole number plus `phase` picks what it hits
        phase = number * GOLDEN % 1.0
        drawn: list[int] = []
        for name, count in self.counts.items():
            ends = np.concatenate([[0.0], np.cumsum(self.rates[name])])
            hits = np.ceil((ends - phase).round(9))  # a sum of ones is not a little more than their number
            hits[-1] = count  # not just to rounding
            drawn += np.repeat(self.lines[name], np.diff(hits).astype(np.int64)).tolist()
        return sorted(drawn)


def parse_weights(text: str | None, dataset: Dataset, lines: Sequence[int]) -> dict[str, float]:
    """Return the weights in `NAME=WEIGHT[,…]` by source; UsageError if they do not fit those of `lines`."""
    if text is None:
        return {}
    known = list(dataset.by_source(lines))
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = (word.strip() for word in part.partition("="))
        try:
            weight = float(number) if equals else math.nan
        except ValueError:
            weight = math.nan
        if not 0 <= weight <= MOST:
            raise UsageError(
                f"--source-weight {part.strip()!r}: expected NAME=WEIGHT, a number from 0 to {MOST:g}",
                "for example --source-weight unipen=0.3",
            )
        if name not in known:
            raise UsageError(
                f"--source-weight: {dataset.path} has no training lines of a source {name!r}",
                nearest(name, known),
            )
        if name in weights:
            raise UsageError(f"--source-weight names {name} twice", "give each source one weight")
        weights[name] = weight
    if all(weights.get(name, 1.0) == 0 for name in known):
        raise UsageError(
            "--source-weight is 0 for every source, so no line is left to train on", "raise a weight"
        )
    return weights


def _boosts(
    dataset: Dataset, lines: Sequence[int], weights: Mapping[str, float], limit: float
) -> NDArray[np.float64] | None:
    """Return the boost of each line of the dataset, at most `limit`; None if that is 1."""
    if limit <= 1:
        return None
    counts: defaultdict[str, float] = defaultdict(float)
    drawn = {name: part for name, part in dataset.by_source(lines).items() if weights.get(name, 1.0)}
    for name, part in drawn.items():
        here: Counter[str] = Counter()
        for text in dataset.lines.texts(part):
            here.update("".join(text.split()))
        for character, count in here.items():
            counts[character] += weights.get(name, 1.0) * count
    if not counts:
        raise HwError(
            f"--rare-boost needs lines with text, and {dataset.path} has none to train on",
            "add texts with hw preprocess --transcripts, or remove --rare-boost",
        )
    total = sum(counts.values())
    boost = {c: min(max(math.sqrt(COMMON * total / n), 1.0), limit) for c, n in counts.items()}
    boosts = np.ones(len(dataset))
    for part in drawn.values():
        for line, text in zip(part, dataset.lines.texts(part), strict=True):
            boosts[line] = max((boost[c] for c in text if not c.isspace()), default=1.0)
    return boosts
