"""What one person wrote apart, by its text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from hwcli.dataset.body_height import BODY, X_HEIGHT
from hwcli.dataset.packing import Line
from hwcli.ink_size import Size
from hwcli.refining.even import grain_of, path_of, smoothed
from hwcli.refining.extents import EXTENTS
from hwcli.refining.pieces import Piece, character, is_tall, word

LONGEST_WORD = 14
FEWEST = 12  # different characters by one person from which lines are composed of them
FEWEST_WORDS = 30  # different words by one person from which lines are composed of words alone
SURVEY = 60  # pieces that the density of a hand is measured on


@dataclass(eq=False)
class Hand:
    """The pieces of one person, from which texts can be composed; they are placed when they are drawn."""

    name: str
    origin: str
    first: Line  # one of them: for what is known of the person
    lines: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))  # by text
    groups: dict[str, str] = field(default_factory=dict)  # of its lines, by id
    _placed: dict[str, Piece | None] = field(default_factory=dict)  # by id

    def can_write(self, text: str) -> bool:
        """Return whether it has ink for every word of `text`."""
        return all(word in self.lines or all(c in self.lines for c in word) for word in text.split())

    @cached_property
    def small_words(self) -> list[str]:
        """Its whole words of small letters alone."""
        return [text for text in self.lines if len(text) > 1 and text.isalpha() and text.islower()]

    @cached_property
    def size(self) -> int:
        """The number of its pieces."""
        return sum(map(len, self.lines.values()))

    @property
    def distinct(self) -> int:
        """The number of different characters that it has alone."""
        return sum(len(text) == 1 for text in self.lines)

    @cached_property
    def density(self) -> float:
        """How many times as many points its strokes need, to be as dense as the lines of IAM-OnDB."""
        pieces = [self.placed(lines[0]) for lines in list(self.lines.values())[:SURVEY]]
        sizes = [Size.of_points(p.points, p.ends) for p in pieces if p is not None]
        spacings = [size.spacing for size in sizes if size is not None]
        return float(np.median(spacings)) / BODY.spacing if spacings else 1.0

    def draw(self, text: str, random: np.random.Generator) -> Piece | None:
        """Return one of its pieces that say `text`; None if none is left. Drops what is not what it says."""
        lines = self.lines.get(text, [])
        while lines:
            number = int(random.integers(len(lines)))
            piece = self.placed(lines[number])
            if piece is not None:
                return piece
            del lines[number]
        self.lines.pop(text, None)
        return None

    def drop(self, piece: Piece) -> None:
        """Leave out a piece from now on."""
        self._placed[piece.id] = None

    def placed(self, line: Line) -> Piece | None:
        """Return the piece that a line is, on its baseline; None if it cannot be what its label says."""
        if line.id not in self._placed:
            points, ends = path_of(line)
            points = smoothed(points, ends, self._grain)
            text = line.text or ""
            self._placed[line.id] = (
                character(points, ends, text, line.id, self._scale)
                if len(text) == 1
                else word(points, ends, text, line.id)
            )
        return self._placed[line.id]

    @cached_property
    def _grain(self) -> float:
        return grain_of([line for part in self.lines.values() for line in part])

    @cached_property
    def _scale(self) -> float:
        """By how much its tall characters are too small: the median, by their heights."""
        heights = [
            (EXTENTS[text].height, float(np.ptp(path_of(line)[0][:, 1])))
            for text, lines in self.lines.items()
            if len(text) == 1 and is_tall(text)
            for line in lines
        ]
        ratios = [wanted * X_HEIGHT / height for wanted, height in heights if height > 0]
        return float(np.median(ratios)) if ratios else 1.0


def hands_of(lines: Sequence[Line]) -> list[Hand]:
    """Return the hands of single characters and words among `lines`, by name, if there is enough of them."""
    hands: dict[tuple[str, str], Hand] = {}
    for line in sorted(lines, key=lambda line: line.id):
        text = line.text or ""
        if line.offsets is not None and text and len(text.split()) == 1 and len(text) <= LONGEST_WORD:
            hand = hands.setdefault((line.origin, line.hand), Hand(line.hand, line.origin, line))
            hand.lines[text].append(line)
            hand.groups[line.id] = line.group
    return [
        hand
        for _, hand in sorted(hands.items())
        if hand.distinct >= FEWEST or len(hand.lines) - hand.distinct >= FEWEST_WORDS
    ]
