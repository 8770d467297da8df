"""Estimate of the ratio between the written and the intended size of lines. Heights are Size.height."""

from __future__ import annotations

import math
from dataclasses import dataclass

# A line of n characters measures a writer's log height to 0.86 / √n, and writers scatter by 0.26. So the
# prior counts as much as (0.86 / 0.26)² characters: a line may be just a capital and a comma.
PRIOR_CHARACTERS = 11


@dataclass(frozen=True)
class SizeDrift:
    """Running estimate of how much larger than intended lines come out: a mean of log ratios, shrunk to 0.

    A network writes a little larger or smaller than its prime. Lines are divided by the estimate.
    """

    total: float = 0.0  # sum of the lines' log ratios, each times the line's characters
    characters: int = 0

    @property
    def ratio(self) -> float:
        """The size of the next line divided by the intended one, before it is measured."""
        return math.exp(self.total / (self.characters + PRIOR_CHARACTERS))

    def of_line(self, measured: float | None, characters: int) -> float:
        """Estimate a line's ratio from its `measured` one and the lines before; None: cannot be measured."""
        if measured is None:
            return self.ratio
        total = PRIOR_CHARACTERS * math.log(self.ratio) + characters * math.log(measured)
        return math.exp(total / (PRIOR_CHARACTERS + characters))

    def after(self, measured: float | None, characters: int) -> SizeDrift:
        """Include a line in the estimate."""
        if measured is None:
            return self
        return SizeDrift(self.total + characters * math.log(measured), self.characters + characters)
