"""The window's weights, characters by points, above the ink that the network wrote meanwhile.

As in section 5 of Graves (2013): the map shows φ(t, u), the weight of character u at point t. The bright line
is the alignment between text and writing that the network chose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.scene.colors import gradient
from renderers.scene.scene import Bounds, Label, Pen, Raster, Scene
from renderers.scene.text import cells, clean
from renderers.styles.strokes import LINE_WIDTH, SMOOTH_HELP, stroke_layer, width_option, writing_size

SUMMARY = "the weights of the window over the text, characters by points, above the ink (needs --attention)"
NEEDS = ("text", "attention")

Shades = NDArray[np.uint8]

AWAY = 0.35  # from the map down to the ink, in sizes of the writing
LETTER, BESIDE = 0.8, 0.4  # size of a letter, and its distance from the map, in rows
BASELINE = 0.75  # of a letter, in rows from the top of its own
ACROSS, DOWN = 2, 12  # pixels of a point and of a character
LARGEST = 2_000_000  # characters times points: an image of 48 MB
SPACE = "\u2423"  # how a space is printed


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the style attention."""

    color: str = option("#1c2440", "ink colour", color=True)
    palette: tuple[str, ...] = option(
        ("#f3f1ea", "#f7c668", "#e0484f", "#52135c"),
        "colours from no weight to the largest",
        least=2,
        most=64,
    )
    gamma: float = option(
        0.6, "exponent from weight to colour; lower values show fainter weights", least=0.05, most=1
    )
    row: float = option(
        0.3, "height of a character's row, as a fraction of the writing size", least=0.05, most=4
    )
    labels: bool = option(True, "print the text beside the map")
    width: float | None = width_option()
    smooth: bool = option(False, SMOOTH_HELP)


def scene(ink: Ink, options: Options) -> Scene:
    """Draw `ink` below the map of its window's weights.

    Row u of the map is character u of the text, which stands beside it; its columns are the points in order,
    evenly over the width of the ink. Raises RenderError for ink without a text or weights, and for pages.
    """
    attention, text = ink.attention, ink.text
    if attention is None or not text:
        lacks = "no text" if not text else "no weights of the window"
        hint = "sample it with them: hw sample --text TEXT --attention"
        raise RenderError(f"the style attention cannot draw this ink: it has {lacks}", hint)
    if ink.frame is not None:
        raise RenderError("the style attention draws lines, not pages", "sample the text of one line")
    if len(text) * len(ink) > LARGEST:
        message = f"{len(text):,} characters by {len(ink):,} points are too many for the style attention"
        raise RenderError(message, f"their product can be {LARGEST:,} at most: draw shorter lines")
    size = writing_size(ink)
    pen = Pen(options.color, (options.width or LINE_WIDTH) * size)
    layer = stroke_layer(ink, [pen], np.zeros(len(ink.strokes), dtype=np.intp), options.smooth)
    height = options.row * size
    low = layer.bounds.top - AWAY * size
    bounds = Bounds(
        layer.bounds.left, low - height * len(text), max(layer.bounds.right, layer.bounds.left + size), low
    )
    weights = attention.dense(len(text)).T  # (characters, points)
    shades = _shades(weights, options.gamma)
    table = np.full((256, 4), 255, dtype=np.uint8)
    table[:, :3] = gradient(options.palette, 256)
    image = Raster(shades, table, bounds, lambda: WeightPainting(shades))
    layer = layer.on(image)
    if options.labels:
        wide = layer.bounds._replace(left=layer.bounds.left - (LETTER + BESIDE) * height)
        layer = replace(layer, labels=tuple(_labels(text, bounds, height)), bounds=wide)
    return Scene((layer,))


class WeightPainting:
    """A map of weights, (rows, columns), painted point by point; a renderers.scene.scene.Painting."""

    def __init__(self, shades: Shades) -> None:
        self._whole, self._shades, self._done = shades, np.zeros_like(shades), 0

    @property
    def pixels(self) -> Shades:
        """(rows, columns) as painted so far."""
        return self._shades

    def advance(self, points: int) -> tuple[slice, slice] | None:
        """Paint the columns of the first `points` points; return what changed, if anything."""
        begin, end = ACROSS * self._done, min(ACROSS * points, self._whole.shape[1])
        if end <= begin:
            return None
        self._done = points
        self._shades[:, begin:end] = self._whole[:, begin:end]
        return slice(0, len(self._whole)), slice(begin, end)


def _shades(weights: NDArray[np.float32], gamma: float) -> Shades:
    """Return the shades of `weights`, (characters, points), with ACROSS × DOWN pixels each."""
    largest = float(weights.max(initial=0)) or 1.0
    shades = np.rint(255 * (weights / largest) ** gamma).astype(np.uint8)
    return np.repeat(np.repeat(shades, DOWN, axis=0), ACROSS, axis=1)


def _labels(text: str, bounds: Bounds, height: float) -> list[Label]:
    """Return the characters of `text`, each to the left of its row."""
    x = bounds.left - BESIDE * height / 2
    return [
        Label(_printed(character), x, bounds.top + (k + BASELINE) * height, LETTER * height, "end")
        for k, character in enumerate(text)
    ]


def _printed(character: str) -> str:
    text = clean(character) or SPACE
    return text if cells(text) else f"\u25cc{text}"
