"""A colour a stroke: where the pen touched down and lifted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import SMOOTH_HELP, THINNING_HELP, WIDTH_HELP, thinned_layer, writing_size

SUMMARY = "a colour a stroke"

# Chosen by a search over a dozen inks, and the order of each choice: the six that stay furthest apart in
# Oklab, and their neighbours most of all, as normal, red-blind, green-blind and blue-blind eyes see them
# (Machado et al. 2009). Each has a contrast of 3 or more on white. A test measures it.
PALETTE = ("#12235f", "#a11d33", "#9c77ff", "#d9480f", "#7a1f8f", "#128a76")


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style color."""

    palette: tuple[str, ...] = option(PALETTE, "colours, taken in turn", least=2, most=256)
    width: float = option(0.065, WIDTH_HELP, least=0.001, most=1)
    smooth: bool = option(False, SMOOTH_HELP)
    thinning: float = option(0.0, THINNING_HELP, least=0, most=1)


def scene(ink: Ink, options: Options) -> Scene:
    """`ink` with the palette's colours taken in turn: no stroke has the colour of the one before it."""
    width = options.width * writing_size(ink)
    pens = [Pen(color, width) for color in options.palette]
    pen = np.arange(len(ink.strokes), dtype=np.intp) % len(pens)
    return Scene((thinned_layer(ink, pens, pen, options.thinning, options.smooth),))
