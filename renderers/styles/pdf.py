"""The predicted density of the next point, step by step, as a heat map under the ink."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.colors import gradient, to_hex
from renderers.scene.scene import Bounds, Ellipses, Pen, Scene
from renderers.styles.density.gaussians import Components, Grid
from renderers.styles.density.grid_sum import REACH
from renderers.styles.density.heatmap import heat_map
from renderers.styles.strokes import SMOOTH_HELP, WIDTH_HELP, stroke_layer, writing_size

SUMMARY = "the predicted density of the next point, as a heat map under the ink (needs predictions)"
NEEDS = ("prediction",)

# What is predicted is drawn no farther than this from the ink, in writing sizes, however far a model expects
# the pen to jump.
FARTHEST = 2.5
# Ellipses end at so many σ. Of each step, the lightest components that together weigh so much have none.
SIGMAS, LIGHT = 2.0, 0.1
# The fills of ellipses, from the faintest to the densest, and how opaque those two are.
FILLS, OPACITY = 24, (0.06, 0.8)


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
    gamma: float = option(0.25, "colour is density to this power: less shows the faint", least=0.05, most=1)
    resolution: int = option(1200, "pixels along the heat map's longer side", least=16, most=8192)
    combine: str = option("sum", "pixels sum all steps, or each shows its densest", choices=("sum", "max"))
    vector: bool = option(False, "ellipses of the components' covariance instead of pixels")
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """The mixture behind every point but the first, centred on the point before, under `ink`.

    Each step weighs 1 (see heat.py for how it is summed and how sharp predictions are kept). Colour is the
    density to the power `gamma`, so that sharp predictions and ones a thousand times fainter both show; the
    image is transparent where there is next to none. RenderError without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style pdf --model NAME"
        raise RenderError("this ink has no predictions, which the style pdf draws", hint)
    size = writing_size(ink)
    pen = Pen(options.color, options.width * size)
    layer = stroke_layer(ink, [pen], np.zeros(len(ink.strokes), dtype=np.intp), options.smooth)
    # relative to the ink's corner: far from the origin, coordinates have no digits left for a pixel
    corner = np.array(layer.bounds[:2])
    drop = LIGHT if options.vector else 1e-3
    components = Components.of(ink.prediction, ink.points - corner, drop)
    if not len(components.weight):
        return Scene((layer,))
    bounds = layer.bounds.moved(*-corner)
    if options.vector:
        ellipses, around = _ellipses(components, bounds, FARTHEST * size, options)
        bounds = layer.bounds.joined(around.moved(*corner))
        return Scene((replace(layer, ellipses=ellipses.moved(*corner), bounds=bounds),))
    extent = _extent(components, bounds, FARTHEST * size, REACH)
    pixel = max(extent.width, extent.height) / options.resolution
    rows, columns = (max(1, round(length / pixel)) for length in (extent.height, extent.width))
    grid = Grid(extent.left, extent.top, pixel, rows, columns)
    raster = heat_map(components, grid, options.palette, options.gamma, densest=options.combine == "max")
    return Scene((layer.on(replace(raster, bounds=raster.bounds.moved(*corner))),))


def _extent(components: Components, ink: Bounds, farthest: float, sigmas: float) -> Bounds:
    """Around the ink and so many σ of the components, but no farther than `farthest` from the ink."""
    reach = sigmas * np.sqrt(components.cov[:, [0, 2]])
    low, high = (components.center - reach).min(axis=0), (components.center + reach).max(axis=0)
    near = Bounds(
        max(float(low[0]), ink.left - farthest),
        max(float(low[1]), ink.top - farthest),
        min(float(high[0]), ink.right + farthest),
        min(float(high[1]), ink.bottom + farthest),
    )
    return near.joined(ink)


def _ellipses(
    components: Components, ink: Bounds, farthest: float, options: Options
) -> tuple[Ellipses, Bounds]:
    """An ellipse a component, the densest drawn last, and what is around them; those far off are left out."""
    low = np.array([ink.left, ink.top]) - farthest
    high = np.array([ink.right, ink.bottom]) + farthest
    near = np.logical_and.reduce((components.center >= low) & (components.center <= high), axis=1)
    components = components[near]
    xx, xy, _ = components.cov.T
    # Cholesky's factor of a covariance makes the ellipse of one σ of the unit circle
    sx = np.sqrt(xx)
    axes = np.zeros((len(sx), 2, 2))
    axes[:, 0, 0], axes[:, 1, 0] = sx, xy / sx
    axes[:, 1, 1] = np.sqrt(components.det) / sx
    peak = components.weight / (2 * np.pi * np.sqrt(components.det))
    high_peak = float(np.quantile(peak, 0.95)) if len(peak) else 1.0
    tone = np.minimum(peak / high_peak, 1) ** options.gamma
    fill: NDArray[np.intp] = np.rint(tone * (FILLS - 1)).astype(np.intp)
    colors = [to_hex(rgb) for rgb in gradient(options.palette, FILLS)]
    opacities = np.linspace(*OPACITY, FILLS).tolist()
    order = np.argsort(fill, kind="stable")
    fills = tuple(zip(colors, opacities, strict=True))
    ellipses = Ellipses(
        components.center[order], SIGMAS * axes[order], fill[order], fills, components.step[order]
    )
    return ellipses, _extent(components, ink, farthest, SIGMAS) if len(peak) else ink
