"""Lines composed of single characters and words that one person wrote apart from each other.

Databases such as UNIPEN have many more single characters and words than lines, and digits, capitals and signs
hardly anywhere else. Set side by side on one baseline they make numbers, codes, and lines of words. What is
known of a piece is its text, so its baseline is found by where the path of that text has its middle
(hwcli.dataset.body_height); pieces of a hand need one scale (hw preprocess --normalise).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.body_height import X_HEIGHT, expected_middle, expected_spread
from hwcli.dataset.store import Dataset
from hwcli.ink_size import Size

FloatArray = NDArray[np.float64]
SIGNS_BY_NUMBERS = ".,:/-+$%#()="
# What the next piece of a composed line is drawn from, and how often, where a hand has all of them
WORD, NUMBER, CAPITALS, MIXED = range(4)
OFTEN = (0.5, 0.2, 0.12, 0.18)
# gaps, in x-heights: mean and deviation between characters, least and most between words
CLOSE, APART = (0.35, 0.2), (0.8, 2.6)
ATTACHED = 0.2  # share of the pieces that follow the one before without a space
WOBBLE = 0.08  # deviation of a piece from the baseline, in x-heights
UNEVEN = 0.06  # deviation of a piece's size, as a share of it
# Size of a piece over what its text leads to, either way, from which it is of another scale than its hand:
# a file may have other units than the others by its writer.
ALIEN = 1.6
LEAST = 10  # pieces by one person from which lines are composed of them
LARGEST = 3.0  # width and height of a sign or a straight line, in x-heights, from which the same holds


@dataclass
class _Pieces:
    """What one person wrote apart, by what it can be used for."""

    words: list[int] = field(default_factory=list)
    characters: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def lines(self) -> list[int]:
        """All of them, as numbers of lines."""
        return self.words + [line for of_one in self.characters.values() for line in of_one]

    def pools(self) -> list[list[str]]:
        """Return the characters for NUMBER, CAPITALS and MIXED."""
        every = sorted(self.characters)
        digits = [c for c in every if c.isdigit()]
        numbers = 2 * digits + [c for c in every if c in SIGNS_BY_NUMBERS] if digits else []
        return [numbers, [c for c in every if c.isupper()], every]


@dataclass(frozen=True)
class ComposedLine:
    """A line that nobody wrote as a whole."""

    points: FloatArray  # (n, 2), in the dataset's units
    ends: NDArray[np.bool_]  # (n,)
    text: str
    pieces: tuple[int, ...]  # the lines of the dataset that it consists of, from left to right


class Composer:
    """Composes lines of a dataset's single characters and words, each line of one person's.

    People who wrote fewer than LEAST of them are left out: they wrote lines, of which some have one word.
    It is false if nobody is left.
    """

    def __init__(self, dataset: Dataset, lines: Sequence[int]) -> None:
        self._dataset = dataset
        pieces: defaultdict[str, _Pieces] = defaultdict(_Pieces)
        for line, text in zip(lines, dataset.lines.texts(lines), strict=True):
            if len(text) == 1:
                pieces[dataset.lines[line].group].characters[text].append(line)
            elif text and " " not in text:
                pieces[dataset.lines[line].group].words.append(line)
        self._hands = [one for _, one in sorted(pieces.items()) if len(one.lines) >= LEAST]
        self.pieces = frozenset(line for one in self._hands for line in one.lines)
        # a hand is drawn by how much there is of it, but the largest not a hundred times as often
        size = np.array([len(one.lines) for one in self._hands])
        self._often = np.sqrt(size) / np.sqrt(size).sum() if len(size) else size

    def __bool__(self) -> bool:
        return bool(self._hands)

    def compose(self, random: np.random.Generator, longest: int) -> ComposedLine:
        """Return a line of at most about `longest` characters."""
        hand = self._hands[random.choice(len(self._hands), p=self._often)]
        pools = hand.pools()
        kinds = [k for k in range(4) if (hand.words if k == WORD else pools[k - 1])]
        share = np.array([OFTEN[k] for k in kinds])
        text, strokes, right = "", [], 0.0
        pieces: list[int] = []
        while not text or len(text) < longest:
            kind = kinds[random.choice(len(kinds), p=share / share.sum())]
            if kind == WORD:
                chosen = [hand.words[random.integers(len(hand.words))]]
            else:
                pool = pools[kind - 1]
                count = min(1 + random.geometric(0.3), longest - len(text) + 1)
                letters = [pool[random.integers(len(pool))] for _ in range(count)]
                chosen = [hand.characters[c][random.integers(len(hand.characters[c]))] for c in letters]
            apart = bool(text) and random.random() >= ATTACHED
            text += " " * apart
            pieces += chosen
            for k, line in enumerate(chosen):
                gap = random.uniform(*APART) if apart and not k else random.normal(*CLOSE)
                points, ends = self._placed(line, random)
                points[:, 0] += right + (max(gap, 0.0) * X_HEIGHT if text.strip() else 0.0)
                right = float(points[:, 0].max())
                strokes.append((points, ends))
                text += self._dataset.lines[line].text or ""
        points, ends = (np.concatenate(parts) for parts in zip(*strokes, strict=True))
        return ComposedLine(points, ends, text, tuple(pieces))

    def _placed(self, line: int, random: np.random.Generator) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return a piece with its left end at 0 and its baseline, nearly, at 0."""
        rows = self._dataset.line(line)
        points, ends = rows[:, :2].cumsum(0, dtype=np.float64), rows[:, 2] > 0.5
        ends[-1] = True
        lengths = np.hypot(*np.diff(points, axis=0).T) * ~ends[:-1]
        middle = (points[:-1, 1] + points[1:, 1]) / 2
        centre = lengths @ middle / lengths.sum() if lengths.any() else points[:, 1].mean()
        text = self._dataset.lines[line].text or ""
        points -= [points[:, 0].min(), centre]
        points *= np.exp(random.normal(0, UNEVEN)) / _times_too_large(points, ends, text)
        points[:, 1] -= expected_middle(text) * X_HEIGHT
        points[:, 1] += random.normal(0, WOBBLE) * X_HEIGHT
        return points, ends


def _times_too_large(points: FloatArray, ends: NDArray[np.bool_], text: str) -> float:
    """Return by how much a piece is too large for its text; 1 if that is a difference between hands."""
    size, spread = Size.of_points(points, ends), expected_spread(text)
    if spread is None or size is None:
        times = float(np.ptp(points, axis=0).max()) / X_HEIGHT
        return times if times > LARGEST else 1.0
    times = size.height / (spread * X_HEIGHT)
    return 1.0 if 1 / ALIEN < times < ALIEN else times
