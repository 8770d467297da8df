"""A colour a point-to-point segment: every step of the pen can be told from the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.colors import wheel
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene import Pen, Scene
from renderers.strokes import WIDTH_HELP, Segments, writing_size

SUMMARY = "a colour a point-to-point segment"

# A Fibonacci number of hues, stepped through by another: neighbours lie about a golden angle (137.5°) apart,
# and all hues are used before one comes back.
HUES, STEP = 34, 13


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style multi."""

    order: str = option(
        "contrast", "neighbours far apart, or hues that follow time", choices=("contrast", "time")
    )
    seed: int = option(0, "another seed turns the wheel of hues", least=0, most=65535)
    width: float = option(0.05, WIDTH_HELP, least=0.001, most=1)


def scene(ink: Ink, options: Options) -> Scene:
    """`ink` with a hue a segment, of one lightness; a stroke of one point is a segment of its own."""
    width = options.width * writing_size(ink)
    segments = Segments.of(ink)
    count = len(segments.arrives)
    start = float(np.random.default_rng(options.seed).random())
    if options.order == "time":
        # from one end of the wheel not quite round to the other, so that the end is not taken for the start
        hues = wheel(256, 0.62, 0.17, start)[:216]
        pen = np.arange(count, dtype=np.intp) * len(hues) // count
    else:
        hues = wheel(HUES, 0.62, 0.17, start)
        pen = np.arange(count, dtype=np.intp) * STEP % HUES
    return Scene((segments.layer(ink, [Pen(hue, width) for hue in hues], pen),))
