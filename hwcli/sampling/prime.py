"""Real ink that samples go on from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hwcli.engine.loop import Start
from renderers.ink import Ink

BEHIND = 3, 0.2  # characters that the window may stand before a prime's end, and as a part of its text
BEYOND = 2  # characters that it may stand behind it: the space, and the next one


@dataclass(frozen=True)
class Primed:
    """Ink that the network has read, and what is needed to write on in its units."""

    begin: Start
    ink: Ink  # in its own units
    factor: float  # from its units to the model's
    characters: Sequence[int] | None = None  # with a text: the character that the window stood on, by point
    trouble: str | None = None  # with a text: why it does not seem to be what the ink says

    def then(self, after: Ink, before: str) -> Ink:
        """The prime and what was written after it, as one ink, whose text is that of both.

        Its extra says how many points are given. `before` is the prime's text, if it has one.
        """
        known = self.ink.prediction
        prediction = known.then(after.prediction) if known and after.prediction else None
        extra = {**after.extra, "prime_points": len(self.ink)}
        if self.characters is not None:
            extra["characters"] = [*self.characters, *extra["characters"]]
        return Ink(
            strokes=(*self.ink.strokes, *after.strokes),
            prediction=prediction,
            text=None if after.text is None else before + after.text,
            id=after.id,
            seed=after.seed,
            model=after.model,
            extra=extra,
        )


def astray(last: int, text: str) -> str | None:
    """What to say where the window's `last` place, read along the prime, is not at the end of its `text`."""
    at_most, part = BEHIND
    if -max(at_most, part * len(text)) <= last - (len(text) - 1) <= BEYOND:
        return None
    return (
        f"the prime does not seem to say {text!r}: read along it, the model stood on character {last + 1} "
        f"of {len(text)} at its end"
    )
