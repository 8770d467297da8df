"""Finding the baseline of a line of handwriting.

A line is fitted to the lower ends of the letters: the points where the pen, after going down, turns up again
or lifts. Most of them lie on the baseline; those of descenders, commas and high strokes are outliers, which a
robust fit (iteratively reweighted least squares, IRLS) discounts the more the further off they are. On the
lines of IAM-OnDB the baselines of a line's quarters then differ by 0.13 heights (median), against 0.17 for
the mean of the ink, and a quarter of the slope remains that ordinary least squares leaves in lines with a
capital at one end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink

Points = NDArray[np.float64]

# All lengths are in heights (Size.height) of the handwriting.
TURN = 0.5  # the pen must go down and up by this much at a lower end
SPREAD = 0.5  # scale of the distances of lower ends from the baseline
MEAN_TO_BASELINE = 0.85  # distance from the mean of the ink, where there is no lower end
# Prior on the slope, as ink of this width on a level line: slopes scatter by 0.04, so short lines stay level.
LEVEL_WIDTH = 8.0
EXPECTED_WEIGHT = 2.0  # lower ends that an expected level counts as
ROUNDS = 10


@dataclass(frozen=True)
class Baseline:
    """The line through (`x`, `y`) that falls by `slope` to the right (y grows downwards)."""

    x: float
    y: float
    slope: float

    def at(self, x: float) -> float:
        """Return its y at `x`."""
        return self.y + self.slope * (x - self.x)

    @classmethod
    def of(cls, ink: Ink, height: float, expected: float | None = None) -> Baseline:
        """Fit the baseline of `ink`, which has at least one point, in handwriting of that Size.height.

        `expected` is its y judged by the line before; it decides where a lone dash or comma stands.
        """
        points = ink.points
        x0 = float(points[:, 0].min())
        ends = lower_ends(ink.strokes, TURN * height)
        if not len(ends):
            if expected is None:
                expected = float(points[:, 1].mean()) + MEAN_TO_BASELINE * height
            return cls(x0, expected, 0.0)
        middle = points.mean(axis=0)
        x, y = ((ends - middle) / height).T
        across, down = ((points - middle) / height).T
        slope = float(across @ down / (across @ across + len(points) * LEVEL_WIDTH**2 / 12))
        prior = None if expected is None else ((x0 - middle[0]) / height, (expected - middle[1]) / height)
        level, slope = _robust_line(x, y, slope, prior)
        return cls(x0, float(middle[1]) + height * (level + slope * (x0 - middle[0]) / height), slope)


def lower_ends(strokes: Sequence[Points], least: float) -> Points:
    """Find the lowest points (n, 2) between going down and going up by `least`; a lift counts as going up.

    The first point of a stroke that goes up counts too.
    """
    found = []
    for stroke in strokes:
        y = stroke[:, 1].tolist()
        low = high = 0
        down = up = True  # the stroke may begin in either direction
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


def _robust_line(
    x: Points, y: Points, slope: float, prior: tuple[float, float] | None
) -> tuple[float, float]:
    """Fit a line to the points (n,) by IRLS; return its level at x = 0 and its slope, all in heights.

    It starts from `slope` and the level around which most points lie; `prior` is one more point, of
    EXPECTED_WEIGHT.
    """
    count = np.full(len(x), 1.0)
    if prior is not None:
        x, y, count = np.append(x, prior[0]), np.append(y, prior[1]), np.append(count, EXPECTED_WEIGHT)
    level = _densest(y - slope * x, count)
    for _ in range(ROUNDS):
        weight = count / (1 + ((y - level - slope * x) / SPREAD) ** 2) ** 2
        total = weight.sum()
        mx, my = weight @ x / total, weight @ y / total
        slope = float(weight @ ((x - mx) * (y - my)) / (weight @ (x - mx) ** 2 + LEVEL_WIDTH**2))
        level = float(my - slope * mx)
    return level, slope


def _densest(y: Points, weight: Points) -> float:
    """Return the median of `y` within the interval of 2 SPREAD that holds most weight."""
    order = np.argsort(y)
    y, sums = y[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    end = np.searchsorted(y, y + 2 * SPREAD, side="right")
    first = int(np.argmax(sums[end] - sums[:-1]))
    return float(np.median(y[first : end[first]]))
