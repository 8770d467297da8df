"""Fast sums of Gaussians on a pixel grid, for the style pdf.

A component is averaged over each pixel by adding the variance of a pixel (1/12) to its covariance, and its
window is normalised to its weight, so that a component narrower than a pixel keeps its mass. Wide components
are summed on coarser grids, where a window of ±4σ is small, and refined to the pixels by quartic B-spline
subdivision.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from renderers.styles.density.gaussians import Components, Grid, direct_sum

Array = NDArray[np.float64]
Sums = NDArray[np.float32]  # precise enough for an image with 256 shades
Indices = NDArray[np.int64]

REACH = 4.0  # windows end at this many σ; 0.03 % of a Gaussian's mass lies beyond
# The smallest σ of a component on a coarse grid, in pixels of that grid. The subdivision is then within 0.5 %
# of the Gaussian's peak (measured; 2.4 % at 0.9).
NARROWEST = 1.25
COARSEST = 20  # level of the coarsest grid, whose pixel is larger than any image
PAD = 2  # pixels around each grid that the subdivision reads
SIDES = np.array([2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64])  # half sides of windows evaluated in batches
BATCH = 1 << 15  # pixels evaluated at once: they fit a cache, and at least one of the largest windows


def accumulate(components: Components, grid: Grid) -> Array:
    """Sum the components on `grid`, (rows, columns): density per square unit, averaged over each pixel."""
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    levels = _levels(own)
    # all grids are stacked in one array, so that windows of one size are added together
    unit = 2 ** np.arange(levels.max(initial=0) + 1)
    size = -(-np.array([[grid.columns, grid.rows]]) // unit[:, None]) + 2 * PAD
    corner = np.stack([np.zeros_like(unit), np.cumsum(size[:, 1]) - size[:, 1]], axis=-1)
    total = np.zeros((size[:, 1].sum(), size[0, 0]), dtype=np.float32)
    low, wide = corner[levels], unit[levels, None]
    center = (own.center + 0.5) / wide - 0.5 + PAD + low
    cov = _coarse_cov(own.cov, wide)
    _add(total, Components(own.weight / wide[:, 0] ** 2, center, cov, own.step), low, low + size[levels])
    ends = (corner + size).tolist()
    parts = [total[top:bottom, :right] for top, (right, bottom) in zip(corner[:, 1], ends, strict=True)]
    for fine, coarse in reversed(list(pairwise(parts))):
        fine += _subdivide(coarse, fine.shape)
    return _per_area(parts[0][PAD:-PAD, PAD:-PAD], grid)


def touched(components: Components, grid: Grid) -> tuple[slice, slice] | None:
    """Find the rows and columns of `grid` to which `components` contribute; None if there are none.

    The part is aligned with the pixels of the coarse grids, so that `accumulate` gives the same values on it
    as on the whole grid.
    """
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    if not len(own.step):
        return None
    unit = 2 ** _levels(own)[:, None]
    # windows consist of coarse pixels, and the subdivision spreads each over its neighbours
    reach = (_sides(_coarse_cov(own.cov, unit)) + 3) * unit
    largest = int(unit.max())
    low = np.floor((own.center - reach).min(axis=0) / largest).astype(np.int64) * largest
    high = np.ceil((own.center + reach).max(axis=0) / largest).astype(np.int64) * largest
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    return slice(max(top, 0), min(bottom, grid.rows)), slice(max(left, 0), min(right, grid.columns))


def _per_area(mass: Sums, grid: Grid) -> Array:
    """Mass per pixel to mass per square unit."""
    return np.divide(mass, grid.pixel**2, dtype=np.float64)


def _levels(own: Components) -> Indices:
    """(k,) the grid on which each component is summed: pixels of level n are 2ⁿ fine pixels wide."""
    return np.clip(np.log2(own.narrow / NARROWEST), 0, COARSEST).astype(np.int64)


def _coarse_cov(cov: Array, unit: Indices) -> Array:
    """Covariances on grids whose pixels are `unit`, (k, 1), times as wide."""
    # subdivision to the fine pixels adds a variance of (unit² - 1) 5 / 12, which is subtracted beforehand
    coarse: Array = (cov - (unit**2 - 1) * 5 / 12 * np.array([1, 0, 1])) / unit**2
    return coarse


def _sides(cov: Array) -> Indices:
    """Half sides of the windows, (k, 2): rounded up to one of SIDES, or exact if larger than all of them."""
    half = np.ceil(REACH * np.sqrt(cov[:, [0, 2]])).astype(np.int64)
    large = (half > SIDES[-1]).any(axis=1, keepdims=True)
    return np.where(large, half, SIDES[np.searchsorted(SIDES[:-1], half)])


def _touching(components: Components, rows: int, columns: int) -> NDArray[np.bool_]:
    """Whether each component, to REACH σ, overlaps the grid."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]]) + 1
    low, high = components.center - reach, components.center + reach
    inside = np.concatenate([high >= 0, low <= [columns, rows]], axis=1)
    touching: NDArray[np.bool_] = np.logical_and.reduce(inside, axis=1)
    return touching


def _subdivide(coarse: Sums, shape: tuple[int, ...]) -> Sums:
    """`coarse` at twice the resolution: one step of quartic B-spline subdivision, which preserves mass."""
    for axis in (0, 1):
        coarse = coarse.swapaxes(0, axis)
        fine = np.empty((shape[axis], coarse.shape[1]), dtype=np.float32)
        even, odd = fine[0::2], fine[1::2]
        n, m = len(even), len(odd)
        even[...] = (5 * coarse[:n] + 10 * coarse[1 : n + 1] + coarse[2 : n + 2]) / 16
        odd[...] = (coarse[:m] + 10 * coarse[1 : m + 1] + 5 * coarse[2 : m + 2]) / 16
        coarse = fine.swapaxes(0, axis)
    return coarse


def _reach(components: Components, low: ArrayLike, high: ArrayLike) -> tuple[Indices, Indices]:
    """First pixels, (k, 2), and last pixels + 1 within REACH σ of each, clipped to `low` and `high`."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]])
    first = np.clip(np.floor(components.center - reach), low, high).astype(np.int64)
    last = np.clip(np.ceil(components.center + reach) + 1, low, high).astype(np.int64)
    return first, last


def _add(total: Sums, components: Components, low: Indices, high: Indices) -> None:
    """Add `components`, in pixels of `total`, clipped to the pixels from `low`, (k, 2), to before `high`."""
    side = _sides(components.cov)
    large = (side > SIDES[-1]).any(axis=1)
    _add_large(total, components[large], low[large], high[large])
    size = side @ [SIDES[-1] + 1, 1]
    small = np.argsort(size, kind="stable")
    small = small[~large[small]]
    side, size = side[small], size[small]
    windows = _Windows(total, components[small], low[small], high[small], side)
    edges = [0, *(np.flatnonzero(np.diff(size)) + 1).tolist(), len(small)]
    for start, end in pairwise(edges if len(small) else ()):
        many = BATCH // int((2 * side[start] + 1).prod())
        for begin in range(start, end, many):
            windows.add(slice(begin, min(begin + many, end)))


def _add_large(total: Sums, components: Components, low: Indices, high: Indices) -> None:
    """Add components with large windows one by one, evaluated exactly."""
    # these are not normalised by their sum over the window, so the mass of a ridge thinner than 0.62 pixels
    # would depend on its position
    thin = (components.narrow < 0.62)[:, None] * np.array([0.3, 0, 0.3])
    wider = Components(components.weight, components.center, components.cov + thin, components.step)
    first, last = _reach(wider, low, high)
    for i, ((left, top), (right, bottom)) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        values = direct_sum(wider[i : i + 1], np.arange(left, right), np.arange(top, bottom))
        total[top:bottom, left:right] += values.astype(np.float32)


class _Windows:
    """Components with small windows, sorted by the half `side` of their window, to be added to a grid."""

    def __init__(
        self, total: Sums, components: Components, low: Indices, high: Indices, side: Indices
    ) -> None:
        self._total, self._side, self._low, self._high = total, side, low, high
        nearest = np.rint(components.center)
        self._middle = nearest.astype(np.int64)
        self._index = self._middle @ [1, total.shape[1]]
        beyond = (self._middle - side < low) | (self._middle + side >= high)
        self._clipped: NDArray[np.bool_] = np.logical_or.reduce(beyond, axis=1)
        self._weight = components.weight.astype(np.float32)
        fx, fy = (components.center - nearest).T
        xx, xy, yy = components.cov.T
        det = components.det
        a, b, c = -yy / det / 2, xy / det, -xx / det / 2
        # the exponent a (x - fx)² + b (x - fx)(y - fy) + c (y - fy)² is linear in x², xy, y², x, y, 1
        linear = (-2 * a * fx - b * fy, -2 * c * fy - b * fx, a * fx * fx + b * fx * fy + c * fy * fy)
        self._exponent = np.stack([a, b, c, *linear], axis=-1).astype(np.float32)

    def add(self, which: slice) -> None:
        """Add components with windows of one size."""
        pixels, powers = _window(*self._side[which.start].tolist())
        values = self._exponent[which] @ powers
        # lower values are invisible, and denormal numbers a hundred times slower
        np.maximum(values, -50, out=values)
        np.exp(values, out=values)
        # divided by their sum instead of 2π √det: exact for narrow components too
        values *= (self._weight[which] / np.einsum("kp->k", values))[:, None]
        index = self._index[which, None] + np.array([1, self._total.shape[1]]) @ pixels
        clipped = np.flatnonzero(self._clipped[which])
        if len(clipped):
            at = self._middle[which][clipped, :, None] + pixels
            low, high = self._low[which][clipped, :, None], self._high[which][clipped, :, None]
            inside = np.logical_and.reduce((at >= low) & (at < high), axis=1)
            values[clipped] *= inside
            index[clipped] *= inside
        np.add.at(self._total.reshape(-1), index.reshape(-1), values.reshape(-1))


@lru_cache(maxsize=256)
def _window(hx: int, hy: int) -> tuple[Indices, Sums]:
    """Pixels of a window relative to its middle, (2, pixels), and monomials in x and y, (6, pixels)."""
    y, x = (v.ravel() for v in np.mgrid[-hy : hy + 1, -hx : hx + 1].astype(np.int64))
    return np.stack([x, y]), np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)]).astype(np.float32)
