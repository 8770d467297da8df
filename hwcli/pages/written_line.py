"""A line of a page as it is written: level, from x = 0 to its width, its baseline at y = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hwcli.pages.baseline import Baseline
from hwcli.pages.levelling import levelled, levelled_prediction
from renderers.ink import Fault, Ink

Points = NDArray[np.float64]
# A stroke the middle of which is no further than so many heights behind a prime belongs to it. After real
# primes a network begins 2 or more behind; gaps between words in IAM-OnDB are 3 (one in a hundred below 0.8).
GAP = 1.0


@dataclass(frozen=True, eq=False)
class Prime:
    """Ink that a line goes on from, what it says, and how high its baseline is where it ends."""

    ink: Ink
    text: str | None  # None: the ink's own
    level: float
    given: bool = False  # by who asked for the page, who is told if it does not seem to say its text

    def with_strokes(self, strokes: Sequence[Points]) -> Prime:
        """The same with strokes more, of what it says already."""
        return Prime(Ink(strokes=(*self.ink.strokes, *strokes)), self.text or self.ink.text, self.level)


@dataclass(frozen=True, eq=False)
class Line:
    """A written line. Its ink has the text, the prediction and the trace."""

    ink: Ink
    before: Points | None  # (2,) where the pen was before its first point; None for a line written freely
    left_out: Sequence[
        Points
    ] = ()  # strokes that it began with and that were its prime's, in the prime's place

    @classmethod
    def of(cls, ink: Ink, prime: Prime | None, height: float, times: float = 1.0) -> Line:
        """`ink` as it was sampled after `prime` and in its units, brought to a hand of so much Size.height.

        It is so many `times` as large as that. Strokes that it begins with and that are still the prime's, a
        dot on its last i, are left out.
        """
        baseline = Baseline.of(ink, times * height, prime.level if prime else None)
        points = levelled(ink.points, baseline) / times
        first, before = 0, None
        if prime is not None:
            given = levelled(prime.ink.points, baseline) / times
            first = _beyond(points, ink.ends, float(given[:, 0].max()) + GAP * height)
            before = points[first - 1] if first else given[-1]
        left = np.array([points[first:, 0].min(), 0.0])
        prediction = ink.prediction and levelled_prediction(ink.prediction[first:], baseline.slope, times)
        trace = ink.trace
        if trace is not None:
            trouble = trace.prime_trouble if prime is None or prime.given else None
            trace = replace(trace, characters=trace.characters[first:], prime_trouble=trouble)
        about = {"prediction": prediction, "text": ink.text, "trace": trace}
        level = Ink.from_points(points[first:] - left, ink.ends[first:], **about)
        left_out = ink.strokes[: int(ink.ends[:first].sum())]
        return cls(level, None if before is None else before - left, left_out)

    @property
    def text(self) -> str:
        """What it says."""
        return self.ink.text or ""

    @cached_property
    def width(self) -> float:
        """From its leftmost point, at 0, to its rightmost."""
        return float(self.ink.points[:, 0].max())

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong with it."""
        return self.ink.trace.faults if self.ink.trace else ()

    def as_prime(self) -> Prime:
        """For a line that goes on in its hand."""
        return Prime(Ink(strokes=self.ink.strokes), self.text, 0.0)


def _beyond(points: Points, ends: NDArray[np.bool_], x: float) -> int:
    """The first point of the first stroke the middle of which is beyond `x`; 0 where none is."""
    starts = np.flatnonzero(np.concatenate([[True], ends[:-1]]))
    middles = np.add.reduceat(points[:, 0], starts) / np.diff(np.append(starts, len(points)))
    beyond = np.flatnonzero(middles > x)
    return int(starts[beyond[0]]) if len(beyond) else 0
