"""The style eos: each segment coloured by the predicted probability that the pen lifts at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.colors import gradient, to_hex
from renderers.scene.scene import Bounds, Label, Layer, Pen, Scene
from renderers.styles.strokes import LINE_WIDTH, SMOOTH_HELP, Segments, width_option, writing_size

SUMMARY = "each segment coloured by the model's end-of-stroke probability (needs predictions)"
NEEDS = ("prediction",)

LEVELS = 48
EQUAL = 1e-6  # square roots of probabilities closer than this count as equal
# The legend, in writing sizes: distance from the ink, length, letter height, and distance from heading to
# line.
AWAY, LENGTH, LETTER, LINE = 0.6, 5.0, 0.28, 0.42


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style eos."""

    palette: tuple[str, ...] = option(
        ("#27345c", "#8d3a78", "#e0433d", "#ff8a00"),
        "colours from the lowest to the highest probability; with one colour only the width varies",
        least=1,
        most=64,
    )
    width: float | None = width_option()
    swell: float = option(
        0.9,
        "extra width at the highest probability, as a fraction of the line width; 0 for none",
        least=0,
        most=10,
    )
    legend: bool = option(False, "show below the ink which colour means which probability")
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw each segment and dot of `ink` by the end-of-stroke probability of the point it arrives at.

    Colour and width follow the square root of the probability, from the lowest of this ink (darkest and
    thinnest) to the highest (lightest and widest). The root separates 0.01 from 0.1 as well as 0.5 from 0.8.
    Segments of high probability are drawn last. Raises RenderError for ink without predictions.
    """
    if ink.prediction is None:
        hint = "score it first: hw render --style eos --model NAME"
        raise RenderError("the style eos cannot draw this ink: it has no predictions", hint)
    width = (options.width or LINE_WIDTH) * writing_size(ink)
    colors = gradient(options.palette, LEVELS)
    swell = 1 + options.swell * np.linspace(0, 1, LEVELS)
    pens = [Pen(to_hex(rgb), width * float(factor)) for rgb, factor in zip(colors, swell, strict=True)]
    segments = Segments.of(ink)
    eos = np.asarray(ink.prediction.eos, dtype=np.float64)[segments.arrives]
    pen = np.rint(tones(eos) * (LEVELS - 1)).astype(np.intp)
    layer = segments.layer(ink, pens, pen, options.smooth)
    return Scene((layer, _legend(layer, eos)) if options.legend else (layer,))


def tones(eos: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map probabilities (n,) to 0 … 1 over their range, by the square root; all 0 if they are equal."""
    root = np.sqrt(eos)
    low, high = root.min(), root.max()
    return (root - low) / (high - low) if high - low > EQUAL else np.zeros_like(root)


def _legend(layer: Layer, eos: NDArray[np.float64]) -> Layer:
    """A line below the ink drawn with every pen in order, labelled with probabilities."""
    size, low, high = layer.size, float(np.sqrt(eos.min())), float(np.sqrt(eos.max()))
    letter, thick = LETTER * size, max(pen.width for pen in layer.pens)
    left, top = layer.bounds.left + thick / 2, layer.bounds.bottom + AWAY * size
    line = top + LINE * size
    x = left + np.linspace(0, LENGTH * size, LEVELS + 1)
    steps = np.arange(LEVELS, dtype=np.intp)
    vertices = np.column_stack([np.column_stack([x[:-1], x[1:]]).ravel(), np.full(2 * LEVELS, line)])
    marks = np.linspace(0, 1, 4) if high - low > EQUAL else np.zeros(1)
    below = line + thick / 2 + 1.1 * letter
    labels = [Label("probability of a pen lift", left, top + 0.3 * letter, letter)]
    # a terminal without room leaves out later labels: the two ends come first
    for mark in sorted(marks.tolist(), key=lambda mark: mark not in (0, 1)):
        anchor = "start" if mark == 0 else "end" if mark == 1 else "middle"
        probability = (low + mark * (high - low)) ** 2
        text = f"{probability:.2g}" if probability >= 0.001 else "< 0.001"
        labels.append(Label(text, left + mark * LENGTH * size, below, letter, anchor))
    right = max(left + LENGTH * size + thick / 2, left + 15 * letter)
    return Layer(
        vertices=vertices,
        starts=np.arange(0, 2 * LEVELS + 1, 2, dtype=np.intp),
        pen=steps,
        pens=layer.pens,
        times=np.zeros(2 * LEVELS, dtype=np.intp),
        count=0,
        bounds=Bounds(left - thick / 2, top - letter, right, below + 0.3 * letter),
        size=size,
        labels=tuple(labels),
    )
