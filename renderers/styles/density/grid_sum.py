"""Mixtures of Gaussians summed on a grid of pixels, fast: the mathematics behind the style pdf.

A component is averaged over a pixel by adding the pixel's own variance (1/12) to its covariance, and its
window is normalised to its weight: a component narrower than a pixel is neither lost nor doubled. Wide
components are summed on coarser grids, where a window of ±4σ is never large, and brought to the pixels by
quartic B-spline subdivision.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from renderers.styles.density.gaussians import Components, Grid, direct_sum

Array = NDArray[np.float64]
Sums = NDArray[np.float32]  # what is summed: its digits are more than an image of 256 shades shows
Indices = NDArray[np.int64]

REACH = 4.0  # windows end at so many σ; a Gaussian has 0.03 % of its mass beyond
# σ, in pixels of its grid, below which no component is put on a coarser grid. What the subdivision then draws
# is within 0.5 % of the Gaussian's peak (measured; at 0.9 it was 2.4 %).
NARROWEST = 1.25
COARSEST = 20  # the last coarse grid: its pixel is larger than any image
PAD = 2  # pixels that every coarse grid has around the fine one, for the subdivision to read
SIDES = np.array([2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64])  # half windows that are batched
# Pixels that are evaluated and added at once, the largest such window at least: few enough for a cache.
BATCH = 1 << 15
STACKED = 1 << 20  # pixels on which steps are summed apart from each other at once


def accumulate(components: Components, grid: Grid) -> Array:
    """The components' sum on `grid`, (rows, columns): density per square unit, averaged over each pixel."""
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    levels = _levels(own)
    # the coarse grids lie below the fine one in one array, where windows of one size are added together
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


def reached(components: Components, grid: Grid) -> tuple[slice, slice] | None:
    """The rows and columns of `grid` that `components` add anything to; None where they miss it.

    The part begins and ends where the pixels of the coarse grids do, so that `accumulate` on it gives what
    it gives there on the whole.
    """
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    if not len(own.step):
        return None
    unit = 2 ** _levels(own)[:, None]
    # windows are of coarse pixels, and subdividing spreads each over its neighbours
    reach = (_sides(_coarse_cov(own.cov, unit)) + 3) * unit
    largest = int(unit.max())
    low = np.floor((own.center - reach).min(axis=0) / largest).astype(np.int64) * largest
    high = np.ceil((own.center + reach).max(axis=0) / largest).astype(np.int64) * largest
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    return slice(max(top, 0), min(bottom, grid.rows)), slice(max(left, 0), min(right, grid.columns))


def greatest(components: Components, grid: Grid) -> Array:
    """On each pixel of `grid` the density of the step densest there, (rows, columns), per square unit."""
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    total = np.zeros((grid.rows, grid.columns), dtype=np.float32)
    first = np.flatnonzero(np.diff(own.step, prepend=-1))
    if not len(first):
        return _per_area(total, grid)
    # the parts of the grid that steps reach, many of about one width below each other, are summed at once
    low, high = _reach(own, 0, total.shape[::-1])
    low, high = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
    size = high - low
    step = np.repeat(np.arange(len(first)), np.diff(first, append=len(own.step)))
    order = np.argsort(size[:, 0], kind="stable")
    width, area = np.frexp(size[order, 0])[1] // 2, np.cumsum(size[order].prod(axis=1)) // STACKED
    for steps in np.split(order, np.flatnonzero(np.diff(width) | np.diff(area)) + 1):
        below = np.zeros_like(size)
        below[steps, 1] = np.cumsum(size[steps, 1]) - size[steps, 1]
        here = np.isin(step, steps)
        of, part = step[here], own[here]
        stack = np.zeros((size[steps, 1].sum(), size[steps, 0].max()), dtype=np.float32)
        center = part.center - low[of] + below[of]
        _add(stack, Components(part.weight, center, part.cov, part.step), below[of], (below + size)[of])
        every = zip(low[steps].tolist(), high[steps].tolist(), below[steps, 1].tolist(), strict=True)
        for (left, top), (right, bottom), start in every:
            window = total[top:bottom, left:right]
            np.maximum(window, stack[start : start + bottom - top, : right - left], out=window)
    return _per_area(total, grid)


def _per_area(mass: Sums, grid: Grid) -> Array:
    """What lies in each pixel, per square unit."""
    each: Array = np.divide(mass, grid.pixel**2, dtype=np.float64)
    return each


def _levels(own: Components) -> Indices:
    """(k,) on which grid each component is summed: 0 is the fine one, the next has pixels twice as large."""
    levels: Indices = np.clip(np.log2(own.narrow / NARROWEST), 0, COARSEST).astype(np.int64)
    return levels


def _coarse_cov(cov: Array, unit: Indices) -> Array:
    """Covariances on grids whose pixels are `unit`, (k, 1), as large."""
    # subdividing down to the pixels blurs by (unit² - 1) 5 / 12 square pixels: taken off beforehand
    coarse: Array = (cov - (unit**2 - 1) * 5 / 12 * np.array([1, 0, 1])) / unit**2
    return coarse


def _sides(cov: Array) -> Indices:
    """Half the windows' sides, (k, 2): some of SIDES, or, where they are larger, themselves."""
    half = np.ceil(REACH * np.sqrt(cov[:, [0, 2]])).astype(np.int64)
    large = (half > SIDES[-1]).any(axis=1, keepdims=True)
    return np.where(large, half, SIDES[np.searchsorted(SIDES[:-1], half)])


def _touching(components: Components, rows: int, columns: int) -> NDArray[np.bool_]:
    """Which components come within REACH of the grid."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]]) + 1
    low, high = components.center - reach, components.center + reach
    inside = np.concatenate([high >= 0, low <= [columns, rows]], axis=1)
    touching: NDArray[np.bool_] = np.logical_and.reduce(inside, axis=1)
    return touching


def _subdivide(coarse: Sums, shape: tuple[int, ...]) -> Sums:
    """`coarse` at twice the resolution: one step of quartic B-spline subdivision, which keeps the mass."""
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
    """The first pixels, (k, 2), and those behind the last, within REACH of each; from `low` up to `high`."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]])
    first = np.clip(np.floor(components.center - reach), low, high).astype(np.int64)
    last = np.clip(np.ceil(components.center + reach) + 1, low, high).astype(np.int64)
    return first, last


def _add(total: Sums, components: Components, low: Indices, high: Indices) -> None:
    """Add `components`, in pixels of `total`, to it: those of one window size at a time.

    Of each, what lies in the columns and rows from `low`, (k, 2), up to but not with `high` is added.
    """
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
    """The same for large windows: one by one, and exactly."""
    # without a sum of its own to divide by, a ridge thinner than 0.62 pixels would gain or lose by where it
    # lies
    thin = (components.narrow < 0.62)[:, None] * np.array([0.3, 0, 0.3])
    wider = Components(components.weight, components.center, components.cov + thin, components.step)
    first, last = _reach(wider, low, high)
    for i, ((left, top), (right, bottom)) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        values = direct_sum(wider[i : i + 1], np.arange(left, right), np.arange(top, bottom))
        total[top:bottom, left:right] += values.astype(np.float32)


class _Windows:
    """Components on their way into a grid, ordered by the `side` of their windows."""

    def __init__(
        self, total: Sums, components: Components, low: Indices, high: Indices, side: Indices
    ) -> None:
        self._total, self._side, self._low, self._high = total, side, low, high
        nearest = np.rint(components.center)
        self._middle = nearest.astype(np.int64)
        self._index = self._middle @ [1, total.shape[1]]
        beyond = (self._middle - side < low) | (self._middle + side >= high)
        self._cut: NDArray[np.bool_] = np.logical_or.reduce(beyond, axis=1)
        self._weight = components.weight.astype(np.float32)
        fx, fy = (components.center - nearest).T
        xx, xy, yy = components.cov.T
        det = components.det
        a, b, c = -yy / det / 2, xy / det, -xx / det / 2
        # the exponent a (x - fx)² + b (x - fx)(y - fy) + c (y - fy)² is linear in x², xy, y², x, y and 1
        linear = (-2 * a * fx - b * fy, -2 * c * fy - b * fx, a * fx * fx + b * fx * fy + c * fy * fy)
        self._exponent = np.stack([a, b, c, *linear], axis=-1).astype(np.float32)

    def add(self, which: slice) -> None:
        """Add those of one size."""
        pixels, powers = _window(*self._side[which.start].tolist())
        values = self._exponent[which] @ powers
        # nothing that shows lies below; denormal numbers, which do, are a hundred times slower
        np.maximum(values, -50, out=values)
        np.exp(values, out=values)
        # divided by the pixels' own sum, not by 2π √det: exact for narrow components, and cut ones
        values *= (self._weight[which] / np.einsum("kp->k", values))[:, None]
        index = self._index[which, None] + np.array([1, self._total.shape[1]]) @ pixels
        cut = np.flatnonzero(self._cut[which])
        if len(cut):
            at = self._middle[which][cut, :, None] + pixels
            low, high = self._low[which][cut, :, None], self._high[which][cut, :, None]
            inside = np.logical_and.reduce((at >= low) & (at < high), axis=1)
            values[cut] *= inside
            index[cut] *= inside
        np.add.at(self._total.reshape(-1), index.reshape(-1), values.reshape(-1))


@lru_cache(maxsize=256)
def _window(hx: int, hy: int) -> tuple[Indices, Sums]:
    """Return x and y of each pixel around a window's middle, (2, pixels), and their powers, (6, pixels)."""
    y, x = (v.ravel() for v in np.mgrid[-hy : hy + 1, -hx : hx + 1].astype(np.int64))
    return np.stack([x, y]), np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)]).astype(np.float32)
