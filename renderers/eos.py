"""Each segment by the model's probability that its stroke ends there: where it expects the pen to lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.colors import gradient, to_hex
from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene import Pen, Scene
from renderers.strokes import WIDTH_HELP, Segments, writing_size

SUMMARY = "each segment by the model's end-of-stroke probability (needs predictions)"

LEVELS = 48


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style eos."""

    palette: tuple[str, ...] = option(
        ("#27345c", "#8d3a78", "#e0433d", "#ff8a00"),
        "colours from the least to the most probable",
        least=2,
        most=64,
    )
    width: float = option(0.065, WIDTH_HELP, least=0.001, most=1)
    swell: float = option(
        0.9, "how much wider the most probable are: 0 not at all, 1 twice", least=0, most=10
    )


def scene(ink: Ink, options: Options) -> Scene:
    """`ink`, each segment (and dot) by the probability of an end at the point where it arrives.

    Darkest and thinnest is the least probability of this ink, lightest and widest the greatest; between them
    the square root of the probability decides, which tells 0.01 from 0.1 as well as 0.5 from 0.8. The
    likeliest are drawn last. RenderError without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style eos --model NAME"
        raise RenderError("this ink has no predictions, which the style eos draws", hint)
    width = options.width * writing_size(ink)
    colors = gradient(options.palette, LEVELS)
    swell = 1 + options.swell * np.linspace(0, 1, LEVELS)
    pens = [Pen(to_hex(rgb), width * float(more)) for rgb, more in zip(colors, swell, strict=True)]
    segments = Segments.of(ink)
    strength = weights(np.asarray(ink.prediction.eos, dtype=np.float64)[segments.arrives])
    return Scene((segments.layer(ink, pens, np.rint(strength * (LEVELS - 1)).astype(np.intp)),))


def weights(eos: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (n,) as weights from 0 to 1, monotone, over their range; all 0 if they are equal."""
    root = np.sqrt(eos)
    low, high = root.min(), root.max()
    return (root - low) / (high - low) if high - low > 1e-6 else np.zeros_like(root)
