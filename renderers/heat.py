"""Mixtures of Gaussians summed on a grid of pixels, fast: the mathematics behind the style pdf.

The density of one step is Graves 2013 eqs 23–25, Σ π N(x | μ, σ, ρ), centred on the point before. A component
is averaged over a pixel by adding the pixel's own variance (1/12) to its covariance, and its window is
normalised to its weight: a component narrower than a pixel is neither lost nor doubled. Wide components are
summed on coarser grids, where a window of ±4σ is never large, and brought to the pixels by quartic B-spline
subdivision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from renderers.ink import Prediction

Array = NDArray[np.float64]

REACH = 4.0  # windows end at so many σ; a Gaussian has 0.03 % of its mass beyond
# σ, in pixels of its grid, below which no component is put on a coarser grid. What the subdivision then draws
# is within 0.5 % of the Gaussian's peak (measured; at 0.9 it was 2.4 %).
NARROWEST = 1.25
PAD = 2  # pixels that every coarse grid has around the fine one, for the subdivision to read
LARGE = 4096  # pixels of a window from which components are summed one by one
BATCH = 1 << 17  # pixels that are evaluated and added at once
SIDES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)  # half windows that are batched


@dataclass(frozen=True)
class Grid:
    """Square pixels: pixel (row, column) is centred at left + (column + ½) pixel, top + (row + ½) pixel."""

    left: float
    top: float
    pixel: float
    rows: int
    columns: int


@dataclass(frozen=True, eq=False)
class Components:
    """k weighted Gaussians in absolute units."""

    weight: Array  # (k,)
    center: Array  # (k, 2)
    cov: Array  # (k, 3): xx, xy, yy
    step: NDArray[np.intp]  # (k,) the point that each was about; never falls

    @classmethod
    def of(cls, prediction: Prediction, points: NDArray[np.floating], drop: float = 1e-3) -> Components:
        """The components of every step but the first, about which nothing was predicted.

        Of each step, the lightest components that together weigh less than `drop` are left out, and the
        others take over their weight, so that a step still weighs 1 and at most `drop` of it is elsewhere.
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
        """(k,) the covariances' determinants; above 0 even where rounding leaves nothing of 1 − ρ²."""
        xx, xy, yy = self.cov.T
        det: Array = np.maximum(xx * yy - xy * xy, 1e-15 * xx * yy)
        return det

    def __getitem__(self, rows: NDArray[np.generic] | slice) -> Components:
        return Components(self.weight[rows], self.center[rows], self.cov[rows], self.step[rows])

    def between(self, start: int, end: int) -> Components:
        """Those of the steps from `start` up to but not with `end`."""
        first, last = np.searchsorted(self.step, [start, end])
        return self[slice(first, last)]

    def on(self, grid: Grid) -> Components:
        """The same in pixels of `grid`, pixel (0, 0) centred at the origin, each averaged over a pixel."""
        center = (self.center - [grid.left, grid.top]) / grid.pixel - 0.5
        cov = self.cov / grid.pixel**2 + [1 / 12, 0, 1 / 12]
        return Components(self.weight, center, cov, self.step)


def density(prediction: Prediction, points: ArrayLike, x: ArrayLike, y: ArrayLike) -> Array:
    """The exact density of all steps at every crossing of `x` (nx,) and `y` (ny,): (ny, nx), float64.

    Graves 2013 eqs 23–25, one step's mixture centred on the point before and all steps summed, so the
    integral over the plane is len(points) − 1 (the first point has no prediction). Per square unit of the
    ink. No windows and no shortcuts: slow, for tests and for measuring.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return _sum(Components.of(prediction, np.asarray(points, dtype=np.float64), drop=0.0), x, y)


def accumulate(components: Components, grid: Grid) -> Array:
    """The components' sum on `grid`, (rows, columns): density per square unit, averaged over each pixel."""
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    levels = _levels(own, grid)
    total: Array | None = None
    for level in range(int(levels.max(initial=0)), -1, -1):
        shape = (-(-grid.rows // 2**level) + 2 * PAD, -(-grid.columns // 2**level) + 2 * PAD)
        total = np.zeros(shape) if total is None else _subdivide(total, shape)
        here = own[levels == level]
        # subdividing down to the pixels blurs by (4^level - 1) 5 / 12 square pixels: taken off beforehand
        cov = (here.cov - (4**level - 1) * 5 / 12 * np.array([1, 0, 1])) / 4**level
        center = (here.center + 0.5) / 2**level - 0.5 + PAD
        _add(total, Components(here.weight / 4**level, center, cov, here.step))
    assert total is not None
    average: Array = np.divide(total[PAD:-PAD, PAD:-PAD], grid.pixel**2)
    return average


def reached(components: Components, grid: Grid) -> tuple[slice, slice] | None:
    """The rows and columns of `grid` that `components` add anything to; None where they miss it.

    The part begins and ends where the pixels of the coarse grids do, so that `accumulate` on it gives what
    it gives there on the whole.
    """
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    if not len(own.step):
        return None
    unit = 2 ** _levels(own, grid)
    # windows end at REACH σ, on coarse pixels, and subdividing spreads each over its neighbours
    reach = REACH * np.sqrt(own.cov[:, [0, 2]]) + 3 * unit[:, None]
    largest = int(unit.max())
    low = np.floor((own.center - reach).min(axis=0) / largest).astype(np.int64) * largest
    high = np.ceil((own.center + reach).max(axis=0) / largest).astype(np.int64) * largest
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    return slice(max(top, 0), min(bottom, grid.rows)), slice(max(left, 0), min(right, grid.columns))


def greatest(components: Components, grid: Grid) -> Array:
    """On each pixel of `grid` the density of the step densest there, (rows, columns), per square unit."""
    own = components.on(grid)
    own = own[_touching(own, grid.rows, grid.columns)]
    total = np.zeros((grid.rows, grid.columns))
    cuts = np.flatnonzero(np.diff(own.step)) + 1
    for rows in np.split(np.arange(len(own.step)), cuts):
        for window, values in _windows(own[rows], total.shape):
            np.maximum(total[window], values, out=total[window])
    # a pixel holds no more than all of a step, wherever within it a narrow component is centred
    return np.minimum(total, 1.0) / grid.pixel**2


def _levels(own: Components, grid: Grid) -> NDArray[np.intp]:
    """(k,) on which grid each component is summed: 0 is `grid` itself, the next has pixels twice as large."""
    coarsest = max(0, int(np.log2(max(grid.rows, grid.columns))) - 2)
    levels: NDArray[np.intp] = np.clip(np.log2(_narrow(own) / NARROWEST), 0, coarsest).astype(np.intp)
    return levels


def _narrow(components: Components) -> Array:
    """The smaller principal σ of each component."""
    xx, xy, yy = components.cov.T
    large: Array = (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy)
    narrow: Array = np.sqrt(components.det / large)  # large minus hypot would cancel for thin ridges
    return narrow


def _touching(components: Components, rows: int, columns: int) -> NDArray[np.bool_]:
    """Which components come within REACH of the grid."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]]) + 1
    low, high = components.center - reach, components.center + reach
    inside = np.concatenate([high >= 0, low <= [columns, rows]], axis=1)
    touching: NDArray[np.bool_] = np.logical_and.reduce(inside, axis=1)
    return touching


def _subdivide(coarse: Array, shape: tuple[int, int]) -> Array:
    """`coarse` at twice the resolution: one step of quartic B-spline subdivision, which keeps the mass."""
    for axis in (0, 1):
        coarse = coarse.swapaxes(0, axis)
        fine = np.empty((shape[axis], coarse.shape[1]))
        even, odd = fine[0::2], fine[1::2]
        n, m = len(even), len(odd)
        even[...] = (5 * coarse[:n] + 10 * coarse[1 : n + 1] + coarse[2 : n + 2]) / 16
        odd[...] = (coarse[:m] + 10 * coarse[1 : m + 1] + 5 * coarse[2 : m + 2]) / 16
        coarse = fine.swapaxes(0, axis)
    return np.ascontiguousarray(coarse)  # what is added next is added through a flat view


def _add(total: Array, components: Components) -> None:
    """Add `components`, in pixels of `total`, to it: those of one window size at a time."""
    half = np.ceil(REACH * np.sqrt(components.cov[:, [0, 2]])).astype(np.int64)
    large = ((2 * half + 1).prod(axis=1) > LARGE) | (half.max(axis=1, initial=0) > SIDES[-1])
    long = components[large]
    # without a sum of its own to divide by, a ridge thinner than 0.62 pixels would gain or lose by where it
    # lies
    thin = (_narrow(long) < 0.62)[:, None] * np.array([0.3, 0, 0.3])
    long = Components(long.weight, long.center, long.cov + thin, long.step)
    for window, values in _windows(long, total.shape, one_by_one=True):
        total[window] += values
    side = np.searchsorted(SIDES, half[~large]) @ [len(SIDES), 1]
    order = np.argsort(side, kind="stable")
    side = side[order]
    batch = _Batch(total, components[~large][order])
    edges = [0, *(np.flatnonzero(np.diff(side)) + 1).tolist(), len(side)]
    for start, end in pairwise(edges if len(side) else ()):
        hx, hy = (SIDES[k] for k in divmod(int(side[start]), len(SIDES)))
        batch.add(start, end, hx, hy)
    batch.flush()


class _Batch:
    """Components on their way into a grid: many windows are added at a time, in the same memory."""

    def __init__(self, total: Array, components: Components) -> None:
        self._total = total
        self._index = np.empty(BATCH, dtype=np.int64)
        self._values = np.empty(BATCH, dtype=np.float32)
        self._used = 0
        nearest = np.rint(components.center)
        self._column, self._row = nearest.astype(np.int64).T
        self._weight = components.weight
        fx, fy = (components.center - nearest).T
        xx, xy, yy = components.cov.T
        det = components.det
        a, b, c = -yy / det / 2, xy / det, -xx / det / 2
        # the exponent a (x - fx)² + b (x - fx)(y - fy) + c (y - fy)² is linear in x², xy, y², x, y and 1
        linear = (-2 * a * fx - b * fy, -2 * c * fy - b * fx, a * fx * fx + b * fx * fy + c * fy * fy)
        self._exponent = np.stack([a, b, c, *linear], axis=-1).astype(np.float32)

    def add(self, start: int, end: int, hx: int, hy: int) -> None:
        """Add components start to end, their windows 2 hx + 1 by 2 hy + 1; the grid has them after flush."""
        size = (2 * hx + 1) * (2 * hy + 1)
        while start < end:
            count = min(end - start, (BATCH - self._used) // size)
            if count:
                self._evaluate(slice(start, start + count), hx, hy)
                start += count
            else:
                self.flush()

    def flush(self) -> None:
        """Bring what was added into the grid."""
        flat = self._total.reshape(-1)
        flat += np.bincount(self._index[: self._used], self._values[: self._used], len(flat))
        self._used = 0

    def _evaluate(self, which: slice, hx: int, hy: int) -> None:
        rows, columns = self._total.shape
        x, y, powers = _window(hx, hy)
        column, row = self._column[which], self._row[which]
        room = slice(self._used, self._used + len(column) * len(x))
        index = self._index[room].reshape(-1, len(x))
        values = self._values[room].reshape(-1, len(x))
        self._used = room.stop
        np.matmul(self._exponent[which], powers, out=values)
        # nothing that shows lies below; denormal numbers, which do, are a hundred times slower
        np.maximum(values, -50, out=values)
        np.exp(values, out=values)
        # divided by the pixels' own sum, not by 2π √det: exact for narrow components, and cut ones
        own_sum = values @ np.ones(len(x), dtype=np.float32)
        values *= (self._weight[which] / own_sum).astype(np.float32)[:, None]
        np.add((row * columns + column)[:, None], x + columns * y, out=index)
        cut = np.flatnonzero((column < hx) | (column >= columns - hx) | (row < hy) | (row >= rows - hy))
        if len(cut):
            across, down = column[cut, None] + x, row[cut, None] + y
            inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
            values[cut] *= inside
            index[cut] *= inside


@lru_cache(maxsize=256)
def _window(hx: int, hy: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """x and y of each pixel of a window around its middle, (pixels,), and its powers, (6, pixels)."""
    y, x = (v.ravel() for v in np.mgrid[-hy : hy + 1, -hx : hx + 1].astype(np.int64))
    return x, y, np.stack([x * x, x * y, y * y, x, y, np.ones_like(x)]).astype(np.float32)


def _windows(
    components: Components, shape: tuple[int, ...], one_by_one: bool = False
) -> Iterator[tuple[tuple[slice, slice], Array]]:
    """The parts of a grid that components reach, with their sum there: all of them at once, or each alone."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]])
    low = np.clip(np.floor(components.center - reach), 0, [shape[1], shape[0]]).astype(np.int64)
    high = np.clip(np.ceil(components.center + reach) + 1, 0, [shape[1], shape[0]]).astype(np.int64)
    if not one_by_one and len(low):
        low, high = low.min(axis=0, keepdims=True), high.max(axis=0, keepdims=True)
    for i in range(len(low)):
        part = components[i : i + 1] if one_by_one else components
        (left, top), (right, bottom) = low[i].tolist(), high[i].tolist()
        if left >= right or top >= bottom:
            continue
        values = _sum(part, np.arange(left, right), np.arange(top, bottom))
        yield (slice(top, bottom), slice(left, right)), values


def _sum(components: Components, x: NDArray[Any], y: NDArray[Any]) -> Array:
    """The sum at every crossing of `x` and `y`, (ny, nx), by the formula (Graves 2013 eqs 23–25)."""
    total = np.zeros((len(y), len(x)))
    every = zip(components.weight, components.center, components.cov, components.det, strict=True)
    for weight, center, (xx, xy, yy), det in every:
        dx, dy = x - center[0], (y - center[1])[:, None]
        square = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / det
        total += weight / (2 * np.pi * np.sqrt(det)) * np.exp(-square / 2)
    return total
