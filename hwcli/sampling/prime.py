"""Real ink that samples go on from."""

from __future__ import annotations

from dataclasses import dataclass

from hwcli.sampling.writer import Begin
from renderers.ink import Ink


@dataclass(frozen=True)
class Primed:
    """Ink that the network has read, and what is needed to write on in its units."""

    begin: Begin
    ink: Ink  # in its own units
    factor: float  # from its units to the model's

    def then(self, after: Ink) -> Ink:
        """The prime and what was written after it, as one ink; its extra says how many points are given."""
        known = self.ink.prediction
        prediction = known.then(after.prediction) if known and after.prediction else None
        return Ink(
            strokes=(*self.ink.strokes, *after.strokes),
            prediction=prediction,
            id=after.id,
            seed=after.seed,
            model=after.model,
            extra={"prime_points": len(self.ink)},
        )
