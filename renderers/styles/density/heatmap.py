"""From density to an image: tones, colours, and a heat map that grows step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.scene.colors import gradient
from renderers.scene.scene import Bounds, Raster
from renderers.styles.density.gaussians import Components, Grid
from renderers.styles.density.grid_sum import accumulate, greatest, reached

Array = NDArray[np.float64]

# Of the mass, so much lies where the colour is already the strongest.
SATURATED = 0.05
# Of 256 shades, so many pass from transparent to opaque, and so many are too faint to widen the picture for.
RISE, FAINT = 64, 8


def heat_map(
    components: Components, grid: Grid, palette: tuple[str, ...], gamma: float, densest: bool
) -> Raster:
    """The components on `grid` as an image, cut to the part that can be seen.

    Steps are summed, or with `densest` each pixel shows the step that is densest there. A pixel's place in
    `palette` is its density, over that above which SATURATED of the mass lies, to the power `gamma`.
    """
    heat = (greatest if densest else accumulate)(components, grid)
    tone = _Tone(_saturation(heat), gamma)
    seen = tone(heat)
    rows, columns = _visible(seen.max(axis=1)), _visible(seen.max(axis=0))
    bounds = Bounds(
        grid.left + grid.pixel * columns.start,
        grid.top + grid.pixel * rows.start,
        grid.left + grid.pixel * columns.stop,
        grid.top + grid.pixel * rows.stop,
    )
    return Raster(
        seen[rows, columns],
        _table(palette),
        bounds,
        lambda: Growing(components, grid, tone, (rows, columns), densest),
    )


class Growing:
    """A heat map to which steps are added; see scene.Painting."""

    def __init__(
        self, components: Components, grid: Grid, tone: _Tone, seen: tuple[slice, slice], densest: bool
    ) -> None:
        self._components, self._grid, self._tone, self._densest = components, grid, tone, densest
        self._heat = np.zeros((grid.rows, grid.columns))
        self._shades = np.zeros((grid.rows, grid.columns), dtype=np.uint8)
        self._seen = seen
        self._done = 0

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(rows, columns), as they are now."""
        return self._shades[self._seen]

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Add the steps up to the first `points` points; the rows and columns that changed."""
        new = self._components.between(self._done, points)
        self._done = max(self._done, points)
        part = reached(new, self._grid)
        if part is None:
            return None
        rows, columns = part
        grid = Grid(
            self._grid.left + self._grid.pixel * columns.start,
            self._grid.top + self._grid.pixel * rows.start,
            self._grid.pixel,
            rows.stop - rows.start,
            columns.stop - columns.start,
        )
        heat = self._heat[part]
        if self._densest:
            np.maximum(heat, greatest(new, grid), out=heat)
        else:
            heat += accumulate(new, grid)
        self._shades[part] = self._tone(heat)
        changed = (_within(r, seen) for r, seen in zip(part, self._seen, strict=True))
        rows, columns = changed
        return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None


class _Tone:
    """Density → shade."""

    def __init__(self, saturation: float, gamma: float) -> None:
        self._saturation, self._gamma = saturation, np.float32(gamma)

    def __call__(self, heat: Array) -> NDArray[np.uint8]:
        # 256 shades need no more digits than float32 has, whose powers are faster
        tone = np.minimum((heat / self._saturation).astype(np.float32), 1) ** self._gamma
        shade: NDArray[np.uint8] = np.rint(255 * tone).astype(np.uint8)
        return shade


def _within(part: slice, seen: slice) -> slice:
    """What of `part` lies in `seen`, counted from where `seen` begins."""
    return slice(max(part.start, seen.start) - seen.start, min(part.stop, seen.stop) - seen.start)


def _saturation(heat: Array) -> float:
    """The density above which SATURATED of the mass lies."""
    pixels = heat.ravel()
    wanted = SATURATED * float(pixels.sum())
    if wanted == 0:
        return 1.0
    # nearly always, a sixteenth of the pixels holds that much: to sort them all would take longer than to sum
    # them
    few = len(pixels) // 16 + 1
    densest = np.partition(pixels, -few)[-few:]
    falling = np.sort(densest if densest.sum() >= wanted else pixels)[::-1]
    last = int(np.searchsorted(np.cumsum(falling), wanted))
    return float(falling[min(last, len(falling) - 1)])


def _visible(shades: NDArray[np.uint8]) -> slice:
    """The range that holds all shades that show; all of it if none does."""
    where = np.flatnonzero(shades >= FAINT)
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, len(shades))


def _table(palette: tuple[str, ...]) -> NDArray[np.uint8]:
    """256 RGBA colours, (256, 4): through the palette, and transparent towards index 0."""
    table = np.full((256, 4), 255, dtype=np.uint8)
    table[:, :3] = gradient(palette, 256)
    rise = np.clip(np.arange(256) / RISE, 0, 1)
    table[:, 3] = np.rint(255 * rise * rise * (3 - 2 * rise))
    return table
