"""The hand that a page is written in: how large it is, and so how far apart its lines are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hwcli.ink_size import Size

# From line to line, in heights (Size.height): three x-heights or so. On IAM-OnDB capitals reach 3.9 heights
# above the baseline and descenders 2.3 below (medians of the lines), and lines are 7 apart on the whiteboard.
DISTANCE = 6.0
# Where the baseline lies in its line's room, from the top.
BASELINE = 0.66
# A line of n characters tells a hand's log height within 0.86 / √n, and hands differ by 0.26: what is known
# beforehand counts for so many characters beside what a line says, which may be a capital and a comma.
USUAL = 11


@dataclass(frozen=True)
class Hand:
    """A hand of so much Size.height, in the units of its ink; > 0."""

    height: float

    @property
    def distance(self) -> float:
        """From baseline to baseline, in the ink's units."""
        return DISTANCE * self.height

    @classmethod
    def of_line(cls, size: Size | None, characters: int, usual: Size) -> Hand:
        """That of a line of so many characters, written freely by a model whose hands are `usual`."""
        return cls(usual.height * Drift().of(cls(usual.height), size, characters))


@dataclass(frozen=True)
class Drift:
    """How much larger than its hand lines come out, before they are brought to its size.

    A network goes on a little larger or smaller than what it goes on from, with a bias rather smaller.
    """

    total: float = 0.0  # of logarithms, each as often as its line has characters
    characters: int = 0

    @property
    def factor(self) -> float:
        """How many times as large as the hand a line probably is, by those that were seen."""
        return math.exp(self.total / (self.characters + USUAL))

    def of(self, hand: Hand, size: Size | None, characters: int) -> float:
        """How many times as large a line of so many characters is, by its own size and by those before it."""
        if size is None:
            return self.factor
        before, own = math.log(self.factor), math.log(size.height / hand.height)
        return math.exp((USUAL * before + characters * own) / (USUAL + characters))

    def after(self, hand: Hand, size: Size | None, characters: int) -> Drift:
        """The same when that line was seen."""
        if size is None:
            return self
        more = characters * math.log(size.height / hand.height)
        return Drift(self.total + more, self.characters + characters)
