"""The predicted density of the next point, step by step, as a heat map under the ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.colors import gradient
from renderers.errors import RenderError
from renderers.heat import REACH, Components, Grid, accumulate, density, greatest
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene import Bounds, Layer, Pen, Raster, Scene
from renderers.strokes import WIDTH_HELP, stroke_layer, writing_size

__all__ = ["SUMMARY", "Options", "density", "scene"]

SUMMARY = "the predicted density of the next point, as a heat map under the ink (needs predictions)"

# The heat map ends this far from the ink, in writing sizes, however far a model expects the pen to jump.
FARTHEST = 1.5
# Of the mass, so much lies where the colour is already the strongest.
SATURATED = 0.05


# Of 256 shades, so many pass from transparent to opaque, and so many are too faint to widen the picture for.
RISE, FAINT = 64, 8


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style pdf."""

    color: str = option("#14182b", "the ink's colour", color=True)
    width: float = option(0.025, WIDTH_HELP, least=0.001, most=1)
    palette: tuple[str, ...] = option(
        ("#ffe7a3", "#ffc24d", "#fb8b3c", "#e0484f", "#a3307e"),
        "colours from low to high density",
        least=2,
        most=64,
    )
    resolution: int = option(1200, "pixels along the heat map's longer side", least=16, most=8192)
    combine: str = option("sum", "steps are summed, or each place shows its densest", choices=("sum", "max"))
    gamma: float = option(0.25, "colour is density to this power: less shows the faint", least=0.05, most=1)


def scene(ink: Ink, options: Options) -> Scene:
    """The mixture behind every point but the first, centred on the point before, as an image under `ink`.

    Each step weighs 1 (see heat.py for how it is summed and how sharp predictions are kept). Colour is the
    density to the power `gamma`, so that sharp predictions and ones a thousand times fainter both show; the
    image is transparent where there is next to none.
    RenderError without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style pdf --model NAME"
        raise RenderError("this ink has no predictions, which the style pdf draws", hint)
    size = writing_size(ink)
    pen = Pen(options.color, options.width * size)
    layer = stroke_layer(ink, [pen], np.zeros(len(ink.strokes), dtype=np.intp))
    # relative to the ink's corner: far from the origin, coordinates have no digits left for a pixel
    corner = np.array(layer.bounds[:2])
    components = Components.of(ink.prediction, ink.points - corner)
    if not len(components.weight):
        return Scene((layer,))
    extent = _extent(components, layer.bounds.moved(*-corner), FARTHEST * size)
    pixel = max(extent.width, extent.height) / options.resolution
    rows, columns = (max(1, round(length / pixel)) for length in (extent.height, extent.width))
    grid = Grid(extent.left, extent.top, pixel, rows, columns)
    return Scene((_with_heat(layer, components, grid, options),))


def _with_heat(layer: Layer, components: Components, grid: Grid, options: Options) -> Layer:
    """`layer` on its heat map, cut to the part that can be seen."""
    combine = accumulate if options.combine == "sum" else greatest
    heat = combine(components, grid)
    high = _saturation(heat)

    def shades(heat: NDArray[np.float64]) -> NDArray[np.uint8]:
        # 256 shades need no more digits than float32 has, whose powers are faster
        tone = np.minimum(heat / high, 1).astype(np.float32) ** np.float32(options.gamma)
        shade: NDArray[np.uint8] = np.rint(255 * tone).astype(np.uint8)
        return shade

    seen = shades(heat)
    top, bottom = _ends(seen.max(axis=1))
    left, right = _ends(seen.max(axis=0))

    def paint(points: int) -> NDArray[np.uint8]:
        part: NDArray[np.uint8] = shades(combine(components[components.step < points], grid))
        return part[top:bottom, left:right]

    dx, dy = layer.bounds.left, layer.bounds.top
    x, y = (
        [start + grid.pixel * i for i in ends]
        for start, ends in ((grid.left, (left, right)), (grid.top, (top, bottom)))
    )
    bounds = Bounds(x[0] + dx, y[0] + dy, x[1] + dx, y[1] + dy)
    raster = Raster(seen[top:bottom, left:right], _table(options.palette), bounds, paint)
    return layer.on(raster)


def _extent(components: Components, ink: Bounds, farthest: float) -> Bounds:
    """Around the ink and what the components reach, but no farther than `farthest` from the ink."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]])
    low, high = (components.center - reach).min(axis=0), (components.center + reach).max(axis=0)
    near = Bounds(
        max(float(low[0]), ink.left - farthest),
        max(float(low[1]), ink.top - farthest),
        min(float(high[0]), ink.right + farthest),
        min(float(high[1]), ink.bottom + farthest),
    )
    return near.joined(ink)


def _saturation(heat: NDArray[np.float64]) -> float:
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


def _ends(seen: NDArray[np.uint8]) -> tuple[int, int]:
    """The half-open range that holds all shades that show; all of it if none does."""
    where = np.flatnonzero(seen >= FAINT)
    return (int(where[0]), int(where[-1]) + 1) if len(where) else (0, len(seen))


def _table(palette: tuple[str, ...]) -> NDArray[np.uint8]:
    """256 RGBA colours, (256, 4): through the palette, and transparent towards index 0."""
    table = np.full((256, 4), 255, dtype=np.uint8)
    table[:, :3] = gradient(palette, 256)
    rise = np.clip(np.arange(256) / RISE, 0, 1)
    table[:, 3] = np.rint(255 * rise * rise * (3 - 2 * rise))
    return table
