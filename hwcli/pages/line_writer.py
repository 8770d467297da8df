"""Writing the lines of a page in one handwriting, each filling its measure."""

from __future__ import annotations

import numpy as np

from hwcli.pages.line_breaking import RunningText
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

    Every line has a seed of its own, derived from `seed`, the sample's `number` and the line's.
    """

    def __init__(self, hand: PageHand, seed: int, number: int, hyphen: str) -> None:
        self._hand, self._hyphen = hand, hyphen
        self._seed = seed, number
        self.written = 0  # lines so far, without empty ones

    def write(self, text: RunningText) -> tuple[WrittenLine | None, RunningText]:
        """Write the next line of `text`, None for an empty one; return it and the remaining text.

        A line wider than the measure is broken again by its own character width and rewritten with the same
        seed, so that it begins the same; a short line that has room for more words is, once, too. An unusable
        line is rewritten with the same words and another seed. After MAX_REWRITES the best attempt is kept.
        """
        if not text.lines[0].words:
            return None, RunningText(text.lines[1:])
        found: list[tuple[Attempt, RunningText]] = []
        reseeded, grown, written = 0, False, set()
        indent = self._hand.indent_of(text.lines[0].indent)
        words, rest = text.next_line(self._hand.room(indent), self._hyphen)
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
        best, rest = min(found, key=lambda each: _badness(each[0]))
        self._hand.accept(best)
        self.written += 1
        return best.line, rest

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

    def _derived_seed(self, line: int, *numbers: int) -> int:
        entropy = (*self._seed, line, *numbers)
        return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> 1)


def _badness(attempt: Attempt) -> tuple[bool, float, float]:
    """Return a key that is lowest for the best attempt: usable, then within the measure, then full."""
    return attempt.unusable, attempt.overflow, -attempt.filled


def _badness_of_alternative(attempt: Attempt) -> tuple[bool, float, int]:
    """Return a key that is lowest for the best attempt: usable, then within the measure, then faultless."""
    return attempt.unusable, attempt.overflow, len(attempt.line.faults)
