"""Paths of straight lines and cubic Bézier curves, moved by matrices and flattened to even steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_io import limit
from renderers.ink import LARGEST

Array = NDArray[np.float64]

_NOTHING = 1e-100  # length below which a curve is a point
_FINE = 17  # points at which a curve's length is measured
_MOST_STEPS = 1000  # of one curve
_PER_POINT = 64  # bytes of memory


class PathError(ValueError):
    """A drawing that is not valid; the message says why, and the caller where."""


@dataclass(frozen=True)
class Curve:
    """One subpath: where each segment ends, and the control points of those that are curves."""

    points: Array  # (n, 2); the first is where it begins
    controls: Array | None = None  # (n, 2, 2): of the segment that ends at each point; NaN for a straight one

    def moved(self, matrix: Array) -> Curve:
        """Return the curve moved by `matrix`, (3, 2), whose last row is added."""
        with np.errstate(over="ignore", invalid="ignore"):
            points = self.points @ matrix[:2] + matrix[2]
            controls = None if self.controls is None else self.controls @ matrix[:2] + matrix[2]
        return Curve(points, controls).checked()

    def checked(self) -> Curve:
        """Return the curve; raise PathError if a coordinate is not one that ink can have."""
        inside = bool((np.abs(self.points) <= LARGEST).all())
        if not inside or (self.controls is not None and (np.abs(self.controls) > LARGEST).any()):
            raise PathError(f"a coordinate is not a number up to {LARGEST:g}")
        return self

    @property
    def extent(self) -> float:
        """The larger side of the box around its points."""
        return float((self.points.max(axis=0) - self.points.min(axis=0)).max())


def flattened(curves: Sequence[Curve], name: str, per_size: int = 20) -> list[Array]:
    """Return curves as points, (n, 2) each, with `per_size` even steps on as much curve as a stroke is large.

    Straight segments keep their ends only. Raises HwError if that takes too much memory.
    """
    extents = [size for curve in curves if (size := curve.extent) > _NOTHING]
    step = float(np.median(extents)) / per_size if extents else 1.0
    found, count = [], 0
    for curve in curves:
        found.append(curve.points if curve.controls is None else _steps(curve.points, curve.controls, step))
        count += len(found[-1])
        limit.check(_PER_POINT * count, name)
    return found


def _steps(points: Array, controls: Array, step: float) -> Array:
    """Return a subpath's points with those on its curves."""
    pieces, place = [points[:1]], 1
    for k in np.flatnonzero(~np.isnan(controls[:, 0, 0])).tolist():
        pieces.append(points[place:k])
        four = np.stack([points[k - 1], *controls[k], points[k]])
        pieces.append(_even(four, step))
        place = k + 1
    return np.concatenate([*pieces, points[place:]])


def _even(four: Array, step: float) -> Array:
    """Return points at even distances on a cubic Bézier curve, (4, 2), without its first."""
    fine = _at(four, np.linspace(0, 1, _FINE))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    steps = int(min(max(np.ceil(along[-1] / step), 1), _MOST_STEPS))
    if steps == 1 or along[-1] < _NOTHING:
        return four[3:]
    t = np.interp(np.linspace(0, along[-1], steps + 1)[1:-1], along, np.linspace(0, 1, _FINE))
    return np.concatenate([_at(four, t), four[3:]])


def _at(four: Array, t: Array) -> Array:
    """Return the points of a cubic Bézier curve at `t`, (n,)."""
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=1)
    return weights @ four
