"""A generated sequence, and where it can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.lstm import IntArray, State

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Start:
    """Where a sequence starts: a state of the network, and the row that it reads next."""

    state: State  # of one sequence
    row: NDArray[np.float32]  # (3,) normalised


@dataclass(frozen=True)
class Trajectory:
    """One generated sequence of n points."""

    points: NDArray[np.float64]  # (n, 2) in the model's units, relative to the origin
    lifts: NDArray[np.bool_]  # (n,) whether the pen lifts after the point
    raws: Array | None  # (n, 6 m + 1) the mixture vectors
    attended: IntArray | None = None  # (n,) the character under the window, from 0
    finished: bool = True  # False if the points ran out before the end of the text
    weights: Array | None = None  # (n, longest + 1) those of the window, on a text and after it
    # of what follows a number of points, if they were kept; the end of the text must be ahead there
    starts: Mapping[int, Start] = field(default_factory=dict)

    def with_starts(self, starts: Mapping[int, Start]) -> Trajectory:
        """Return it with those of `starts` that are in it."""
        return replace(self, starts={n: start for n, start in starts.items() if n <= len(self.points)})

    def resumable(self, points: int) -> int:
        """Return the largest number up to `points` after which it can be resumed; 0 if there is none."""
        return max((n for n in self.starts if n <= points), default=0)

    def until(self, points: int) -> Trajectory:
        """Return its first `points`."""
        return Trajectory(
            self.points[:points],
            self.lifts[:points],
            None if self.raws is None else self.raws[:points],
            None if self.attended is None else self.attended[:points],
            True,
            None if self.weights is None else self.weights[:points],
        ).with_starts(self.starts)

    def followed_by(self, rest: Trajectory, grid: float) -> Trajectory:
        """Return it and then `rest`, which was drawn after it on the same `grid`."""
        places = np.rint(self.points[-1] * grid) + np.rint(rest.points * grid)
        return Trajectory(
            np.concatenate([self.points, places / grid]),
            np.concatenate([self.lifts, rest.lifts]),
            _joined(self.raws, rest.raws),
            _joined(self.attended, rest.attended),
            rest.finished,
            _joined(*map(_as_wide, (self.weights, rest.weights), (rest.weights, self.weights))),
            {**self.starts, **{len(self.points) + n: start for n, start in rest.starts.items()}},
        )


def _as_wide(weights: Array | None, others: Array | None) -> Array | None:
    """Return `weights` with as many columns as `others`: as the longest text of a batch has."""
    if weights is None or others is None:
        return None
    return np.pad(weights, ((0, 0), (0, max(others.shape[1] - weights.shape[1], 0))))


def _joined(first: Any, rest: Any) -> Any:
    return None if first is None or rest is None else np.concatenate([first, rest])
