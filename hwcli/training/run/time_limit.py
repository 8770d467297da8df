"""Training for a given time: how far its schedule is, when it validates, and when it has to end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from hwcli.training.checkpoint import Progress

VALIDATIONS = 10  # of a run, at even times
SHARE = 0.01  # of the time that one validation should take
LEAST_LINES = 16  # that a validation scores, if there are as many
PYTHON = 2.0  # seconds at most kept for the start and end of Python itself
MARGIN = 1.5  # a validation, with its files, may take this many times as long as the slowest one before


class TimeLimit:
    """The time that a run may take, and how it is divided; without `minutes`, no time is counted.

    What has to survive a restart is in `progress`: the seconds used, and those to keep for the end. `clock`
    returns seconds.
    """

    def __init__(self, minutes: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = math.inf if minutes is None else 60 * minutes
        self.clock = clock
        self.began = clock()
        self.before = 0.0  # seconds used by earlier processes of the run
        self.ending = SHARE * self.seconds  # that the slowest validation took, with its files; first a guess

    @property
    def on(self) -> bool:
        """Whether there is a limit."""
        return math.isfinite(self.seconds)

    def begin(self, progress: Progress, began: float | None = None) -> None:
        """Count from `began`, by the clock, or from now on, and from what the run has used already."""
        self.before = progress.seconds
        self.began = self.clock() if began is None else began
        if progress.step == 0:
            progress.validated_at = self.used()  # starting up is no reason to validate earlier

    def used(self) -> float:
        """Return the seconds that the run has used; 0 without a limit."""
        return self.before + self.clock() - self.began if self.on else 0.0

    def reserve(self, step: float) -> float:
        """Return the seconds to keep for the end, if steps are read that take `step` seconds."""
        python = min(SHARE * self.seconds, PYTHON)
        return step + MARGIN * self.ending + python if self.on else 0.0

    def measured(self, ending: float) -> None:
        """Note how long a validation took, with the files written after it."""
        self.ending = max(self.ending, ending)

    def share(self, points_per_second: float, points: int) -> float:
        """Return the share of the `points` points of a validation that suits the time, at this pace."""
        return min(SHARE * self.seconds * points_per_second / max(points, 1), 1.0) if self.on else 1.0

    def spent(self, progress: Progress) -> float:
        """Return the share of the training time that is over, from 0 to 1; 0 without a limit."""
        return min(progress.seconds / max(self.seconds - progress.reserve, 1e-9), 1.0) if self.on else 0.0

    def over(self, progress: Progress) -> bool:
        """Return whether the remaining time is only enough for the end."""
        return self.on and progress.seconds + progress.reserve >= self.seconds

    def validation_due(self, progress: Progress) -> bool:
        """Return whether to validate now: VALIDATIONS times, less often where that takes too long."""
        gap = max(self.seconds / VALIDATIONS, (VALIDATIONS - 1) * self.ending)
        return self.on and progress.seconds - progress.validated_at >= gap


def evenly(count: int, share: float) -> list[int]:
    """Return the indices of a share of `count` items, evenly spread, the same for the same share.

    >>> evenly(100, 0.03)[:4], len(evenly(100, 0.5)), evenly(3, 0.1)
    ([3, 9, 15, 21], 50, [0, 1, 2])
    """
    kept = min(max(math.ceil(share * count), LEAST_LINES), count)
    return [(2 * k + 1) * count // (2 * kept) for k in range(kept)]
