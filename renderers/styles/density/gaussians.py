"""Predicted mixtures as weighted Gaussians in the plane, and the pixel grid on which they are summed.

The density of one step is Σ π N(x | μ, σ, ρ) (Graves 2013, eqs 23–25), centred on the previous point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.ink import Prediction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Square pixels: pixel (row, column) is centred at left + (column + ½) pixel, top + (row + ½) pixel."""

    left: float
    top: float
    pixel: float
    rows: int
    columns: int

    def crop(self, rows: slice, columns: slice) -> Grid:
        """Return the part of the grid in these rows and columns."""
        return Grid(
            self.left + self.pixel * columns.start,
            self.top + self.pixel * rows.start,
            self.pixel,
            rows.stop - rows.start,
            columns.stop - columns.start,
        )


@dataclass(frozen=True, eq=False)
class Components:
    """k weighted Gaussians in absolute coordinates."""

    weight: Array  # (k,)
    center: Array  # (k, 2)
    cov: Array  # (k, 3): xx, xy, yy
    step: NDArray[np.intp]  # (k,) the point that each predicts; non-decreasing

    @classmethod
    def of(cls, prediction: Prediction, points: NDArray[np.floating], drop: float = 1e-3) -> Components:
        """Return the components of every step except the first, which has no prediction.

        The lightest components of a step that together weigh less than `drop` are left out and their weight
        is given to the others: each step still has mass 1, at most `drop` of it misplaced.
        """
        pi = np.asarray(prediction.pi, dtype=np.float64)[1:]
        order = np.argsort(pi, axis=1, kind="stable")
        rising = np.cumsum(np.take_along_axis(pi, order, axis=1), axis=1)
        light = rising < drop * rising[:, -1:]
        kept = np.ones(pi.shape, dtype=bool)
        np.put_along_axis(kept, order, ~light, axis=1)
        weight = np.where(kept, pi, 0)
        total = weight.sum(axis=1, keepdims=True)
        weight /= np.where(total > 0, total, 1)
        step, k = np.nonzero(weight > 0)
        mu = np.asarray(prediction.mu, dtype=np.float64)[1:][step, k]
        sx, sy = np.asarray(prediction.sigma, dtype=np.float64)[1:][step, k].T
        rho = np.asarray(prediction.rho, dtype=np.float64)[1:][step, k]
        cov = np.stack([sx * sx, rho * sx * sy, sy * sy], axis=-1)
        return cls(weight[step, k], np.asarray(points, dtype=np.float64)[step] + mu, cov, step + 1)

    @property
    def det(self) -> Array:
        """(k,) determinants of the covariances; above 0 even if 1 − ρ² rounds to 0."""
        xx, xy, yy = self.cov.T
        det: Array = np.maximum(xx * yy - xy * xy, 1e-15 * xx * yy)
        return det

    @property
    def narrow(self) -> Array:
        """(k,) the smaller principal standard deviation of each component."""
        xx, xy, yy = self.cov.T
        large: Array = (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy)
        return np.sqrt(self.det / large)  # mean minus hypot would cancel for thin ridges

    def __getitem__(self, rows: NDArray[np.generic] | slice) -> Components:
        return Components(self.weight[rows], self.center[rows], self.cov[rows], self.step[rows])

    def between(self, start: int, end: int) -> Components:
        """Return the components of the steps from `start` to before `end`."""
        first, last = np.searchsorted(self.step, [start, end])
        return self[slice(first, last)]

    def on(self, grid: Grid) -> Components:
        """Convert to pixels of `grid`, with pixel (0, 0) centred at the origin, averaged over a pixel."""
        center = (self.center - [grid.left, grid.top]) / grid.pixel - 0.5
        cov = self.cov / grid.pixel**2 + [1 / 12, 0, 1 / 12]  # a uniform pixel has variance 1/12
        return Components(self.weight, center, cov, self.step)


def direct_sum(components: Components, x: NDArray[Any], y: NDArray[Any]) -> Array:
    """Sum the components at every pair of `x` and `y`, (ny, nx), by the formula (Graves 2013, eqs 23–25)."""
    total = np.zeros((len(y), len(x)))
    every = zip(components.weight, components.center, components.cov, components.det, strict=True)
    for weight, center, (xx, xy, yy), det in every:
        dx, dy = x - center[0], (y - center[1])[:, None]
        # terms in x or y only are evaluated once per column or row
        exponent = -yy / det / 2 * dx * dx + xy / det * dx * dy - xx / det / 2 * dy * dy
        total += weight / (2 * np.pi * np.sqrt(det)) * np.exp(exponent)
    return total
