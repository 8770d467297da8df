"""Lines composed of the characters and words that one person wrote apart from each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.body_height import X_HEIGHT
from hwcli.ink_size import resampled
from hwcli.refining.grammar import Grammar
from hwcli.refining.hand import Hand
from hwcli.refining.pieces import Piece
from hwcli.refining.spacing import APART_HANDS, BETWEEN_HANDS, Spacing, room
from hwcli.refining.vocabulary import WORDS
from renderers.ink import Ink

Points = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Deviations within a line, in x-heights, and least gaps. Real lines vary twice as much, which is not neat.
BETWEEN_CHARACTERS, BETWEEN_WORDS = 0.1, 0.2
CLOSEST, NEAREST = -0.25, 0.9
WOBBLE = 0.03  # deviation of a piece from the baseline, in x-heights
UNEVEN = 0.03  # deviation of a piece's size, as a share of it
WHOLE = 0.7  # share of the lines whose words are whole, where a hand has them
OWN = 25  # different small words of a hand from which most of its texts are of them
LETTERS = 26  # different characters below which all of them are
CHOICE = 3  # texts of which the one with the rarest characters is taken
KNOWN = 20  # times a character must have occurred before another counts as rarer
SAME = 1.05  # ratio of densities up to which ink is not resampled, either way


@dataclass(frozen=True)
class ComposedLine:
    """A line that nobody wrote as a whole, its baseline at y = 0."""

    points: Points  # (n, 2), at one body height
    ends: Flags  # (n,)
    text: str
    pieces: tuple[Piece, ...]  # from left to right
    hand: Hand


class Composer:
    """Composes lines, each of one hand's pieces. The same seed gives the same lines."""

    def __init__(
        self, hands: Sequence[Hand], spacings: Mapping[str, Spacing], random: np.random.Generator
    ) -> None:
        self._hands, self._spacings, self._random = list(hands), spacings, random
        self._words = Random(int(random.integers(2**62)))  # draws single things faster
        # a hand is drawn by how much there is of it, but the largest not a hundred times as often
        size = np.sqrt([hand.size for hand in hands])
        self._often = size / size.sum()
        self._count: Counter[str] = Counter()

    def count(self, text: str) -> None:
        """Count the characters of a line that is kept: rarer ones are then preferred."""
        self._count.update(text)

    def compose(self) -> ComposedLine | None:
        """Return a line; None if the hand that was drawn cannot write any text that was."""
        hand = self._hands[int(self._random.choice(len(self._hands), p=self._often))]
        text = self._text(hand)
        words = None if text is None else self._drawn(hand, text)
        if text is None or words is None:
            return None
        placed = [*self._placed(words, self._spacings.get(hand.name, Spacing()))]
        points, ends = (np.concatenate(parts) for parts in zip(*placed, strict=True))
        if not 1 / SAME < hand.density < SAME:
            ink = resampled(Ink.from_points(points, ends), hand.density)
            points, ends = ink.points, ink.ends
        return ComposedLine(points, ends, text, tuple(piece for word in words for piece in word), hand)

    def _text(self, hand: Hand) -> str | None:
        own = len(hand.small_words) >= OWN and (hand.distinct < LETTERS or self._words.random() < WHOLE)
        grammar = Grammar(self._words, hand.small_words if own else WORDS, hand.can_write)
        texts = [text for _ in range(CHOICE) if (text := grammar.line()) is not None]
        return max(texts, key=self._rarity, default=None)

    def _rarity(self, text: str) -> float:
        """Return how rare the characters of `text` are among the lines so far."""
        return sum(1 / (KNOWN + self._count[c]) for c in text) / len(text)

    def _drawn(self, hand: Hand, text: str) -> list[list[Piece]] | None:
        """Return the pieces of each word of `text`; None if a piece is not what its label says."""
        whole = self._words.random() < WHOLE
        words = []
        for word in text.split():
            spelt = all(c in hand.lines for c in word)
            parts = [word] if word in hand.lines and (whole or not spelt) else [*word]
            pieces = [hand.draw(part, self._random) for part in parts]
            words.append([piece for piece in pieces if piece is not None])
            if len(words[-1]) < len(parts):
                return None
        return words

    def _placed(self, words: Sequence[Sequence[Piece]], of_hand: Spacing) -> Iterator[tuple[Points, Flags]]:
        """Yield the ink of each piece at its place in the line."""
        normal = self._random.normal
        between = of_hand.between + normal(0, BETWEEN_HANDS)
        apart = of_hand.apart + normal(0, APART_HANDS)
        right = 0.0
        for number, word in enumerate(words):
            last = None
            for piece in word:
                if last is not None:
                    gap = between + room(last.text, piece.text) + normal(0, BETWEEN_CHARACTERS)
                    right += max(gap, CLOSEST) * X_HEIGHT
                elif number:
                    right += max(normal(apart, BETWEEN_WORDS), NEAREST) * X_HEIGHT
                points = piece.points * np.exp(normal(0, UNEVEN)) + [right, normal(0, WOBBLE) * X_HEIGHT]
                right, last = float(points[:, 0].max()), piece
                yield points, piece.ends
