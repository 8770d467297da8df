"""The image of an ink's predicted densities, to be drawn under it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from renderers.ink import Ink
from renderers.scene.scene import Bounds, Layer
from renderers.styles.density.gaussians import Components, Grid
from renderers.styles.density.grid_sum import REACH
from renderers.styles.density.heatmap import heat_map

# Defaults of the styles that draw it.
PALETTE = ("#ffe7a3", "#ffc24d", "#fb8b3c", "#e0484f", "#a3307e")
GAMMA, RESOLUTION = 0.25, 1200
# The heat map extends at most this far beyond the ink, in writing sizes, however far the predictions reach.
FARTHEST = 2.5


def on_density(layer: Layer, ink: Ink, palette: tuple[str, ...], gamma: float, resolution: int) -> Layer:
    """Return `layer` over the sum of the predicted densities of `ink`, one mixture per point after the first.

    Each mixture has mass 1 and is centred on the previous point (see grid_sum.py). The longer side of the
    image has `resolution` pixels. Ink of one point has no density.
    """
    assert ink.prediction is not None
    # relative to the ink's corner: far from the origin, coordinates have no digits left for pixels
    corner = np.array(layer.bounds[:2])
    components = Components.of(ink.prediction, ink.points - corner)
    if not len(components.weight):
        return layer
    extent = _extent(components, layer.bounds.moved(*-corner), FARTHEST * layer.size)
    pixel = max(extent.width, extent.height) / resolution
    rows, columns = (max(1, round(length / pixel)) for length in (extent.height, extent.width))
    grid = Grid(extent.left, extent.top, pixel, rows, columns)
    raster = heat_map(components, grid, palette, gamma)
    return layer.on(replace(raster, bounds=raster.bounds.moved(*corner)))


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
