"""Priming: the network reads real ink, and samples continue from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.loop import Start
from renderers.ink import Ink

BEHIND = 3, 0.2  # characters that the window may stand before a prime's end, and as a share of its text
BEYOND = 2  # characters that it may stand past the end: the space, and the next character


@dataclass(frozen=True)
class Primed:
    """Ink that the network has read, and what it takes to continue in its units."""

    begin: Start
    ink: Ink  # in its own units
    factor: float  # from its units to the model's
    characters: NDArray[np.int64] | None = None  # with text: (points,) what the window stood on
    trouble: str | None = None  # with text: why it does not seem to match the ink

    def then(self, after: Ink) -> Ink:
        """Return the prime and the ink `after` it as one ink.

        The text and the trace of `after` include the prime's text. `extra["prime_points"]` of the result
        counts the prime's points.
        """
        known, trace = self.ink.prediction, after.trace
        if trace is not None and self.characters is not None:
            trace = replace(trace, characters=np.concatenate([self.characters, trace.characters]))
        return Ink(
            strokes=(*self.ink.strokes, *after.strokes),
            prediction=known.then(after.prediction) if known and after.prediction else None,
            text=after.text,
            id=after.id,
            seed=after.seed,
            model=after.model,
            trace=trace,
            extra={"prime_points": len(self.ink)},
        )


def mismatch(last: int, text: str) -> str | None:
    """Return why a prime does not seem to match its `text`; None if it does.

    `last` is the position on which the window stood after the network had read the prime's last point.
    """
    at_most, part = BEHIND
    if -max(at_most, part * len(text)) <= last - (len(text) - 1) <= BEYOND:
        return None
    return (
        f"the prime does not seem to match its text {text!r}: at the end of the ink, the model had reached "
        f"character {last + 1} of {len(text)}"
    )
