"""The style plain: every stroke in one colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Pen, Scene
from renderers.styles.strokes import LINE_WIDTH, SMOOTH_HELP, stroke_layer, width_option, writing_size

SUMMARY = "all strokes in one colour"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style plain."""

    color: str = option("#1c2440", "ink colour", color=True)
    width: float | None = width_option()
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw `ink` in one colour; a stroke with one point is a dot."""
    pen = Pen(options.color, (options.width or LINE_WIDTH) * writing_size(ink))
    which = np.zeros(len(ink.strokes), dtype=np.intp)
    return Scene((stroke_layer(ink, [pen], which, options.smooth),))
