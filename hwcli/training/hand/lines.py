"""The lines that a hand is learned from: which can be, at which size, and which one is continued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_size import Size, levelled, resampled
from hwcli.reader.reader import Reader
from hwcli.sampling.prime_check import prime_warning
from renderers.ink import Ink

FEWEST = 3  # lines
MOST_POINTS = 2_000  # of a line, at the model's density: four times as many as usual
MOST_CHARACTERS = 120
LENGTHS = 12, 45  # characters of a line that is continued: enough to show the hand, soon read


@dataclass(frozen=True)
class HandLines:
    """Lines of one hand: level, at the size and the density of a model, with their texts."""

    inks: Sequence[Ink]
    factor: float  # from the units in which they came to the model's
    left_out: Sequence[str]  # why, for each other line

    @classmethod
    def of(cls, inks: Sequence[Ink], size: Size, reader: Reader) -> HandLines:
        """Return those of `inks` that can be learned from by a model whose handwriting has `size`.

        Raises HwError if they are too few.
        """
        good, left_out = [], []
        for number, ink in enumerate(inks, 1):
            trouble = _trouble(ink, reader)
            if trouble is None:
                good.append(levelled(ink))
            else:
                left_out.append(f"{ink.id or f'line {number}'} {trouble}")
        sizes = [measured for ink in good if (measured := Size.of(ink)) is not None]
        factor, density = Size.typical(sizes).to(size) if sizes else (1.0, 1.0)
        lines = []
        for ink in good:
            if (points := density * len(ink)) > MOST_POINTS:
                left_out.append(f"{ink.id or ink.text!r} is too long for a line: {points:,.0f} points")
                continue
            strokes = tuple(stroke * factor for stroke in resampled(ink, density).strokes)
            lines.append(Ink(strokes=strokes, text=" ".join((ink.text or "").split()), id=ink.id))
        if len(lines) < FEWEST:
            why = f"; left out: {'; '.join(left_out[:3])}" if left_out else ""
            raise HwError(
                f"a hand is learned from at least {FEWEST} lines with their texts, not {len(lines)}{why}",
                "record more: hw hand record; or keep one line: hw hand save",
            )
        return cls(lines, factor, left_out)

    def prime(self, reader: Reader) -> Ink:
        """Return the line to continue from, in the units in which it came.

        Of those that are read best, it is the most typical of the hand.
        """
        low, high = LENGTHS
        usual = [ink for ink in self.inks if low <= len(ink.text or "") <= high] or list(self.inks)
        usual.sort(key=lambda ink: _legibility(reader, ink), reverse=True)
        typical = np.median([_measures(ink) for ink in self.inks], axis=0)
        best = min(
            usual[: -(-len(usual) // 2)], key=lambda ink: float(np.abs(_measures(ink) - typical).sum())
        )
        return replace(best, strokes=tuple(stroke / self.factor for stroke in best.strokes))


def _trouble(ink: Ink, reader: Reader) -> str | None:
    text = " ".join((ink.text or "").split())
    if not text:
        return "has no text"
    if "\n" in (ink.text or "").strip() or len(text) > MOST_CHARACTERS:
        return "has more than one line of text"
    if Size.of(ink) is None:
        return "has no measurable size"
    return prime_warning(reader, ink, text)


def _legibility(reader: Reader, ink: Ink) -> float:
    """Return the log-likelihood of a line's text per character, in nats."""
    (found,) = reader.log_likelihoods(ink, [ink.text or ""])
    return found / max(len(ink.text or ""), 1)


def _measures(ink: Ink) -> NDArray[np.float64]:
    """Return the logarithms of a line's height, and of the width and the points per character."""
    size, width = Size.of(ink), float(np.ptp(ink.points[:, 0]))
    assert size is not None
    characters = max(len(ink.text or ""), 1)
    return np.log([size.height, max(width, size.height) / characters, len(ink) / characters])
