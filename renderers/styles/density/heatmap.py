"""From density to an image: tone mapping, colours, and a heat map that can be painted step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.colors import gradient
from renderers.scene.scene import Bounds, Raster
from renderers.styles.density.gaussians import Components, Grid
from renderers.styles.density.grid_sum import accumulate, touched

Array = NDArray[np.float64]

# Fraction of the mass that lies where the colour is saturated.
SATURATED = 0.05
# Of 256 shades, the first RISE fade in from transparent, and those below FAINT do not count as visible.
RISE, FAINT = 64, 8


def heat_map(components: Components, grid: Grid, palette: tuple[str, ...], gamma: float) -> Raster:
    """Sum the components on `grid` and return the visible part as an image.

    A pixel's position in `palette` is (density / saturation)^gamma, where the density exceeds `saturation` on
    SATURATED of the mass.
    """
    heat = accumulate(components, grid)
    tone = _ToneMap(_saturation(heat), gamma)
    shades = tone(heat)
    rows, columns = _visible(shades.max(axis=1)), _visible(shades.max(axis=0))
    bounds = Bounds(
        grid.left + grid.pixel * columns.start,
        grid.top + grid.pixel * rows.start,
        grid.left + grid.pixel * columns.stop,
        grid.top + grid.pixel * rows.stop,
    )
    visible = (rows, columns)
    return Raster(
        shades[visible],
        _table(palette),
        bounds,
        lambda: HeatPainting(components, grid, tone, visible),
        gamma,
    )


class HeatPainting:
    """A heat map painted step by step; a renderers.scene.scene.Painting."""

    def __init__(
        self, components: Components, grid: Grid, tone: _ToneMap, visible: tuple[slice, slice]
    ) -> None:
        self._components, self._grid, self._tone, self._visible = components, grid, tone, visible
        self._heat = np.zeros((grid.rows, grid.columns))
        self._shades = np.zeros((grid.rows, grid.columns), dtype=np.uint8)
        self._done = 0

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(rows, columns) as painted so far."""
        return self._shades[self._visible]

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Paint the steps of the first `points` points; return the rows and columns that changed, if any."""
        new = self._components.between(self._done, points)
        self._done = max(self._done, points)
        part = touched(new, self._grid)
        if part is None:
            return None
        heat = self._heat[part]
        heat += accumulate(new, self._grid.crop(*part))
        self._shades[part] = self._tone(heat)
        rows, columns = (_within(r, visible) for r, visible in zip(part, self._visible, strict=True))
        return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None


class _ToneMap:
    """The function from density to shade, 0 … 255."""

    def __init__(self, saturation: float, gamma: float) -> None:
        self._saturation, self._gamma = saturation, np.float32(gamma)

    def __call__(self, heat: Array) -> NDArray[np.uint8]:
        # float32 is precise enough for 256 shades, and its powers are faster
        tone = np.minimum((heat / self._saturation).astype(np.float32), 1) ** self._gamma
        return np.rint(255 * tone).astype(np.uint8)


def _within(part: slice, outer: slice) -> slice:
    """The intersection of two slices, counted from the start of `outer`."""
    return slice(max(part.start, outer.start) - outer.start, min(part.stop, outer.stop) - outer.start)


def _saturation(heat: Array) -> float:
    """The density above which SATURATED of the mass lies."""
    pixels = heat.ravel()
    mass = SATURATED * float(pixels.sum())
    if mass == 0:
        return 1.0
    # a sixteenth of the pixels nearly always holds this much; sorting all would take longer than the sum
    few = len(pixels) // 16 + 1
    densest = np.partition(pixels, -few)[-few:]
    falling = np.sort(densest if densest.sum() >= mass else pixels)[::-1]
    last = int(np.searchsorted(np.cumsum(falling), mass))
    return float(falling[min(last, len(falling) - 1)])


def _visible(shades: NDArray[np.uint8]) -> slice:
    """The range from the first visible shade to the last, or everything if none is visible."""
    where = np.flatnonzero(shades >= FAINT)
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, len(shades))


def _table(palette: tuple[str, ...]) -> NDArray[np.uint8]:
    """256 RGBA colours, (256, 4), along the palette, fading to transparent towards index 0."""
    table = np.full((256, 4), 255, dtype=np.uint8)
    table[:, :3] = gradient(palette, 256)
    rise = np.clip(np.arange(256) / RISE, 0, 1)
    table[:, 3] = np.rint(255 * rise * rise * (3 - 2 * rise))  # smoothstep
    return table
