"""Measures the size of handwriting and the spacing of its points, and rescales ink to a model's.

Both are measured on the ink and on the model's training lines, since the units and the sampling rate of a
tablet say nothing about the handwriting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.typed_data import DamageError, record
from renderers.ink import Ink

FloatArray = NDArray[np.float64]
WIDE = 3.0  # width to height above which ink has a baseline, whose slope is removed
LEVEL = 1e-3  # height to width below which ink is a straight line: its height is rounding or tremor
UNITS = 1e-30, 1e30  # heights for which predictions fit into float32
MAX_POINTS = 1_000_000  # in resampled ink: handwriting needs far fewer
UNMEASURED = "it is empty, a dot, a straight line, or far out of scale"  # why a size is None
DENSER = 1.5  # ratio of densities up to which ink is not resampled, either way


@dataclass(frozen=True)
class Size:
    """The size of handwriting, in the units of its ink.

    >>> Size.of(Ink(strokes=([(0, 0), (0, 12)],)))
    Size(height=3.4641016151377544, spacing=12.0)
    """

    height: float  # standard deviation of the path about its baseline, weighted by length
    spacing: float  # mean distance between consecutive points of a stroke

    @classmethod
    def of(cls, ink: Ink) -> Size | None:
        """Return the size of `ink`; None if it has no extent: dots, a straight line, absurd coordinates."""
        return cls.of_points(ink.points, ink.ends)

    @classmethod
    def of_points(cls, points: FloatArray, ends: NDArray[np.bool_]) -> Size | None:
        """Return the size of ink from its points (n, 2) and flags at the ends of strokes (n,)."""
        if len(points) < 2:
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # absurd coordinates are rejected below
            return cls._measured(points - points[0], ~ends[:-1])

    @classmethod
    def _measured(cls, points: FloatArray, down: NDArray[np.bool_]) -> Size | None:
        """Measure the path along `points`, (n, 2); `down`, (n - 1,), flags its pen-down segments."""
        pieces = np.diff(points, axis=0)[down]
        lengths = np.hypot(pieces[:, 0], pieces[:, 1])
        total = lengths.sum()
        if not total > 0:
            return None
        x, y = (points[:-1][down] + pieces / 2).T
        weight, (dx, dy) = lengths / total, pieces.T
        x, y = x - weight @ x, y - weight @ y
        spread_x, spread_y = _spread(weight, x, dx), _spread(weight, y, dy)
        if spread_x > WIDE * spread_y > 0:
            slope = weight @ (x * y + dx * dy / 12) / spread_x**2
            y, dy = y - slope * x, dy - slope * dx
            spread_y = _spread(weight, y, dy)
        if not (spread_y > LEVEL * spread_x and UNITS[0] < spread_y < UNITS[1]):
            return None
        return cls(spread_y, float(lengths.mean()))

    @classmethod
    def typical(cls, sizes: list[Size]) -> Size:
        """Return the medians of height and spacing."""
        return cls(float(np.median([s.height for s in sizes])), float(np.median([s.spacing for s in sizes])))

    def to(self, model: Size) -> tuple[float, float]:
        """Return the factor of the units, and that of the points per stroke, from this size to a model's."""
        factor = model.height / self.height
        return factor, factor * self.spacing / model.spacing

    @classmethod
    def from_json(cls, row: Any) -> Size:
        """Return the size in a model file; raise DamageError if `row` is not a size."""
        size = record(cls, row, "a size")
        if not all(UNITS[0] < number < UNITS[1] for number in (size.height, size.spacing)):
            raise DamageError(f"a size must be above {UNITS[0]:g} and below {UNITS[1]:g}")
        return size


def _spread(weight: FloatArray, middles: FloatArray, extents: FloatArray) -> float:
    """Return the standard deviation of straight segments along an axis, from their middles and extents."""
    return float(np.sqrt(weight @ (middles**2 + extents**2 / 12)))


def resampled(ink: Ink, factor: float) -> Ink:
    """Return `ink` with `factor` times as many points per stroke, at even steps of time.

    New points lie on the uniform Catmull-Rom spline through the old ones (Catmull and Rom 1974), whose
    parameter is time: straight lines between the points would give a polygon, with corners that no pen makes.
    Every stroke keeps its first and last point.
    """
    return Ink(strokes=tuple(_on_spline(stroke, factor) for stroke in ink.strokes))


def _on_spline(stroke: FloatArray, factor: float) -> FloatArray:
    """Return points of the spline through `stroke`, (n, 2), at even steps of its parameter."""
    pieces = len(stroke) - 1
    if pieces == 0:
        return stroke
    at = np.linspace(0, pieces, max(round(pieces * factor), 1) + 1)
    here = np.minimum(at.astype(int), pieces - 1)
    t = (at - here)[:, None]
    # beyond its ends the stroke continues as it ends
    around = np.concatenate([[2 * stroke[0] - stroke[1]], stroke, [2 * stroke[-1] - stroke[-2]]])
    a, b, c, d = (around[here + k] for k in range(4))
    points: FloatArray = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    points[-1] = stroke[-1]  # not just to rounding
    return points


def fitted(ink: Ink, model: Size) -> tuple[Ink, float] | None:
    """Return `ink` at a model's size and density, and the factor that its units were multiplied by.

    Returns None if the ink has no extent, or would need more than MAX_POINTS points.
    """
    size = Size.of(ink)
    if size is None:
        return None
    factor, density = size.to(model)
    near = 1 / DENSER <= density <= DENSER
    if not near and density * len(ink) > MAX_POINTS:
        return None
    even = ink if near else resampled(ink, density)
    return Ink(strokes=tuple(stroke * factor for stroke in even.strokes)), factor


def slope_of(points: FloatArray) -> float:
    """Return the slope of ink from its points (n, 2); 0 where it is not so wide that it has a baseline."""
    (xx, xy), (_, yy) = np.cov(points.T, bias=True)
    return float(xy / xx) if xx > WIDE**2 * yy else 0.0


def levelled(ink: Ink) -> Ink:
    """Return a line of ink without its slope (`slope_of`), sheared along y."""
    shear = np.array([0.0, slope_of(ink.points)])
    return replace(ink, strokes=tuple(s - np.outer(s[:, 0] - ink.points[0, 0], shear) for s in ink.strokes))
