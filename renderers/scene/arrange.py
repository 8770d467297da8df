"""Arrange several inks on one page, in lines or in a grid, with captions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from renderers.errors import RenderError, unknown
from renderers.ink import Ink
from renderers.scene.scene import Label, Layer, Scene
from renderers.scene.text import clean

# Fields of Ink that a caption can show.
CAPTIONS = ("id", "text", "seed")
# The gap between lines, as a fraction of the median line height, and between columns, of the column width.
GAP, COLUMN_GAP = 0.3, 0.05
# Font size of captions as a fraction of the total width (11 px on a page of 1200 px), and the least as a
# fraction of the writing size, for pages with a few letters.
LETTER, LEAST_LETTER = 1 / 105, 0.15


def check_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Check the parts of a caption and strip their spaces; RenderError suggests the nearest in CAPTIONS.

    >>> check_parts(["id", " seed "])
    ('id', 'seed')
    """
    checked = tuple(part.strip() for part in parts)
    for part in checked:
        if part not in CAPTIONS:
            raise unknown("part of a caption", part, CAPTIONS)
    return checked


def caption(ink: Ink, parts: Iterable[str]) -> str:
    """Return the caption of `ink` with the checked `parts` that it has: `a01-000u · A MOVE · seed 3`."""
    words = []
    for part in parts:
        value = getattr(ink, part)
        if value is not None:
            words.append(f"seed {value}" if part == "seed" else clean(str(value)))
    return " · ".join(word for word in words if word)


def arrange(scenes: Iterable[Scene], columns: int = 1, captions: Sequence[str] = ()) -> Scene:
    """Arrange `scenes` row by row in `columns` at one scale, with a caption below each.

    In one column, lines are closely spaced and aligned left at 0. In a grid, every cell is as wide as the
    widest scene, each row as high as its highest, and scenes are centred in their cells. All scenes are drawn
    with the median of their pen widths. Raises RenderError without a scene or a column.
    """
    if isinstance(columns, bool) or not isinstance(columns, int) or columns < 1:
        raise RenderError(f"columns cannot be {columns!r}", "use a whole number of at least 1")
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
