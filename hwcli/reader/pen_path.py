"""Ink as a reader sees it: even steps along the pen's path, in heights of the handwriting.

The effects of tablet and writer are removed first: units, sampling rate and pen speed, the slope of the line.
So ink of any size and density is read alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError
from hwcli.ink_size import Size, slope_of
from hwcli.model.reader_shape import CHANNELS
from renderers.ink import Ink

FloatArray = NDArray[np.float64]
STEP = 0.25  # distance of steps along the path, in heights of the handwriting; some 20 steps per character
LEAST = 3  # pieces of a stroke at least, so that a dot makes a frame of its own
LIFTED = 3  # steps of a move with the pen up
# Height over the width of the widest stroke, at least: a dash has a width, but hardly a height.
FLATTEST = 0.04
MAX_STEPS = 20_000  # of a line: some 1,000 characters
USUAL = 10  # power of two of a line's extent while it is measured
FARTHEST = 1e6  # heights of a point from the first
BEHIND = 6.0  # heights behind the rightmost point from which more makes no difference


@dataclass(frozen=True)
class Features:
    """The steps of a line, and where they come from."""

    rows: NDArray[np.float32]  # (steps, CHANNELS)
    points: NDArray[np.int64]  # (steps,) number of the point of the ink that a step is at, or comes from


@dataclass(frozen=True)
class PenPath:
    """A line of ink, level and centred, in heights of its handwriting (`Size.height`)."""

    points: FloatArray  # (n, 2)
    ends: NDArray[np.bool_]  # (n,) true at the last point of each stroke

    @classmethod
    def of(cls, ink: Ink) -> PenPath:
        """Level and scale `ink`. Raises HwError for ink without a point, or with far too long a path."""
        if not len(ink):
            raise HwError("this ink has no point to read")
        return cls.of_points(ink.points, ink.ends)

    @classmethod
    def of_points(cls, points: FloatArray, ends: NDArray[np.bool_]) -> PenPath:
        """Level and scale ink from its points (n, 2) and flags at the ends of strokes (n,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            points = points - points[0]
            # by a power of two, so exactly: squares of very large and very small numbers are none
            points = np.ldexp(points, USUAL - np.frexp(np.abs(points).max())[1])
            points = points / _height(points, ends)
        if not (np.abs(points) < FARTHEST).all():
            raise HwError("this ink is not a line of handwriting: it is far too wide for its height")
        path = cls(points, ends)
        length = np.hypot(*np.diff(points, axis=0).T)[~ends[:-1]].sum()
        if length / STEP + (LEAST + LIFTED) * ends.sum() > MAX_STEPS:
            raise HwError("this ink is not a line of handwriting: its path is far too long for its height")
        even = path._even()[0]  # every piece of the path counts equally, as for the height
        points = points - even.mean(0)
        points[:, 1] -= slope_of(even) * points[:, 0]
        return cls(points, ends)

    def features(self) -> Features:
        """Return the network's input.

        A step with the pen down has its direction, one with the pen up the whole jump, on a logarithmic
        scale. All have the height below the centre, the distance behind the rightmost point before (dots and
        bars follow their letters), and flags: the pen is up, a stroke begins.
        """
        points, fresh, origin = self._even()
        move = np.diff(points, axis=0, prepend=points[:1])
        down = move * ~fresh[:, None] / STEP
        x, y = points.T
        behind = np.minimum(np.maximum.accumulate(x) - x, BEHIND) / 3
        rows = np.zeros((len(points), CHANNELS))
        rows[:, :2] = down
        rows[:, 5], rows[:, 6], rows[:, 7] = fresh, y, behind
        begins = np.flatnonzero(fresh)[1:]
        jumps = np.sign(move[begins]) * np.log1p(np.abs(move[begins]))
        between = np.zeros((len(begins), CHANNELS))
        between[:, 2:4], between[:, 4] = jumps, 1
        between[:, 6:] = (rows[begins, 6:] + rows[begins - 1, 6:]) / 2
        at = np.repeat(begins, LIFTED)
        return Features(
            np.insert(rows, at, np.repeat(between, LIFTED, 0), 0).astype(np.float32),
            np.insert(origin, at, origin[at]),
        )

    def _even(self) -> tuple[FloatArray, NDArray[np.bool_], NDArray[np.int64]]:
        """Return even steps along each stroke, flags at those that begin one, and their points of the ink."""
        along = np.hypot(*np.diff(self.points, axis=0).T)
        along[self.ends[:-1]] = 1.0  # separates strokes in the one interpolation over all
        at = np.concatenate([[0.0], along.cumsum()])
        last = np.flatnonzero(self.ends)
        start = at[np.concatenate([[0], last[:-1] + 1])]
        length = at[last] - start
        pieces = np.maximum(np.round(length / STEP), LEAST).astype(int)
        stroke = np.repeat(np.arange(len(last)), pieces + 1)
        within = np.arange(len(stroke)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
        where = start[stroke] + within * (length / pieces)[stroke]
        even = np.column_stack([np.interp(where, at, axis) for axis in self.points.T])
        origin = np.searchsorted(at, where - 1e-9 * STEP)
        return even, within == 0, np.clip(origin, 0, last[stroke])


def _height(points: FloatArray, ends: NDArray[np.bool_]) -> float:
    """Return the height of the handwriting, in the units of `points`; for ink without any, its extent."""
    size = Size.of_points(points, ends)
    strokes = np.split(points, np.flatnonzero(ends)[:-1] + 1)
    flattest = FLATTEST * max(float(np.ptp(stroke[:, 0])) for stroke in strokes)
    return max(size.height if size else 0.0, flattest) or float(np.ptp(points, axis=0).max()) or 1.0
