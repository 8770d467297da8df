"""The strokes, one colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import SMOOTH_HELP, THINNING_HELP, WIDTH_HELP, thinned_layer, writing_size

SUMMARY = "the strokes, one colour"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style plain."""

    color: str = option("#1c2440", "the ink's colour", color=True)
    width: float = option(0.065, WIDTH_HELP, least=0.001, most=1)
    smooth: bool = option(False, SMOOTH_HELP)
    thinning: float = option(0.0, THINNING_HELP, least=0, most=1)


def scene(ink: Ink, options: Options) -> Scene:
    """`ink` in one colour; strokes of one point are dots."""
    pen = Pen(options.color, options.width * writing_size(ink))
    which = np.zeros(len(ink.strokes), dtype=np.intp)
    return Scene((thinned_layer(ink, [pen], which, options.thinning, options.smooth),))
