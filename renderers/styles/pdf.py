"""The style pdf: the predicted density of each next point, as a heat map under the ink."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Bounds, Pen, Scene
from renderers.styles.density.gaussians import Components, Grid
from renderers.styles.density.grid_sum import REACH
from renderers.styles.density.heatmap import heat_map
from renderers.styles.strokes import SMOOTH_HELP, WIDTH_HELP, stroke_layer, writing_size

SUMMARY = "the predicted density of each next point, as a heat map under the ink (needs predictions)"
NEEDS = ("prediction",)

# The heat map extends at most this far beyond the ink, in writing sizes, however far the predictions reach.
FARTHEST = 2.5


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style pdf."""

    color: str = option("#14182b", "ink colour", color=True)
    width: float = option(0.025, WIDTH_HELP, least=0.001, most=1)
    palette: tuple[str, ...] = option(
        ("#ffe7a3", "#ffc24d", "#fb8b3c", "#e0484f", "#a3307e"),
        "colours from low to high density",
        least=2,
        most=64,
    )
    gamma: float = option(
        0.25, "exponent from density to colour; lower values show fainter density", least=0.05, most=1
    )
    resolution: int = option(1200, "pixels along the longer side of the heat map", least=16, most=8192)
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw `ink` over the sum of its predicted densities, one mixture per point after the first.

    Each mixture has mass 1 and is centred on the previous point (see density/grid_sum.py). Colour is density
    to the power `gamma`, so that predictions a thousand times fainter than the sharpest are still visible;
    the image is transparent where the density is near zero. Raises RenderError for ink without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style pdf --model NAME"
        raise RenderError("the style pdf cannot draw this ink: it has no predictions", hint)
    size = writing_size(ink)
    pen = Pen(options.color, options.width * size)
    layer = stroke_layer(ink, [pen], np.zeros(len(ink.strokes), dtype=np.intp), options.smooth)
    # relative to the ink's corner: far from the origin, coordinates have no digits left for pixels
    corner = np.array(layer.bounds[:2])
    components = Components.of(ink.prediction, ink.points - corner)
    if not len(components.weight):
        return Scene((layer,))
    extent = _extent(components, layer.bounds.moved(*-corner), FARTHEST * size)
    pixel = max(extent.width, extent.height) / options.resolution
    rows, columns = (max(1, round(length / pixel)) for length in (extent.height, extent.width))
    grid = Grid(extent.left, extent.top, pixel, rows, columns)
    raster = heat_map(components, grid, options.palette, options.gamma)
    return Scene((layer.on(replace(raster, bounds=raster.bounds.moved(*corner))),))


def _extent(components: Components, ink: Bounds, farthest: float) -> Bounds:
    """Bounds of the ink and of REACH σ of each component, at most `farthest` beyond the ink."""
    reach = REACH * np.sqrt(components.cov[:, [0, 2]])
    low, high = (components.center - reach).min(axis=0), (components.center + reach).max(axis=0)
    near = Bounds(
        max(float(low[0]), ink.left - farthest),
        max(float(low[1]), ink.top - farthest),
        min(float(high[0]), ink.right + farthest),
        min(float(high[1]), ink.bottom + farthest),
    )
    return near.joined(ink)
