"""One written line of a page: level, its leftmost point at x = 0 and its baseline at y = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hwcli.lettering.spelling import Spelling
from hwcli.pages.baseline import Baseline
from hwcli.pages.levelling import levelled, levelled_prediction
from hwcli.reader.reader import Reader
from hwcli.sampling.completion import completed
from renderers.ink import Fault, Ink

Points = NDArray[np.float64]
# Strokes whose mean x is less than this many heights to the right of a prime belong to the prime. After real
# primes the network continues at least 2 heights further right; gaps between words in IAM-OnDB are 3 (1 % are
# below 0.8).
GAP = 1.0


@dataclass(frozen=True, eq=False)
class Prime:
    """Ink that a line continues from, its text, and the y of its baseline where it ends."""

    ink: Ink
    text: str | None  # None: the ink's own
    level: float
    given: bool = False  # by the caller, who is told if the ink does not seem to match the text

    def with_strokes(self, strokes: Sequence[Points]) -> Prime:
        """Append strokes that belong to its text."""
        return Prime(Ink(strokes=(*self.ink.strokes, *strokes)), self.text or self.ink.text, self.level)


@dataclass(frozen=True, eq=False)
class WrittenLine:
    """A written line; its ink has the text, the prediction and the trace."""

    ink: Ink
    pen_before: Points | None  # (2,) position of the pen before the first point; None without a prime
    prime_strokes: Sequence[Points] = ()  # removed from its beginning, in the prime's coordinates
    written: str | None = None  # what the network wrote, if that is not the text
    complete: Ink | None = None  # with marks and signs that were drawn, if there are any
    indent: float = 0.0  # in line heights
    align: str | None = None  # left, center or right; None: as the page

    @classmethod
    def of(cls, ink: Ink, prime: Prime | None, height: float, scale: float = 1.0) -> WrittenLine:
        """Level `ink`, in the units of its `prime`, and divide it by `scale`: to Size.height `height`.

        Strokes at its beginning that still belong to the `prime`, such as the dot on its last i, are removed.
        """
        baseline = Baseline.of(ink, scale * height, prime.level if prime else None)
        points = levelled(ink.points, baseline) / scale
        first, before = 0, None
        if prime is not None:
            given = levelled(prime.ink.points, baseline) / scale
            first = _first_beyond(points, ink.ends, float(given[:, 0].max()) + GAP * height)
            before = points[first - 1] if first else given[-1]
        left = np.array([points[first:, 0].min(), 0.0])
        prediction = ink.prediction and levelled_prediction(ink.prediction[first:], baseline.slope, scale)
        trace = ink.trace
        if trace is not None:
            trouble = trace.prime_trouble if prime is None or prime.given else None
            attention = trace.attention and trace.attention.rows(np.arange(first, len(ink)))
            characters = trace.characters[first:]
            trace = replace(trace, characters=characters, prime_trouble=trouble, attention=attention)
        about = {"prediction": prediction, "text": ink.text, "trace": trace}
        level = Ink.from_points(points[first:] - left, ink.ends[first:], **about)
        prime_strokes = ink.strokes[: int(ink.ends[:first].sum())]
        return cls(level, None if before is None else before - left, prime_strokes)

    @property
    def shown(self) -> Ink:
        """What the page shows: its ink, which others continue from, and what was drawn to complete it."""
        return self.complete or self.ink

    def completed(self, spelling: Spelling, reader: Reader | None, seed: int) -> WrittenLine:
        """Return the line with the marks and signs of `spelling` drawn."""
        if spelling.is_plain:
            return self
        complete = completed(self.ink, spelling, reader, [seed], self.pen_before)
        return replace(self, written=spelling.written, complete=complete)

    def narrowed(self, factor: float) -> WrittenLine:
        """Return the line with its width divided by `factor`; its height stays."""
        scales = np.array([factor, 1.0])
        before = None if self.pen_before is None else self.pen_before / scales
        complete = self.complete and _over(self.complete, scales)
        return replace(self, ink=_over(self.ink, scales), complete=complete, pen_before=before)

    @property
    def text(self) -> str:
        """Its text."""
        return self.ink.text or ""

    @cached_property
    def width(self) -> float:
        """The x of its rightmost point."""
        return float(self.shown.points[:, 0].max())

    @property
    def faults(self) -> Sequence[Fault]:
        """The faults that the model found in it."""
        return self.ink.trace.faults if self.ink.trace else ()

    @property
    def tries(self) -> int:
        """The number of samples that the model drew for it."""
        return (self.ink.trace.tries if self.ink.trace else None) or 1

    def as_prime(self) -> Prime:
        """Return the line as the prime of others."""
        return Prime(Ink(strokes=self.ink.strokes), self.written or self.text, 0.0)


def _over(ink: Ink, scales: Points) -> Ink:
    """Return `ink`, and its prediction, divided by `scales` (2,)."""
    prediction = ink.prediction and levelled_prediction(ink.prediction, 0.0, scales)
    return replace(ink, strokes=tuple(stroke / scales for stroke in ink.strokes), prediction=prediction)


def _first_beyond(points: Points, ends: NDArray[np.bool_], x: float) -> int:
    """Return the first point of the first stroke whose mean x is above `x`; 0 if there is none."""
    starts = np.flatnonzero(np.concatenate([[True], ends[:-1]]))
    middles = np.add.reduceat(points[:, 0], starts) / np.diff(np.append(starts, len(points)))
    beyond = np.flatnonzero(middles > x)
    return int(starts[beyond[0]]) if len(beyond) else 0
