"""Writing the lines of a page in one handwriting, each filling its measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hwcli.ink_size import Size
from hwcli.pages.baseline import Baseline
from hwcli.pages.layout import LINE_DISTANCE, Layout
from hwcli.pages.line_breaking import RunningText
from hwcli.pages.prime_choice import ENOUGH, PrimeChoice
from hwcli.pages.size_drift import SizeDrift
from hwcli.pages.text_width import CharacterWidth, units
from hwcli.pages.written_line import Prime, WrittenLine

if TYPE_CHECKING:
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.ink import Ink

TARGET_FILL = 0.96  # estimated width of a line over the measure: widths scatter by 8 %
# A line that fills less of the measure may have room for another word; it gets up to this many times as much
# text.
MIN_FILL, MAX_GROWTH = 0.85, 1.5
MAX_REWRITES = 4
# A line wider than estimated by this factor, or larger or smaller than the lines before, has run away.
RUNAWAY_WIDTH, RUNAWAY_SIZE = 1.4, 1.8


@dataclass(frozen=True)
class _Attempt:
    """One attempt at a line, and the state after accepting it."""

    line: WrittenLine
    rest: RunningText
    height: float
    drift: SizeDrift
    filled: float  # width over the measure
    unusable: bool  # it has run away, or would be a prime that others cannot continue from

    @property
    def overflow(self) -> float:
        """The part of its width beyond the measure, over the measure."""
        return max(self.filled - 1, 0.0)

    @property
    def badness(self) -> tuple[bool, float, float]:
        """A key that is lowest for the best attempt: usable, then within the measure, then full."""
        return self.unusable, self.overflow, -self.filled


class LineWriter:
    """Writes the lines of one sample, in one handwriting.

    The first line is written freely and sets the size; the others continue from an earlier line
    (`PrimeChoice`). If a `prime` is given, it sets the size and all lines continue from it. Every line
    has a seed of its own, derived from `seed`, the sample's `number` and the line's.
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
        self._height: float | None = None
        self._drift = SizeDrift()
        self._character = CharacterWidth.usual(model.size.height)
        self._primes = PrimeChoice(None if prime is None else self._given(*prime))

    @property
    def height(self) -> float:
        """Size.height of the handwriting; the model's usual one until a line is written or a prime given."""
        return self._height or self._model.size.height

    def write(self, text: RunningText) -> tuple[WrittenLine | None, RunningText]:
        """Write the next line of `text`, None for an empty one; return it and the remaining text.

        A line wider than the measure is broken again by its own character width and rewritten with the same
        seed, so that it begins the same; a short line that has room for more words is, once, too. An unusable
        line is rewritten with the same words and another seed. After MAX_REWRITES the best attempt is kept.
        """
        if not text.lines[0]:
            return None, RunningText(text.lines[1:])
        best: _Attempt | None = None
        reseeded, grown, written = 0, False, set()
        words, rest = text.next_line(self._room(self.height, self._character), self._hyphen)
        for _ in range(MAX_REWRITES + 1):
            attempt = self._attempt(words, rest, reseeded)
            if self._primes.complete(attempt.line, self._is_usable):
                continue  # strokes taken by the prime may include the line's own first letter
            if best is None or attempt.badness < best.badness:
                best = attempt
            if attempt.unusable:
                reseeded += 1
                continue
            if not attempt.overflow and (grown or attempt.filled > MIN_FILL):
                break
            written.add(words)
            words, rest = text.next_line(self._room_by(attempt), self._hyphen)
            grown = grown or not attempt.overflow
            if words in written:
                break
        assert best is not None
        self._character, self._height = self._character_after(best), best.height
        self._drift = self._drift if best.unusable else best.drift
        self._written += 1
        self._primes.update(best.line)
        return best.line, best.rest

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

    def _room_by(self, attempt: _Attempt) -> float:
        """Return the room for words at the attempt's own character width."""
        text = units(attempt.line.text)
        room = self._room(attempt.height, CharacterWidth(attempt.line.width, text))
        return min(room, MAX_GROWTH * text)

    def _room(self, height: float, character: CharacterWidth) -> float:
        """Return the room in a line, in mean characters."""
        return TARGET_FILL * self._measure(height) / max(character.mean, 1e-9 * height)

    def _measure(self, height: float) -> float:
        """Return the width of a full line, in the ink's units."""
        return self._layout.measure * (LINE_DISTANCE * height)

    def _attempt(self, text: str, rest: RunningText, reseeded: int) -> _Attempt:
        prime = self._primes.current
        ink = self._sample(text, prime, _derived_seed(*self._seed, self._written, reseeded))
        size, n = Size.of(ink), len(text)
        height = self._height
        if height is None:  # the first line: as far from the model's usual size as it can be trusted
            usual = self._model.size.height
            height = usual * SizeDrift().of_line(None if size is None else size.height / usual, n)
        ratio = None if size is None else size.height / height
        line = WrittenLine.of(ink, prime, height, self._drift.of_line(ratio, n))
        filled = line.width / self._measure(height)
        drift = self._drift.after(ratio, n)
        unusable = self._has_run_away(line, ratio, filled) or (
            self._primes.accepts(line) and not self._is_usable(line.as_prime())
        )
        return _Attempt(line, rest, height, drift, filled, unusable)

    def _sample(self, text: str, prime: Prime | None, seed: int) -> Ink:
        ink, prime_text = (prime.ink, prime.text) if prime else (None, None)
        return next(self._model.samples(1, seed, self._options, text=text, prime=ink, prime_text=prime_text))

    def _is_usable(self, prime: Prime) -> bool:
        return self._model.reads(prime.ink, prime.text or "")

    def _character_after(self, attempt: _Attempt) -> CharacterWidth:
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


def _derived_seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
