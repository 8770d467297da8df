"""The style color: one colour per stroke, which shows where the pen touched down and lifted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import LINE_WIDTH, SMOOTH_HELP, stroke_layer, width_option, writing_size

SUMMARY = "one colour per stroke"

# Found by a search over a dozen ink colours and their orders: these six are farthest apart in Oklab for
# normal, red-blind, green-blind and blue-blind vision (Machado et al. 2009), with most weight on neighbours.
# Each has a contrast of at least 3 on white. A test measures all of this.
PALETTE = ("#12235f", "#a11d33", "#9c77ff", "#d9480f", "#7a1f8f", "#128a76")


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style color."""

    palette: tuple[str, ...] = option(PALETTE, "stroke colours, used in rotation", least=2, most=256)
    width: float | None = width_option()
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw the strokes of `ink` in the palette's colours in rotation; neighbours always differ in colour."""
    width = (options.width or LINE_WIDTH) * writing_size(ink)
    pens = [Pen(color, width) for color in options.palette]
    pen = np.arange(len(ink.strokes), dtype=np.intp) % len(pens)
    return Scene((stroke_layer(ink, pens, pen, options.smooth),))
