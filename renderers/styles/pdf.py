"""The style pdf: the predicted density of each next point, as a heat map under the ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Pen, Scene
from renderers.styles.density.under import GAMMA, PALETTE, RESOLUTION, on_density
from renderers.styles.strokes import SMOOTH_HELP, WIDTH_HELP, stroke_layer, writing_size

SUMMARY = "the predicted density of each next point, as a heat map under the ink (needs predictions)"
NEEDS = ("prediction",)


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style pdf."""

    color: str = option("#14182b", "ink colour", color=True)
    width: float = option(0.025, WIDTH_HELP, least=0.001, most=1)
    palette: tuple[str, ...] = option(
        PALETTE,
        "colours from low to high density",
        least=2,
        most=64,
    )
    gamma: float = option(
        GAMMA, "exponent from density to colour; lower values show fainter density", least=0.05, most=1
    )
    resolution: int = option(RESOLUTION, "pixels along the longer side of the heat map", least=16, most=8192)
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw `ink` over the sum of its predicted densities, one mixture per point after the first.

    Each mixture has mass 1 and is centred on the previous point (see density/under.py). Colour is density to
    the power `gamma`, so that predictions a thousand times fainter than the sharpest are still visible;
    the image is transparent where the density is near zero. Raises RenderError for ink without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style pdf --model NAME"
        raise RenderError("the style pdf cannot draw this ink: it has no predictions", hint)
    size = writing_size(ink)
    pen = Pen(options.color, options.width * size)
    layer = stroke_layer(ink, [pen], np.zeros(len(ink.strokes), dtype=np.intp), options.smooth)
    return Scene((on_density(layer, ink, options.palette, options.gamma, options.resolution),))
