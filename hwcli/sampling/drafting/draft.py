"""A sample as drawn, and how well it can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.target_text import TargetText
from renderers.attention import Attention
from renderers.ink import Fault, Trace

FOR_CLARITY = 5  # tries after which a text that only could be clearer is good enough


@dataclass(frozen=True)
class Draft:
    """A sample as drawn, its faults, and how many tries it took to get it."""

    written: Trajectory
    faults: Sequence[Fault]
    doubt: float  # to choose among drafts: how unlikely the text is, or else how many faults there are
    tries: int
    troubles: Sequence[int] = ()  # the characters of what was to be written that are at fault or not clear

    @property
    def clear(self) -> bool:
        """Whether a reader takes nothing else for nearly as likely."""
        return not self.troubles

    def since(self, written: int, text: int) -> Draft:
        """Return the draft without what is wrong before a character, in what was written and in the text."""
        faults = [fault for fault in self.faults if fault.place >= text]
        return replace(self, faults=faults, troubles=[place for place in self.troubles if place >= written])

    @property
    def badness(self) -> tuple[bool, bool, bool, float]:
        """A key that is lowest for the best draft: finished, without faults, clear, well to be read."""
        return not self.written.finished, bool(self.faults), not self.clear, self.doubt

    def is_good(self, limited: bool) -> bool:
        """Whether no other is to be drawn; one that was `limited` cannot be expected to reach its end."""
        if self.faults:
            return limited and not self.written.finished
        return self.clear or self.tries >= FOR_CLARITY

    def trace(self, target: TargetText, keep_prime: bool, prime_trouble: str | None) -> Trace:
        """Return the trace of an ink whose text starts with the prime's (`keep_prime`) or after it.

        Positions are in the ink's own text; -1 stands for a prime's character that is left out.
        """
        assert self.written.attended is not None
        before = target.start if keep_prime else 0
        places = target.in_text(self.written.attended) + before
        faults = tuple(replace(fault, place=before + fault.place) for fault in self.faults)
        attention = self._attention(target, before, len(places))
        return Trace(places.clip(-1), self.tries, faults, prime_trouble, attention)

    def _attention(self, target: TargetText, before: int, points: int) -> Attention | None:
        """Return the window's weights on an ink's own text, in which the target begins at `before`."""
        if self.written.weights is None:
            return None
        places = target.in_text(np.arange(len(target.codes))) + before
        of_text = np.zeros((len(target.spelling.text) + before, points), np.float32)
        known = places >= 0
        # several characters that are written may be one of the text, such as a letter and its mark
        np.add.at(of_text, places[known], self.written.weights.T[: len(places)][known])
        return Attention.of(of_text.T)
