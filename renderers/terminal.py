"""Scene → text: braille characters, each of 2 × 4 dots, for the handwriting itself in a terminal."""

from __future__ import annotations

import shutil

import numpy as np
from numpy.typing import NDArray

from renderers.colors import to_rgb
from renderers.errors import RenderError
from renderers.page import Page
from renderers.scene import Scene

BRAILLE = 0x2800
# Unicode numbers the dots of a cell down its left column, then its right one, and the lowest pair last.
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
RESET = "\x1b[0m"
# A few letters are not blown up to a terminal's width: by default strokes are at most so many dots high.
LARGEST_WRITING = 24


def to_text(scene: Scene, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
    """`scene` in at most `columns` × `rows` characters; neither lines nor text end in white space.

    `columns` is by default the terminal's, and `rows` whatever the width leads to. With `color`, each
    character has the colour that was drawn in it last, as 24-bit ANSI sequences. Images are left out: dots
    have no shades.
    """
    for name, value in (("columns", columns), ("rows", rows)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise RenderError(f"{name} is {value!r}", f"{name} has to be a whole number above 0")
    limit = LARGEST_WRITING / scene.size if columns is None and rows is None else np.inf
    columns = shutil.get_terminal_size().columns if columns is None else columns
    masks, colors = _cells(scene, columns, rows, limit)
    lines = [_line(m, c if color else None) for m, c in zip(masks.tolist(), colors.tolist(), strict=True)]
    return "\n".join(lines)


def encode(
    scene: Scene, page: Page, columns: int | None = None, rows: int | None = None, color: bool = False
) -> bytes:
    """`to_text` as UTF-8 with a last line's end; a terminal is its own page, so `page` says nothing here."""
    return (to_text(scene, columns, rows, color) + "\n").encode()


def _cells(
    scene: Scene, columns: int, rows: int | None, limit: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Dots and colours (0xrrggbb, or -1) of each character, both (rows, columns)."""
    bounds = scene.bounds
    wide, high = 2 * columns, np.inf if rows is None else 4 * rows
    # a dot lies at each end, hence one less than the dots
    scale = min((wide - 1) / bounds.width, (high - 1) / bounds.height, limit)
    down = int(np.floor(bounds.height * scale + 1e-9)) // 4 + 1
    across = min(columns, int(np.floor(bounds.width * scale + 1e-9)) // 2 + 1)
    masks = np.zeros((down, across), dtype=np.int64)
    colors = np.full((down, across), -1, dtype=np.int64)
    for layer in scene.layers:
        dots, path = _rasterise((layer.vertices - bounds[:2]) * scale, layer.starts)
        x, y = np.minimum(dots, [2 * across - 1, 4 * down - 1]).T
        np.bitwise_or.at(masks, (y // 4, x // 2), DOTS[y % 4, x % 2])
        rgb = np.array([to_rgb(pen.color) for pen in layer.pens]) @ [1 << 16, 1 << 8, 1]
        # later pens lie over earlier ones, as in SVG; of repeated indices NumPy keeps the last
        order = np.argsort(layer.pen[path], kind="stable")
        colors[y[order] // 4, x[order] // 2] = rgb[layer.pen[path]][order]
    return masks, colors


def _rasterise(
    points: NDArray[np.float64], starts: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Dots (k, 2) without gaps along every path, and (k,) the path of each."""
    lengths = np.diff(starts)
    path = np.repeat(np.arange(len(lengths)), lengths)
    last = np.zeros(len(points), dtype=bool)
    last[starts[1:] - 1] = True
    # from each vertex towards the next of its path; the last one stays where it is
    move = np.where(last[:, None], 0, np.roll(points, -1, axis=0) - points)
    count = np.ceil(np.abs(move).max(axis=1, initial=0)).astype(np.int64) + 1
    which = np.repeat(np.arange(len(points)), count)
    at = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    dots = points[which] + move[which] * (at / count[which])[:, None]
    return np.floor(np.maximum(dots, 0)).astype(np.int64), path[which]


def _line(masks: list[int], colors: list[int] | None) -> str:
    while masks and not masks[-1]:
        masks.pop()
    text, now = [], -1
    for i, mask in enumerate(masks):
        if colors is not None and mask and colors[i] != now:
            now = colors[i]
            text.append(f"\x1b[38;2;{now >> 16};{now >> 8 & 255};{now & 255}m")
        text.append(chr(BRAILLE + mask) if mask else " ")
    return "".join(text) + (RESET if now >= 0 else "")
