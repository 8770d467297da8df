"""Writing the lines of a page in one handwriting, each filling its measure."""

from __future__ import annotations

from collections import Counter
from copy import copy

import numpy as np

from hwcli.pages.line_breaking import RunningText
from hwcli.pages.lines_ahead import LANES, LinesAhead, Wanted
from hwcli.pages.page_hand import Attempt, PageHand
from hwcli.pages.text_width import units
from hwcli.pages.written_line import WrittenLine

# A line that fills less of the measure may have room for another word; it gets up to this many times as much
# text.
MIN_FILL, MAX_GROWTH = 0.85, 1.5
MAX_REWRITES = 4
# Samples drawn at most for an alternative; as its words are given, many may be wider than the measure.
MAX_SAMPLES = 30


class LineWriter:
    """Writes the lines of one sample in one hand.

    Every line has a seed of its own, derived from `seed`, the sample's `number` and the line's. Once the hand
    is settled, that is the line's words, and as many lines as may follow are drawn with it (`LinesAhead`).
    """

    def __init__(self, hand: PageHand, seed: int, number: int, hyphen: str) -> None:
        self._hand, self._hyphen = hand, hyphen
        self._seed = seed, number
        self._ahead = LinesAhead(hand, self._seed_of_words, hand.most_tries)
        self._earlier: Counter[str] = Counter()  # lines so far, by their words
        self.written = 0  # lines so far, without empty ones

    @property
    def height(self) -> float:
        """Size.height of the handwriting."""
        return self._hand.height

    def of_next_letter(self) -> LineWriter:
        """Return a writer of another text in the hand as it is now, with the lines drawn so far at hand."""
        writer = copy(self)
        writer._hand = self._hand.copy()
        writer._ahead = self._ahead.continued_by(writer._hand)
        writer._earlier, writer.written = Counter(), 0
        return writer

    def write(self, text: RunningText) -> tuple[WrittenLine | None, RunningText]:
        """Write the next line of `text`, None for an empty one; return it and the remaining text.

        A line wider than the measure is broken again by its own character width and rewritten. While the hand
        is not settled, that is done with the same seed, so that it begins the same; a short line that has
        room for more words is rewritten once, too, and an unusable line with the same words and another seed.
        After MAX_REWRITES the best attempt is kept.
        """
        if not text.lines[0].words:
            return None, RunningText(text.lines[1:])
        indent = self._hand.indent_of(text.lines[0].indent)
        if self._hand.is_settled:
            best, rest = self._from_ahead(text, indent)
        else:
            best, rest = self._by_itself(text, indent)
        self._hand.accept(best)
        self._earlier[best.line.text] += 1
        self.written += 1
        return best.line, rest

    def _from_ahead(self, text: RunningText, indent: float) -> tuple[Attempt, RunningText]:
        """Return the next line out of those drawn ahead, with fewer words if they are always too wide."""
        if not self._hand.knows_width:
            self._ahead.measure(self._upcoming(*self._broken(text, indent)))
        found: list[tuple[Attempt, RunningText]] = []
        words, indent, rest = self._broken(text, indent)
        for _ in range(MAX_REWRITES + 1):
            attempt = self._ahead.attempt(self._upcoming(words, indent, rest))
            found.append((attempt, rest))
            if attempt.unusable or not attempt.overflow:
                break
            words, rest = text.next_line(self._hand.room_by(attempt), self._hyphen)
            if words == attempt.line.text:
                break
        return min(found, key=lambda each: _badness(each[0]))

    def _by_itself(self, text: RunningText, indent: float) -> tuple[Attempt, RunningText]:
        """Write the next line by itself, again with fewer or more words if it does not fill its measure."""
        found: list[tuple[Attempt, RunningText]] = []
        reseeded, grown, written = 0, False, set()
        words, _, rest = self._broken(text, indent)
        for _ in range(MAX_REWRITES + 1):
            attempt = self._hand.attempt(words, self._derived_seed(self.written, reseeded), indent)
            if self._hand.completes_prime(attempt.line):
                continue  # strokes taken by the prime may include the line's own first letter
            found.append((attempt, rest))
            if attempt.unusable:
                reseeded += 1
                continue
            if not attempt.overflow and (grown or attempt.filled > MIN_FILL):
                break
            written.add(words)
            room = min(self._hand.room_by(attempt), MAX_GROWTH * units(attempt.line.text))
            words, rest = text.next_line(room, self._hyphen)
            grown = grown or not attempt.overflow
            if words in written:
                break
        return min(found, key=lambda each: _badness(each[0]))

    def _broken(self, text: RunningText, indent: float) -> tuple[str, float, RunningText]:
        words, rest = text.next_line(self._hand.room(indent), self._hyphen)
        return words, indent, rest

    def _upcoming(self, words: str, indent: float, text: RunningText) -> list[Wanted]:
        """Return a line of these `words`, and those that will follow it if all are as wide as expected."""
        earlier = self._earlier.copy()
        lines = [Wanted(words, indent, earlier[words])]
        while text and len(lines) < LANES:
            earlier[words] += 1
            indent = self._hand.indent_of(text.lines[0].indent)
            words, text = text.next_line(self._hand.room(indent), self._hyphen)
            if words:
                lines.append(Wanted(words, indent, earlier[words]))
        return lines

    def alternative(self, line: WrittenLine, number: int, which: int) -> WrittenLine:
        """Write the words of `line`, the `number`-th from 1, anew; `which` counts its alternatives from 1.

        It continues from the prime of the next line, and no later line is changed by it. It is drawn again
        until it is usable, within the measure and without a fault; after MAX_SAMPLES the best is kept.
        """
        found: list[Attempt] = []
        while sum(attempt.line.tries for attempt in found) < MAX_SAMPLES:
            seed = self._derived_seed(number - 1, len(found), which)
            attempt = self._hand.attempt(line.text, seed, line.indent)
            found.append(attempt)
            if not any(_badness_of_alternative(attempt)):
                break
        return min(found, key=_badness_of_alternative).line

    def _seed_of_words(self, line: Wanted, attempt: int) -> int:
        return self._derived_seed(*line.words.encode(), line.earlier, attempt)

    def _derived_seed(self, *numbers: int) -> int:
        entropy = (*self._seed, *numbers)
        return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> 1)


def _badness(attempt: Attempt) -> tuple[bool, float, float]:
    """Return a key that is lowest for the best attempt: usable, then within the measure, then full."""
    return attempt.unusable, attempt.overflow, -attempt.filled


def _badness_of_alternative(attempt: Attempt) -> tuple[bool, float, int]:
    """Return a key that is lowest for the best attempt: usable, then within the measure, then faultless."""
    return attempt.unusable, attempt.overflow, len(attempt.line.faults)
