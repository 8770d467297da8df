"""The line that writing stands on, found in its ink.

It is fitted to the lower ends of the letters: where the pen turns upwards again, or lifts, after going down.
Most stand on the baseline; those of descenders, commas and high strokes are outliers, which weigh less the
further off they are. On the lines of IAM-OnDB the level of a line's quarters then differs by 0.13 heights
(median), where that of the ink's mean differs by 0.17, and a quarter of the slope that least squares leave in
lines, which a capital at one end tilts, remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink

Points = NDArray[np.float64]

# All in heights (Size.height) of the hand.
TURN = 0.5  # that the pen goes down and up again at a lower end
SPREAD = 0.5  # lower ends stand as far from the baseline
AWAY = 0.85  # from the middle of the ink to the baseline, where nothing else tells
# Slopes are 0.04 either way. It takes some writing to say otherwise: less than so wide hardly does.
NARROW = 8.0
KNOWN = 2.0  # lower ends that a level which is known beforehand counts for
ROUNDS = 10


@dataclass(frozen=True)
class Baseline:
    """The line through (`x`, `y`) that falls by `slope` to the right (y grows downwards)."""

    x: float
    y: float
    slope: float

    def at(self, x: float) -> float:
        """Its y at `x`."""
        return self.y + self.slope * (x - self.x)

    @classmethod
    def of(cls, ink: Ink, height: float, near: float | None = None) -> Baseline:
        """That of `ink`, which has a point at least, in a hand of so much Size.height.

        `near` is where it should lie by what was written before, which tells where a dash or a comma stands.
        """
        points = ink.points
        x0 = float(points[:, 0].min())
        ends = lower_ends(ink.strokes, TURN * height)
        if not len(ends):
            level = near if near is not None else float(points[:, 1].mean()) + AWAY * height
            return cls(x0, level, 0.0)
        middle = points.mean(axis=0)
        x, y = ((ends - middle) / height).T
        across, down = ((points - middle) / height).T
        slope = float(across @ down / (across @ across + len(points) * NARROW**2 / 12))
        known = None if near is None else ((near - middle[1]) / height, (x0 - middle[0]) / height)
        level, slope = _fitted(x, y, slope, known)
        return cls(x0, float(middle[1]) + height * (level + slope * (x0 - middle[0]) / height), slope)


def lower_ends(strokes: Sequence[Points], least: float) -> Points:
    """The lowest points (n, 2) between a way down of at least `least` and a way up of as much, or a lift.

    A stroke that begins with a way up began at one too.
    """
    found = []
    for stroke in strokes:
        y = stroke[:, 1].tolist()
        low = high = 0
        down = up = True  # either way may be the first
        for k, value in enumerate(y):
            if down and value > y[low]:
                low = k
            if up and value < y[high]:
                high = k
            if down and value < y[low] - least:
                found.append(stroke[low])
                down, up, high = False, True, k
            elif up and value > y[high] + least:
                down, up, low = True, False, k
        if down and not up:
            found.append(stroke[low])
    return np.array(found).reshape(-1, 2)


def _fitted(x: Points, y: Points, slope: float, known: tuple[float, float] | None) -> tuple[float, float]:
    """Level at x = 0 and slope of the line that most of the places (n,) are near to, all in heights.

    It begins with `slope` at the level where the lower ends are densest; `known` is a level, and where.
    """
    ends = np.full(len(x), 1.0)
    if known is not None:
        x, y, ends = np.append(x, known[1]), np.append(y, known[0]), np.append(ends, KNOWN)
    level = _densest(y - slope * x, ends)
    for _ in range(ROUNDS):
        weight = ends / (1 + ((y - level - slope * x) / SPREAD) ** 2) ** 2
        total = weight.sum()
        mx, my = weight @ x / total, weight @ y / total
        slope = float(weight @ ((x - mx) * (y - my)) / (weight @ (x - mx) ** 2 + NARROW**2))
        level = float(my - slope * mx)
    return level, slope


def _densest(y: Points, weight: Points) -> float:
    """The middle of the span of 2 SPREAD in which most of `y` lies."""
    order = np.argsort(y)
    y, sums = y[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    end = np.searchsorted(y, y + 2 * SPREAD, side="right")
    first = int(np.argmax(sums[end] - sums[:-1]))
    return float(np.median(y[first : end[first]]))
