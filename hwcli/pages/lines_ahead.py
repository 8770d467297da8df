"""Lines drawn before they are needed, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from hwcli.pages.page_hand import Attempt, PageHand
from hwcli.sampling.drafting.draft import FOR_CLARITY
from hwcli.sampling.drafting.drafter import AT_ONCE, SIDE_BY_SIDE
from hwcli.sampling.drafting.line_tries import LineTry, judge_all

if TYPE_CHECKING:
    from renderers.ink import Ink

LANES = 2 * SIDE_BY_SIDE  # lines at most that are drawn ahead, and tries at once
LONG = 36  # characters of a line that is measured by its halves
UNFIT = 4  # tries after which a line that is always too wide is not drawn again


class Wanted(NamedTuple):
    """A line to write. Lines with the same words are told apart by how many of them come before."""

    words: str
    indent: float  # in line heights
    earlier: int


class LinesAhead:
    """Tries at lines that continue from the same prime, by the lines.

    `seed_of` has the seed of each try at a line, from 0; up to `most` are drawn. Tries at a line that is not
    needed in the end, because its words move to another, are forgotten with the page.
    """

    def __init__(self, hand: PageHand, seed_of: Callable[[Wanted, int], int], most: int) -> None:
        self._hand, self._seed_of, self._most = hand, seed_of, most
        self._tries: dict[Wanted, list[LineTry]] = {}

    def continued_by(self, hand: PageHand) -> LinesAhead:
        """Return a copy for `hand`, which has the same prime."""
        ahead = copy(self)
        ahead._hand, ahead._tries = hand, {line: list(tries) for line, tries in self._tries.items()}
        return ahead

    def attempt(self, lines: Sequence[Wanted]) -> Attempt:
        """Return the best attempt at the first of `lines`, drawing the others, too, if it is not there."""
        if lines[0] not in self._tries or not self._is_done(lines[0]):
            self._draw(lines[:LANES])
        best = self._attempt(lines[0])
        if not self._hand.completes_prime(best.line):
            return best
        self._tries.clear()
        self._draw(lines[:LANES])
        return self._attempt(lines[0])

    def measure(self, lines: Sequence[Wanted]) -> None:
        """Let the hand learn its width from a try at each of the first of `lines`.

        Two halves of a long line are drawn in half the time that it takes, and say as much.
        """
        pieces = dict.fromkeys(piece for line in lines for piece in _pieces(line))
        measured = list(pieces)[:LANES]
        self._try([(piece, 0) for piece in measured])
        self._hand.learn_width([self._measured(piece, self._tries[piece][0].bare) for piece in measured])

    def _draw(self, lines: Sequence[Wanted]) -> None:
        """Draw all of `lines` that are not there, and mend or draw again those that are not good yet."""
        if new := [(line, 0) for line in lines if line not in self._tries]:
            self._try(new)
        while open_lines := self._open(lines):
            if mendable := [(line, found) for line in open_lines if (found := self._mendable(line))]:
                mended = self._hand.mended([found for _, found in mendable])
                for (line, _), found in zip(mendable, mended, strict=True):
                    self._tries[line].append(found)
                continue
            each = min(-(-SIDE_BY_SIDE // len(open_lines)), AT_ONCE)
            counts = [(line, len(self._tries[line])) for line in open_lines]
            self._try([(line, n) for line, k in counts for n in range(k, min(k + each, self._most))])

    def _open(self, lines: Sequence[Wanted]) -> list[Wanted]:
        """Return those of `lines` that are not good yet, and of which more tries can be drawn."""
        fitting = (self._fitting(line) for line in lines)
        judge_all([found[0] for found in fitting if found])
        return [line for line in lines if not self._is_done(line)]

    def _fitting(self, line: Wanted) -> list[LineTry]:
        """Return the tries at `line` that are within the measure."""
        return [found for found in self._tries[line] if self._measured(line, found.bare).fits]

    def _mendable(self, line: Wanted) -> LineTry | None:
        """Return the best of the tries at `line` that fit and can be mended; None if there is none."""
        tries = (found for found in self._fitting(line) if found.begun is not None)
        return min(tries, key=lambda found: found.draft.badness, default=None)

    def _try(self, wanted: Sequence[tuple[Wanted, int]]) -> None:
        """Draw a try at each line; the number of the try comes with it."""
        tries = self._hand.tries([(line.words, self._seed_of(line, n)) for line, n in wanted])
        for (line, _), found in zip(wanted, tries, strict=True):
            self._tries.setdefault(line, []).append(found)

    def _is_done(self, line: Wanted) -> bool:
        best, count, is_good = self._best(line)
        if is_good or count >= self._most:
            return True
        return count >= UNFIT and self._measured(line, best.bare).overflow > 0

    def _best(self, line: Wanted) -> tuple[LineTry, int, bool]:
        """Return the best try at `line`, of how many, and whether it is good.

        That is: within the measure, faultless and clear. Several tries that fit, without faults, make up for
        one that is clear. None is read after a good one.
        """
        tries = self._tries[line]
        attempts: list[Attempt] = []
        for count, found in enumerate(tries, 1):
            attempts.append(self._measured(line, found.bare))
            if attempts[-1].fits and found.is_good:
                return found, count, True
        fitting = [found for found, attempt in zip(tries, attempts, strict=True) if attempt.fits]
        if not fitting:
            pairs = zip(tries, attempts, strict=True)
            best, _ = min(pairs, key=lambda pair: (pair[1].unusable, pair[1].overflow))
            return best, len(tries), False
        best = min(fitting, key=lambda found: found.draft.badness)
        return best, len(tries), not best.draft.faults and len(tries) >= FOR_CLARITY

    def _attempt(self, line: Wanted) -> Attempt:
        """Return the best try at `line` as an attempt, with its faults and how many tries it took."""
        best, count, _ = self._best(line)
        ink, tries = best.ink, sum(found.cost for found in self._tries[line][:count])
        return self._measured(line, replace(ink, trace=ink.trace and replace(ink.trace, tries=tries)))

    def _measured(self, line: Wanted, ink: Ink) -> Attempt:
        return self._hand.measured(ink, line.indent, self._seed_of(line, 0))


def _pieces(line: Wanted) -> list[Wanted]:
    """Break a long line at the space next to its middle."""
    words, middle = line.words, len(line.words) / 2
    spaces = [k for k, character in enumerate(words) if character == " "]
    if not spaces or len(words) < LONG:
        return [line]
    k = min(spaces, key=lambda k: abs(k - middle))
    return [Wanted(words[:k], 0.0, 0), Wanted(words[k + 1 :], 0.0, 0)]
