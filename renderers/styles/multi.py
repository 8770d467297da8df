"""The style multi: one colour per point-to-point segment, which makes every step of the pen visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.colors import oklch_to_hex
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import SMOOTH_HELP, Segments, width_option, writing_size

SUMMARY = "one colour per point-to-point segment"

# Both are Fibonacci numbers: successive hues lie about a golden angle (137.5°) apart, and every hue is used
# before one repeats.
HUES, STEP = 34, 13
LINE_WIDTH = 0.05  # thinner than that of other styles: segments are short
# Neighbours also differ in Oklab lightness, because colour-blind eyes see some pairs of hues as equal. Both
# lightnesses are visible on white (contrast of at least 3).
DARK, LIGHT, CHROMA = 0.38, 0.63, 0.14
# order=time spans this fraction of the colour wheel, so that the end does not look like the start.
SPAN = 27 / 32
TIME_COLORS = 216


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style multi."""

    order: str = option(
        "contrast",
        "contrast: neighbouring segments differ as much as possible; time: hue follows time",
        choices=("contrast", "time"),
    )
    seed: int = option(0, "seed of the first hue", least=0, most=65535)
    width: float | None = width_option(LINE_WIDTH)
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw each segment of `ink` in its own colour; a stroke with one point counts as a segment."""
    width = (options.width or LINE_WIDTH) * writing_size(ink)
    segments = Segments.of(ink)
    count = len(segments.arrives)
    start = float(np.random.default_rng(options.seed).random())
    if options.order == "time":
        fraction = np.linspace(0, 1, TIME_COLORS)
        colors = oklch_to_hex(DARK + (LIGHT - DARK) * fraction, CHROMA, start + SPAN * fraction)
        pen = np.arange(count, dtype=np.intp) * len(colors) // count
    else:
        # HUES is even and STEP odd, so lightness alternates from segment to segment
        index = np.arange(HUES)
        colors = oklch_to_hex(np.where(index % 2, LIGHT, DARK), CHROMA, start + index / HUES)
        pen = np.arange(count, dtype=np.intp) * STEP % HUES
    return Scene((segments.layer(ink, [Pen(color, width) for color in colors], pen, options.smooth),))
