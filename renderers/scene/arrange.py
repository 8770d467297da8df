"""Several inks on one page: lines below each other, or a grid, with captions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from renderers.errors import RenderError, unknown
from renderers.ink import Ink
from renderers.scene.scene import Label, Layer, Scene
from renderers.scene.text import clean

# What a caption can say of an ink.
CAPTIONS = ("id", "text", "seed")
# Between lines of ink, of the height of the line in the middle; between columns, of a column's width.
GAP, COLUMN_GAP = 0.3, 0.05
# A caption's letters, of the width of everything: some 11 px where a page is 1200 px wide; and at least so
# much of the writing's size, for a page of a few letters.
LETTER, LEAST_LETTER = 1 / 105, 0.15


def check_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts of a caption, each one of CAPTIONS; RenderError names the nearest for another."""
    checked = tuple(part.strip() for part in parts)
    for part in checked:
        if part not in CAPTIONS:
            raise unknown("part of a caption", part, CAPTIONS)
    return checked


def caption(ink: Ink, parts: Iterable[str]) -> str:
    """What `parts`, checked, say of `ink`: `a01-000u · A MOVE · seed 3`; what it lacks is left out."""
    said = []
    for part in parts:
        value = getattr(ink, part)
        if value is not None:
            said.append(f"seed {value}" if part == "seed" else clean(str(value)))
    return " · ".join(word for word in said if word)


def arrange(scenes: Iterable[Scene], columns: int = 1, captions: Sequence[str] = ()) -> Scene:
    """`scenes` row by row in `columns`, all at one scale, with a caption below each.

    In one column lines follow each other closely, each with its left edge at 0; in a grid every cell is as
    wide as the widest scene and a row as high as its highest, with the scenes in the middle of their cells.
    One page is written with one pen: where the scenes' pens differ in width, all take the median of them.
    RenderError without a scene, and for less than one column.
    """
    if isinstance(columns, bool) or not isinstance(columns, int) or columns < 1:
        raise RenderError(f"{columns!r} columns", "a grid has a whole number of columns, at least 1")
    several = list(scenes)
    if not several:
        raise RenderError("there is no ink to draw", "give at least one line of ink")
    nib = float(np.median([scene.nib for scene in several]))
    several = [Scene(tuple(layer.with_nib(nib) for layer in scene.layers)) for scene in several]
    columns = min(columns, len(several))
    cell = max(scene.bounds.width for scene in several)
    gap = GAP * float(np.median([scene.bounds.height for scene in several]))
    across = cell * (1 + COLUMN_GAP)
    size = float(np.median([scene.size for scene in several]))
    letter = max(LETTER * (across * columns), LEAST_LETTER * size)
    below = 1.6 * letter if any(captions) else 0.0
    layers: list[Layer] = []
    top = 0.0
    for first in range(0, len(several), columns):
        row = several[first : first + columns]
        height = max(scene.bounds.height for scene in row)
        for column, scene in enumerate(row):
            bounds, left = scene.bounds, column * across
            free = (cell - bounds.width) / 2 if columns > 1 else 0.0
            dx, dy = left + free - bounds.left, top + (height - bounds.height) / 2 - bounds.top
            placed = [layer.moved(dx, dy) for layer in scene.layers]
            text = captions[first + column] if first + column < len(captions) else ""
            if text:
                place = (left + cell / 2, "middle") if columns > 1 else (0.0, "start")
                placed[0] = _with_caption(placed[0], text, place, top + height + below, letter, cell)
            layers += placed
        top += height + below + gap
    return Scene(tuple(layers))


def _with_caption(
    layer: Layer, text: str, place: tuple[float, str], bottom: float, letter: float, room: float
) -> Layer:
    x, anchor = place
    label = Label(text, x, bottom - 0.3 * letter, letter, anchor, room=room)
    bounds = layer.bounds
    wide = bounds._replace(bottom=max(bounds.bottom, bottom), left=min(bounds.left, x))
    return replace(layer, labels=(*layer.labels, label), bounds=wide)
