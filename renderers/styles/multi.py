"""A colour a point-to-point segment: every step of the pen can be told from the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.colors import wheel
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import SMOOTH_HELP, WIDTH_HELP, Segments, writing_size

SUMMARY = "a colour a point-to-point segment"

# A Fibonacci number of hues, stepped through by another: neighbours lie about a golden angle (137.5°) apart,
# and all hues are used before one comes back.
HUES, STEP = 34, 13
# Neighbours differ in lightness too, or eyes that lack a cone would see some pairs of hues as one. Chosen so
# that the darkest and the lightest both show on white (contrast 3 and more).
DARK, LIGHT, CHROMA = 0.38, 0.63, 0.14
# Of the wheel, the order of time uses so much: the end is not to be taken for the start.
SPAN = 27 / 32


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style multi."""

    order: str = option(
        "contrast", "neighbours far apart, or hues that follow time", choices=("contrast", "time")
    )
    seed: int = option(0, "another seed turns the wheel of hues", least=0, most=65535)
    width: float = option(0.05, WIDTH_HELP, least=0.001, most=1)
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """`ink` with a colour a segment; a stroke of one point is a segment of its own."""
    width = options.width * writing_size(ink)
    segments = Segments.of(ink)
    count = len(segments.arrives)
    start = float(np.random.default_rng(options.seed).random())
    if options.order == "time":
        lightness = DARK + (LIGHT - DARK) * np.linspace(0, 1, 216)
        hues = wheel(start + SPAN * np.linspace(0, 1, 216), lightness, CHROMA)
        pen = np.arange(count, dtype=np.intp) * len(hues) // count
    else:
        # an even number of hues and an odd step: the lightnesses take turns from segment to segment
        index = np.arange(HUES)
        hues = wheel(start + index / HUES, np.where(index % 2, LIGHT, DARK), CHROMA)
        pen = np.arange(count, dtype=np.intp) * STEP % HUES
    return Scene((segments.layer(ink, [Pen(hue, width) for hue in hues], pen, options.smooth),))
