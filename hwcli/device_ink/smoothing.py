"""Smooths ink that a device has rounded to a coarse grid, such as whole pixels.

A Whittaker smoother (Whittaker 1923, Eilers 2003): the curve z that minimises |z - y|² + λ|D³z|² for the
rounded points y, at even steps of time. λ follows from the rounding error, as in the discrepancy principle
(Morozov 1966): the further apart curve and points may be, the smoother the curve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ORDER = 3  # of the differences that are to be small: 2 and 4 are further from what was rounded
# Distance of curve and points, in rounding errors. At 1 the curve lacks the small turns of real pens and is
# further from what was rounded (docs/lab.md).
SHARE = 0.7
WEIGHTS = -12.0, 12.0  # least and greatest decimal logarithm of λ
ROUNDS = 40  # of bisection


def smoothed(strokes: Sequence[Array], step: float) -> list[Array]:
    """Return `strokes`, each (n, 2) on a grid of `step`, without the grid.

    No point moves by more than half a step in either direction; the ends of strokes do not move. Strokes of
    up to two points stay as they are. One λ serves all strokes: they are by one pen.
    """
    places: defaultdict[int, list[int]] = defaultdict(list)
    for k, stroke in enumerate(strokes):
        if len(stroke) > 2:
            places[len(stroke)].append(k)
    alike = [_Alike(np.stack([strokes[k] for k in some])) for some in places.values()]
    weight = _weight(alike, SHARE * step / np.sqrt(12))
    made = list(strokes)
    for some, part in zip(places.values(), alike, strict=True):
        for k, curve in zip(some, part.smoothed(weight, step / 2), strict=True):
            made[k] = curve
    return made


class _Alike:
    """Strokes of one length, and the sine spectra of their distances from the lines between their ends."""

    def __init__(self, points: Array) -> None:
        n = points.shape[1]
        self.points = points  # (strokes, n, 2)
        first, last = points[:, :1], points[:, -1:]
        self.line = first + np.linspace(0, 1, n)[:, None] * (last - first)
        self.spectrum = _sines((points - self.line)[:, 1:-1])
        self.roughness = (2 - 2 * np.cos(np.pi * np.arange(1, n - 1) / (n - 1))) ** ORDER

    def smoothed(self, weight: float, most: float) -> Array:
        """Return the smooth curves for the `weight` λ, nowhere further than `most` from the points."""
        curves = self.line.copy()
        curves[:, 1:-1] += _sines(self.spectrum / (1 + weight * self.roughness)[:, None])
        curves[:, [0, -1]] = self.points[:, [0, -1]]
        within: Array = np.clip(curves, self.points - most, self.points + most)
        return within


def _weight(alike: Sequence[_Alike], wanted: float) -> float:
    """Return the λ at which the root mean square distance of curves and points is `wanted`."""
    if not alike:
        return 0.0
    power = np.concatenate([(part.spectrum**2).sum(axis=(0, 2)) for part in alike])
    roughness = np.concatenate([part.roughness for part in alike])
    numbers = sum(part.spectrum.size for part in alike)
    low, high = WEIGHTS
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        left = 1 / (1 + 1 / (10**middle * roughness))
        low, high = (low, middle) if np.sqrt(left**2 @ power / numbers) > wanted else (middle, high)
    return float(10**low)


def _sines(values: Array) -> Array:
    """Return the orthonormal discrete sine transform (type I) along axis 1; it is its own inverse."""
    strokes, n, axes = values.shape
    odd = np.zeros((strokes, 2 * n + 2, axes))
    odd[:, 1 : n + 1], odd[:, n + 2 :] = values, -values[:, ::-1]
    spectrum = np.fft.rfft(odd, axis=1).imag[:, 1 : n + 1]
    return np.asarray(-spectrum / np.sqrt(2 * (n + 1)))
