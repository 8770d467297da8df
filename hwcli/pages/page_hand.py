"""The handwriting of a sample's pages: what its lines have in common, and attempts at lines in it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hwcli.ink_size import Size
from hwcli.lettering.spelling import Spelling
from hwcli.pages.baseline import Baseline
from hwcli.pages.layout import LINE_DISTANCE, Layout
from hwcli.pages.prime_choice import ENOUGH, PrimeChoice
from hwcli.pages.size_drift import SizeDrift
from hwcli.pages.text_width import USUAL, CharacterWidth, units
from hwcli.pages.written_line import Prime, WrittenLine

if TYPE_CHECKING:
    from hwcli.sampling.drafting.line_tries import LineTry
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

TARGET_FILL = 0.96  # estimated width of a line over the measure: widths scatter by 8 %
# Width of a space that indents a line, in line heights: that of a mean character of the usual handwriting.
SPACE = USUAL / LINE_DISTANCE
LAST_GAP = 0.3  # units by which text is narrower, since nothing follows it
OWN_UNITS = 10.0  # of text that the width counts for that was known before
# A line wider than estimated by this factor, or larger or smaller than the lines before, has run away.
RUNAWAY_WIDTH, RUNAWAY_SIZE = 1.4, 1.8
# A line that is wider than the measure by up to this factor is made that much narrower, as people do at the
# end of a line: nobody sees it, and most of the lines that are too wide need not be drawn again.
SQUEEZE = 1.05


@dataclass(frozen=True)
class Attempt:
    """One attempt at a line, and the state of the hand after accepting it."""

    line: WrittenLine
    height: float
    drift: SizeDrift
    filled: float  # width over the measure
    unusable: bool  # it has run away, or would be a prime that others cannot continue from

    @property
    def overflow(self) -> float:
        """The part of its width beyond the measure, over the measure."""
        return max(self.filled - 1, 0.0)

    @property
    def fits(self) -> bool:
        """Whether it can be used as it is: within the measure, and not run away."""
        return not (self.unusable or self.overflow)


class PageHand:
    """The handwriting of one sample: its size, the width of its characters, and the prime of its next line.

    The first line is written freely and sets the size; the others continue from an earlier line
    (`PrimeChoice`). If a `prime` is given, it sets the size and all lines continue from it.
    """

    def __init__(
        self, model: Model, layout: Layout, options: SampleOptions, prime: tuple[Ink, str | None] | None
    ) -> None:
        self._model, self._layout = model, layout
        self._options = replace(options, keep_prime=False, draw=False)
        self._height: float | None = None
        self._drift = SizeDrift()
        self._character, self.knows_width = CharacterWidth.usual(model.size.height), False
        self._primes = PrimeChoice(None if prime is None else self._given(*prime))

    def copy(self) -> PageHand:
        """Return a copy that further lines do not change with this one."""
        hand = copy(self)
        hand._primes = copy(self._primes)
        return hand

    @property
    def height(self) -> float:
        """Size.height of the handwriting; the model's usual one until a line is written or a prime given."""
        return self._height or self._model.size.height

    @property
    def pace(self) -> float:
        """Expected width of a mean character in heights of the handwriting."""
        return self._character.mean / self.height

    def indent_of(self, spaces: int) -> float:
        """Return how far `spaces` indent a line, in line heights: at most half of a full line."""
        return min(spaces * SPACE, self._layout.measure / 2)

    def room(self, indent: float = 0.0) -> float:
        """Return the room in the next line, in mean characters, after an `indent` in line heights."""
        return self._room(self.height, self._character, indent)

    def room_by(self, attempt: Attempt) -> float:
        """Return the room in a line at the attempt's own character width."""
        character = CharacterWidth(attempt.line.width, units(attempt.line.text))
        return self._room(attempt.height, character, attempt.line.indent)

    @property
    def prime(self) -> tuple[Ink, str | None] | None:
        """What the next line continues from, and its text."""
        prime = self._primes.current
        return None if prime is None else (prime.ink, prime.text)

    @property
    def is_settled(self) -> bool:
        """Whether all lines that follow continue from the same prime."""
        return self._primes.settled

    @property
    def most_tries(self) -> int:
        """How often a line is drawn at most."""
        return self._options.tries

    def attempt(self, text: str, seed: int, indent: float = 0.0) -> Attempt:
        """Write `text` as a line that continues from the current prime. This does not change the hand."""
        return self.measured(self._sample(text, seed), indent, seed)

    def tries(self, lines: Sequence[tuple[str, int]]) -> list[LineTry]:
        """Return a try at each of `lines`, a text and a seed, that continues from the settled prime."""
        prime = self._primes.current
        assert prime is not None
        return self._model.line_tries(lines, self._options, prime.ink, prime.text)

    def mended(self, tries: Sequence[LineTry]) -> list[LineTry]:
        """Return `tries` with those words drawn again that cannot be read."""
        return self._model.mended(tries, self._options)

    def measured(self, ink: Ink, indent: float, seed: int) -> Attempt:
        """Return ink that continues from the current prime as an attempt at a line.

        `seed` is for the marks that the model lacks.
        """
        prime = self._primes.current
        size, n = Size.of(ink), len(ink.text or "")
        height = self._height
        if height is None:  # the first line: as far from the model's usual size as it can be trusted
            usual = self._model.size.height
            height = usual * SizeDrift().of_line(None if size is None else size.height / usual, n)
        ratio = None if size is None else size.height / height
        line = WrittenLine.of(ink, prime, height, self._drift.of_line(ratio, n))
        line = replace(self._complete(line, seed), indent=indent)
        filled = line.width / self._measure(height, indent)
        if 1 < filled <= SQUEEZE:
            line, filled = line.narrowed(filled), 1.0
        unusable = self._has_run_away(line, ratio, filled) or (
            self._primes.accepts(line) and not self._is_usable(line.as_prime())
        )
        return Attempt(line, height, self._drift.after(ratio, n), filled, unusable)

    def completes_prime(self, line: WrittenLine) -> bool:
        """Add to the prime the strokes that `line` wrote to finish it; return whether there were any."""
        return self._primes.complete(line, self._is_usable)

    def accept(self, attempt: Attempt) -> None:
        """Learn from the attempt that is kept: the next lines follow it."""
        if not self.knows_width:
            self._character = self._character_after(attempt)
        self._height = attempt.height
        self._drift = self._drift if attempt.unusable else attempt.drift
        self._primes.update(attempt.line)

    def learn_width(self, attempts: Sequence[Attempt]) -> None:
        """Take the width of a character from these `attempts`, once for all lines that follow."""
        lines = [attempt.line for attempt in attempts if not attempt.unusable]
        width, text = sum(line.width for line in lines), sum(units(line.text) - LAST_GAP for line in lines)
        self._character = CharacterWidth(self._character.mean * OWN_UNITS + width, OWN_UNITS + text)
        self.knows_width = True

    def _given(self, ink: Ink, text: str | None) -> Prime:
        """Take the size and the character width from a given prime."""
        size = Size.of(ink)
        if size is None:  # the model rejects it
            return Prime(ink, text, 0.0, given=True)
        self._height = size.height
        baseline = Baseline.of(ink, size.height)
        self._character = CharacterWidth.usual(size.height)
        own = (text or ink.text or "").strip()
        if own and "\n" not in own:  # the ink of several lines is narrower than their text
            self._character = self._character.after(own, float(np.ptp(ink.points[:, 0])))
        return Prime(ink, text, baseline.at(float(ink.points[-1, 0])), given=True)

    def _room(self, height: float, character: CharacterWidth, indent: float) -> float:
        return TARGET_FILL * self._measure(height, indent) / max(character.mean, 1e-9 * height)

    def _measure(self, height: float, indent: float) -> float:
        """Return the width of a full line, in the ink's units."""
        return (self._layout.measure - indent) * (LINE_DISTANCE * height)

    def _sample(self, text: str, seed: int) -> Ink:
        prime = self._primes.current
        ink, prime_text = (prime.ink, prime.text) if prime else (None, None)
        return next(
            self._model.quiet_samples(1, seed, self._options, text=text, prime=ink, prime_text=prime_text)
        )

    def _complete(self, line: WrittenLine, seed: int) -> WrittenLine:
        """Draw the marks and signs that the model cannot write. The lines that follow continue without."""
        alphabet = self._model.file.alphabet
        if alphabet is None:
            return line
        return line.completed(Spelling.of(alphabet, line.text), self._model.reader, seed)

    def _is_usable(self, prime: Prime) -> bool:
        return self._model.reads(prime.ink, prime.text or "")

    def _character_after(self, attempt: Attempt) -> CharacterWidth:
        character = CharacterWidth.usual(attempt.height) if self._height is None else self._character
        # a line that ran away would make the next ones short
        if attempt.unusable or attempt.overflow:
            return character
        return character.after(attempt.line.text, attempt.line.width)

    def _has_run_away(self, line: WrittenLine, ratio: float | None, filled: float) -> bool:
        if self._height is None:
            return False
        if filled > 1 and line.width > RUNAWAY_WIDTH * units(line.text) * self._character.mean:
            return True
        if ratio is None or len(line.text) < ENOUGH or not self._primes.settled:
            return False
        return not 1 / RUNAWAY_SIZE < ratio / self._drift.ratio < RUNAWAY_SIZE
