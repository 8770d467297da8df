"""Writing line after line in one hand, each as long as it has room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hwcli.ink_size import Size
from hwcli.pages.baseline import Baseline
from hwcli.pages.hand import Drift, Hand
from hwcli.pages.layout import Layout
from hwcli.pages.line_breaking import Flow
from hwcli.pages.prime_choice import ENOUGH, Primes
from hwcli.pages.text_width import Pace, units
from hwcli.pages.written_line import Line, Prime

if TYPE_CHECKING:
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

# Lines are filled so far by what is estimated of their width: they come out 8 % wider or narrower.
FILL = 0.96
# Of the measure: a line no longer than that may have room for another word; and how much more text it gets.
SHORT, GROWTH = 0.85, 1.5
REWRITES = 4
# Times as wide as estimated, and as large or small as the lines before: what differs more is no line of the
# hand, but one that ran away.
WILD, WILD_SIZE = 1.4, 1.8


@dataclass(frozen=True)
class _Try:
    """A line as it was written once, and what it would be to accept it."""

    line: Line
    rest: Flow  # what is left to write
    hand: Hand
    drift: Drift
    filled: float  # part of the measure; above 1, it stands out
    wild: bool

    @property
    def over(self) -> float:
        """How much it stands out of the measure, as a part of it."""
        return max(self.filled - 1, 0.0)

    @property
    def badness(self) -> tuple[bool, float, float]:
        """What is less for a better one: it is not wild, does not stand out, is full."""
        return self.wild, self.over, -self.filled


class Scribe:
    """One hand at one sample's pages, sampled with `options`.

    The first line is written freely, and says how large the hand is; the others go on from one before
    (`Primes`), or all of them from a `prime` that is given. Line k of sample n of a seed has a generator of
    its own.
    """

    def __init__(
        self,
        model: Model,
        layout: Layout,
        seed: int,
        number: int,
        prime: tuple[Ink, str | None] | None,
        options: SampleOptions,
    ) -> None:
        self._model, self._layout = model, layout
        self._options = replace(options, keep_prime=False)
        self._seed, self._written = (seed, number), 0
        self._hyphen = "-" if model.file.alphabet is not None and "-" in model.file.alphabet else ""
        self._hand: Hand | None = None
        self._drift = Drift()
        self._pace = Pace.usual(model.size.height)
        self._primes = Primes(None if prime is None else self._taken_up(*prime))

    @property
    def hand(self) -> Hand:
        """The hand: what is usual before it has written or was given anything."""
        return self._hand or Hand(self._model.size.height)

    def write(self, flow: Flow) -> tuple[Line | None, Flow]:
        """The next line of `flow`, None for an empty one, and what is left to write.

        A line that comes out wider than the measure is broken again, with as many words as fit at its own
        pace, and written anew by the same generator, so that it begins as it did; so is, once, a short one
        that leaves room for more words. One that is far wider, larger or smaller than it should be, or that
        the next ones cannot go on from, is written anew with its words as they are. After REWRITES the best
        of them is taken.
        """
        if not flow.lines[0]:
            return None, Flow(flow.lines[1:])
        best: _Try | None = None
        again, grown, written = 0, False, set()
        text, rest = flow.line(self._room(self.hand, self._pace), self._hyphen)
        for _ in range(REWRITES + 1):
            done = self._try(text, rest, again)
            if self._primes.finish(done.line, self._serves):
                continue  # its own first letter may be what is missing
            if best is None or done.badness < best.badness:
                best = done
            if done.wild:
                again += 1
                continue
            if not done.over and (grown or done.filled > SHORT):
                break
            written.add(text)
            text, rest = flow.line(self._room_by(done), self._hyphen)
            grown = grown or not done.over
            if text in written:
                break
        assert best is not None
        self._pace, self._hand = self._pace_after(best), best.hand
        self._drift = self._drift if best.wild else best.drift
        self._written += 1
        self._primes.take(best.line)
        return best.line, best.rest

    def _taken_up(self, ink: Ink, text: str | None) -> Prime:
        """A prime that was given, its hand taken over."""
        size = Size.of(ink)
        if size is None:  # the model refuses it
            return Prime(ink, text, 0.0, given=True)
        self._hand = Hand(size.height)
        baseline = Baseline.of(ink, self._hand.height)
        self._pace = Pace.usual(self._hand.height)
        says = text or ink.text or ""
        if says and "\n" not in says.strip():  # several lines are not as wide as their text
            self._pace = self._pace.after(says.strip(), float(np.ptp(ink.points[:, 0])))
        return Prime(ink, text, baseline.at(float(ink.points[-1, 0])), given=True)

    def _room_by(self, done: _Try) -> float:
        """The room for the words of a line that was written, by its own pace."""
        most = GROWTH * units(done.line.text)
        return min(self._room(done.hand, Pace(done.line.width, units(done.line.text))), most)

    def _room(self, hand: Hand, pace: Pace) -> float:
        """The room of a line in units of a mean character, for what is estimated of its width."""
        return FILL * self._layout.measure * hand.distance / max(pace.unit, 1e-9 * hand.height)

    def _try(self, text: str, rest: Flow, again: int) -> _Try:
        prime = self._primes.current
        ink = self._sample(text, prime, _derived(*self._seed, self._written, again))
        size, n = Size.of(ink), len(text)
        hand = self._hand or Hand.of_line(size, n, self._model.size)
        line = Line.of(ink, prime, hand.height, self._drift.of(hand, size, n))
        filled = line.width / (self._layout.measure * hand.distance)
        drift = self._drift.after(hand, size, n)
        wild = self._is_wild(line, size, filled) or (
            self._primes.takes(line) and not self._serves(line.as_prime())
        )
        return _Try(line, rest, hand, drift, filled, wild)

    def _sample(self, text: str, prime: Prime | None, seed: int) -> Ink:
        ink, says = (prime.ink, prime.text) if prime else (None, None)
        return next(self._model.samples(1, seed, self._options, text=text, prime=ink, prime_text=says))

    def _serves(self, prime: Prime) -> bool:
        """Whether a network that has read `prime`, a line of its own, stands at the end of its text.

        If it stands further on, since there is more in the ink than in the text, all lines that go on from it
        lack their first letters.
        """
        return self._model.reads(prime.ink, prime.text or "")

    def _pace_after(self, done: _Try) -> Pace:
        pace = Pace.usual(done.hand.height) if self._hand is None else self._pace
        # what ran away says nothing of the hand's pace, and would make the next lines short
        return pace if done.wild or done.over else pace.after(done.line.text, done.line.width)

    def _is_wild(self, line: Line, size: Size | None, filled: float) -> bool:
        if self._hand is None:
            return False
        if filled > 1 and line.width > WILD * units(line.text) * self._pace.unit:
            return True
        if size is None or len(line.text) < ENOUGH or not self._primes.settled:
            return False
        times = size.height / (self._hand.height * self._drift.factor)
        return not 1 / WILD_SIZE < times < WILD_SIZE


def _derived(*numbers: int) -> int:
    """A seed that follows from `numbers`."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
