"""Each segment coloured by the character of the text that it belongs to.

The soft window of a synthesis network (Graves 2013, section 5) stands on one character of the text at every
point; the trace of ink sampled from text records which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.scene import Indices, Label, Layer, Pen, Scene
from renderers.styles.density.under import GAMMA, RESOLUTION, on_density
from renderers.styles.density.under import PALETTE as DENSITY_PALETTE
from renderers.styles.letter_mark import letter_mark
from renderers.styles.letters import UNDER, Letters
from renderers.styles.strokes import LINE_WIDTH, SMOOTH_HELP, Segments, ink_bounds, width_option, writing_size

SUMMARY = "one colour per character of the text, printed below (needs ink sampled from text)"
NEEDS = ("text", "trace")

# Chosen by a search: the five that stay furthest apart in Oklab, neighbours first of all, as normal,
# red-blind, green-blind and blue-blind eyes see them (Machado et al. 2009), and as far from red and grey.
# Each has a contrast of 3 or more on white. A test measures it.
PALETTE = ("#801867", "#b464e8", "#008b6a", "#271ed0", "#203501")
THIN = 0.03  # default width of a line over a density
SKIPPED, NOBODYS = "#e00010", "#8a90a0"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style window."""

    palette: tuple[str, ...] = option(PALETTE, "colours, taken in turn by the characters", least=2, most=256)
    skipped: str = option(SKIPPED, "colour of skipped characters, which are underlined", color=True)
    labels: bool = option(True, "print the text below the ink")
    letters: float = option(
        0.4, "height of the printed text, as a fraction of the writing size", least=0.05, most=4
    )
    density: bool = option(False, "draw the predicted density of each next point under a thinner line")
    width: float | None = width_option()
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw `ink`, each segment (and dot) in the colour of the character at the point where it ends.

    Character k of the text has colour k of the palette, cyclically, and is printed in it below its points; a
    skipped one is printed between its neighbours, underlined, in a warning colour. Points of no character (a
    prime's, or those after the last one) are grey. Raises RenderError for ink without a text and a trace.
    """
    text, characters = _traced(ink)
    width = (options.width or (THIN if options.density else LINE_WIDTH)) * writing_size(ink)
    colors = options.palette
    pens = [Pen(color, width) for color in (*colors, NOBODYS)]
    known = (characters >= 0) & (characters < len(text))
    segments = Segments.of(ink)
    pen = np.where(known, characters % len(colors), len(colors))[segments.arrives]
    layer = segments.layer(ink, pens, pen, options.smooth)
    if options.density:
        if ink.prediction is None:
            hint = "score it first, with --model NAME, or leave out -O density=yes"
            raise RenderError("the style window cannot draw this density: the ink has no predictions", hint)
        layer = on_density(layer, ink, DENSITY_PALETTE, GAMMA, RESOLUTION)
    if not options.labels:
        return Scene((layer,))
    letters = Letters.of(text, ink.points, characters, options.letters * layer.size)
    if not len(letters.which):
        return Scene((layer,))
    labels = _labels(letters, colors, options.skipped)
    mark = letter_mark(letters, characters)
    layer = replace(layer, labels=labels, mark=mark, bounds=layer.bounds.joined(letters.bounds))
    if not letters.skipped.any():
        return Scene((layer,))
    return Scene((layer, _underlines(letters, layer, Pen(options.skipped, width))))


def _traced(ink: Ink) -> tuple[str, Indices]:
    """Return the text of `ink` and the character of each point, (n,); RenderError if the ink lacks them."""
    if ink.trace is None or not ink.text:
        lacks = "no text" if not ink.text else "no trace of its text"
        hint = "sample it from a text: hw sample --text TEXT --explain"
        raise RenderError(f"the style window cannot draw this ink: it has {lacks}", hint)
    return ink.text, ink.trace.characters


def _labels(letters: Letters, colors: Sequence[str], skipped: str) -> tuple[Label, ...]:
    labels = [
        Label(text, x, y, letters.size, "middle", skipped if missed else colors[k % len(colors)])
        for text, x, y, missed, k in zip(
            letters.texts,
            letters.middles.tolist(),
            letters.baselines.tolist(),
            letters.skipped.tolist(),
            letters.which.tolist(),
            strict=True,
        )
    ]
    # where a terminal has too little room, it leaves out the later ones
    order = np.argsort(~letters.skipped, kind="stable")
    return tuple(labels[k] for k in order.tolist())


def _underlines(letters: Letters, ink: Layer, pen: Pen) -> Layer:
    """Lines under the skipped letters, as a legend: nothing that the pen wrote."""
    x = letters.middles[letters.skipped]
    half = np.maximum(letters.widths[letters.skipped] - pen.width, 0) / 2  # the pen's ends are round
    y = letters.baselines[letters.skipped] + UNDER * letters.size
    vertices = np.stack([np.column_stack([x - half, y]), np.column_stack([x + half, y])], axis=1)
    vertices = vertices.reshape(-1, 2)
    return Layer(
        vertices=vertices,
        starts=np.arange(0, len(vertices) + 1, 2, dtype=np.intp),
        pen=np.full(len(x), len(ink.pens), dtype=np.intp),
        # with the ink's own, so that a page that gives its lines one pen leaves this one as wide
        pens=(*ink.pens, pen),
        times=np.zeros(len(vertices), dtype=np.intp),
        count=0,
        bounds=ink_bounds(vertices, pen.width),
        size=ink.size,
    )
