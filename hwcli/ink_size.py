"""Bringing given ink to a model's units: how large a hand writes, how densely its pen was followed.

Both are measured, on the ink and on the lines that the model learned from. A tablet's unit and its rate say
nothing about the hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Ink

FloatArray = NDArray[np.float64]
WIDE = 3.0  # times as wide as high: ink with a baseline, whose slope is taken out
LEVEL = 1e-3  # times as high as wide: ink that is a level line, whose height would be rounding or a tremor
UNITS = 1e-30, 1e30  # heights in units that float32 can hold predictions in
MOST = 1_000_000  # points that ink is resampled to: what would take more is no hand
DENSER = 1.5  # times as dense as the model's lines, or as sparse: within that, points are left as they are


@dataclass(frozen=True)
class Size:
    """The size of a hand, in the units of its ink."""

    height: float  # standard deviation of the ink about its baseline, every piece of path counted alike
    spacing: float  # mean distance between neighbouring points of a stroke

    @classmethod
    def of(cls, ink: Ink) -> Size | None:
        """Measured on `ink`; None where it has no extent: a dot, a level line, absurd coordinates."""
        return cls.of_points(ink.points, ink.ends)

    @classmethod
    def of_points(cls, points: FloatArray, ends: NDArray[np.bool_]) -> Size | None:
        """The same of points (n, 2) with the ends of strokes (n,)."""
        if len(points) < 2:
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # absurd coordinates: found out below
            return cls._measured(points - points[0], ~ends[:-1])

    @classmethod
    def _measured(cls, points: FloatArray, down: NDArray[np.bool_]) -> Size | None:
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
        """The median of several."""
        return cls(float(np.median([s.height for s in sizes])), float(np.median([s.spacing for s in sizes])))

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Size:
        """From a model file; KeyError, TypeError or ValueError where it does not fit."""
        size = cls(float(row["height"]), float(row["spacing"]))
        if not (np.isfinite([size.height, size.spacing]).all() and min(size.height, size.spacing) > 0):
            raise ValueError("a size that is not above 0")
        return size


def _spread(weight: FloatArray, middles: FloatArray, extents: FloatArray) -> float:
    """The standard deviation of straight pieces along an axis: of their middles, and along each of them."""
    return float(np.sqrt(weight @ (middles**2 + extents**2 / 12)))


def resampled(ink: Ink, factor: float) -> Ink:
    """`ink` with `factor` times as many points a stroke, at even steps of its time, on straight lines.

    Every stroke keeps its first and last point, so the pen lifts where it did.
    """
    strokes = []
    for stroke in ink.strokes:
        n = max(round((len(stroke) - 1) * factor), 1) + 1 if len(stroke) > 1 else 1
        at, here = np.linspace(0, len(stroke) - 1, n), np.arange(len(stroke))
        strokes.append(np.column_stack([np.interp(at, here, stroke[:, axis]) for axis in (0, 1)]))
    return Ink(strokes=tuple(strokes))


def fitted(ink: Ink, model: Size) -> tuple[Ink, float] | None:
    """`ink` at the model's size and density, and the factor that its units were multiplied by.

    None where it has no extent to measure, or its points lie absurdly far apart for it.
    """
    size = Size.of(ink)
    if size is None:
        return None
    factor = model.height / size.height
    density = factor * size.spacing / model.spacing
    near = 1 / DENSER <= density <= DENSER
    if not near and density * len(ink) > MOST:
        return None
    even = ink if near else resampled(ink, density)
    return Ink(strokes=tuple(stroke * factor for stroke in even.strokes)), factor
