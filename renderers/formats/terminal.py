"""Scene → text for a terminal: braille characters with 2 × 4 dots each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.page import Page
from renderers.scene.colors import relit, to_number, to_rgb
from renderers.scene.scene import Label, Layer, Raster, Scene
from renderers.scene.splines import flatten
from renderers.scene.text import cells, clean, fitted

SUMMARY = "braille characters for a terminal"

BRAILLE = 0x2800
# Unicode numbers the upper three dots of the left column, then of the right one, then the lowest pair.
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
RESET = "\x1b[0m"
# Without a given size, typical strokes are at most this many dots high: a few letters do not fill the width.
LARGEST_WRITING = 24
# Range of Oklab lightness that is readable on both dark and light terminals.
DARKEST, LIGHTEST = 0.55, 0.72
FAINT = 0.35  # opacity below which a heat map does not colour a cell


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format term."""

    columns: int | None = option(
        None, "maximum characters per line", least=1, most=10000, whole=True, unset="auto"
    )
    rows: int | None = option(None, "maximum number of lines", least=1, most=10000, whole=True, unset="auto")
    ansi: bool = option(False, "colours, as 24-bit ANSI sequences")


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode `scene` as UTF-8 text with a final newline; `page` has no effect."""
    return (to_text(scene, options.columns, options.rows, options.ansi) + "\n").encode()


def to_text(scene: Scene, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
    """Return `scene` as text of at most `columns` × `rows` characters, without trailing whitespace.

    The default width is that of the terminal, and the height follows from it. With `color`, each character
    has the colour drawn in it last, with a lightness that is readable on dark and light terminals, and a heat
    map colours the background. A scene with one colour and labels with the default colour keep the terminal's
    own colour. Without `color`, heat maps are left out.
    """
    limit = LARGEST_WRITING / scene.size if columns is None and rows is None else np.inf
    columns = shutil.get_terminal_size().columns if columns is None else columns
    grid = _CellGrid(scene, columns, rows, limit)
    for layer in scene.layers:
        grid.draw(layer)
    return "\n".join(grid.lines(color))


class _CellGrid:
    """The character cells of a scene: dots, colours and text."""

    def __init__(self, scene: Scene, columns: int, rows: int | None, limit: float) -> None:
        bounds = scene.bounds
        wide, high = 2 * columns, np.inf if rows is None else 4 * rows
        # dots at both ends: n dots span n - 1 distances
        self._scale = min((wide - 1) / bounds.width, (high - 1) / bounds.height, limit)
        self._corner = np.array(bounds[:2])
        down = int(np.floor(bounds.height * self._scale + 1e-9)) // 4 + 1
        across = min(columns, int(np.floor(bounds.width * self._scale + 1e-9)) // 2 + 1)
        self._shape = down, across
        self._masks = np.zeros((down, across), dtype=np.int64)
        self._colors = np.full((down, across), -1, dtype=np.int64)  # 0xrrggbb, or -1
        self._backgrounds = np.full((down, across), -1, dtype=np.int64)
        self._text: dict[tuple[int, int], str] = {}  # (row, column) → character of a label
        self._text_colors: dict[tuple[int, int], int] = {}  # only those that differ from the terminal's own
        # one colour: the terminal's own, which its user can read best
        self._one_color = len({pen.color for layer in scene.layers for pen in layer.pens}) == 1

    def draw(self, layer: Layer) -> None:
        """Draw a layer over the previous ones."""
        if layer.raster is not None:
            self._add_raster(layer.raster)
        self._add_paths(layer)
        for label in layer.labels:
            self._add_label(label)

    def lines(self, color: bool) -> list[str]:
        """Return the lines of text."""
        return [self._line(row, color) for row in range(self._shape[0])]

    def _dots(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        dots: NDArray[np.float64] = (points - self._corner) * self._scale
        return dots

    def _add_paths(self, layer: Layer) -> None:
        vertices, starts = flatten(layer.vertices, layer.starts, layer.controls)
        dots, path = _rasterise(self._dots(vertices), starts)
        down, across = self._shape
        x, y = np.minimum(dots, [2 * across - 1, 4 * down - 1]).T
        np.bitwise_or.at(self._masks, (y // 4, x // 2), DOTS[y % 4, x % 2])
        on_heat_map = layer.raster is not None
        if self._one_color and not on_heat_map:
            return
        rgb = np.array([to_rgb(pen.color) for pen in layer.pens])
        if not on_heat_map:
            rgb = _readable(rgb)
        # later pens are drawn over earlier ones, as in SVG: for repeated indices NumPy keeps the last value
        order = np.argsort(layer.pen[path], kind="stable")
        self._colors[y[order] // 4, x[order] // 2] = to_number(rgb)[layer.pen[path]][order]
        if on_heat_map:
            # beside the heat map, the ink colour may be unreadable on the terminal's background
            self._colors[self._backgrounds < 0] = -1

    def _add_raster(self, raster: Raster) -> None:
        """Colour the background of each cell by the mean shade of the image in it."""
        left, top, right, bottom = raster.bounds
        height, width = raster.pixels.shape
        x = self._dots(np.column_stack([left + (np.arange(width) + 0.5) * (right - left) / width] * 2))[:, 0]
        y = self._dots(np.column_stack([top + (np.arange(height) + 0.5) * (bottom - top) / height] * 2))[:, 1]
        column = np.clip(x // 2, 0, self._shape[1] - 1).astype(np.intp)
        row = np.clip(y // 4, 0, self._shape[0] - 1).astype(np.intp)
        cell = (row[:, None] * self._shape[1] + column).ravel()
        count = np.bincount(cell, minlength=self._backgrounds.size)
        total = np.bincount(cell, raster.pixels.ravel(), self._backgrounds.size)
        mean = (total / np.maximum(count, 1)).astype(np.intp).reshape(self._shape)
        seen = raster.table[mean, 3] >= 255 * FAINT
        self._backgrounds[seen] = to_number(raster.table[mean[seen], :3])

    def _add_label(self, label: Label) -> None:
        """Write a label, truncated to its room; leave it out if it would overlap another."""
        x, y = self._dots(np.array([[label.x, label.y]]))[0].tolist()
        room = min(self._shape[1], label.room * self._scale / 2 - 1)
        text = fitted(clean(label.text), room, cells)
        width = sum(map(cells, text))
        shift = {"start": 0.0, "middle": width / 2, "end": float(width)}[label.anchor]
        row = min(max(int(y // 4), 0), self._shape[0] - 1)
        first = min(max(round(x / 2 - shift), 0), max(self._shape[1] - width, 0))
        if width > self._shape[1] or any(
            (row, column) in self._text for column in range(first, first + width)
        ):
            return
        column = first
        color = -1
        if label.color != Label.color:
            color = int(to_number(_readable(np.array([to_rgb(label.color)])))[0])
        for character in text:
            if (wide := cells(character)) == 0:
                if column > first:  # a combining mark needs a character before it
                    self._text[row, column - 1] += character
                continue
            self._text[row, column] = character
            if color >= 0:
                self._text_colors[row, column] = color
            for extra in range(1, wide):
                self._text[row, column + extra] = ""
            column += wide

    def _line(self, row: int, color: bool) -> str:
        masks, colors, backgrounds = (
            values[row].tolist() for values in (self._masks, self._colors, self._backgrounds)
        )
        length = 1 + max(
            (
                column
                for column, mask in enumerate(masks)
                if mask or self._text.get((row, column), "").strip() or (color and backgrounds[column] >= 0)
            ),
            default=-1,
        )
        parts, now = [], (-1, -1)
        for column in range(length):
            text = self._text.get((row, column))
            braille = chr(BRAILLE + masks[column]) if masks[column] else " "
            if color:
                drawn = colors[column] if masks[column] else now[0]
                foreground = drawn if text is None else self._text_colors.get((row, column), -1)
                new = (foreground, backgrounds[column])
                parts.append(_change(now, new))
                now = new
            parts.append(braille if text is None else text)
        line = "".join(parts)
        return line if now == (-1, -1) else line + RESET


def _change(now: tuple[int, int], new: tuple[int, int]) -> str:
    """The ANSI sequence from one (foreground, background) to another; -1 is the terminal's own colour."""
    codes = []
    for lead, old, wanted in zip((38, 48), now, new, strict=True):
        if wanted == old:
            continue
        rgb = f"{lead};2;{wanted >> 16};{wanted >> 8 & 255};{wanted & 255}"
        codes.append(rgb if wanted >= 0 else f"{lead + 1}")
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _readable(rgb: NDArray[np.integer]) -> NDArray[np.uint8]:
    return relit(rgb, DARKEST, LIGHTEST)


def _rasterise(
    points: NDArray[np.float64], starts: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Dots (k, 2) without gaps along every path, and the path of each, (k,)."""
    lengths = np.diff(starts)
    path = np.repeat(np.arange(len(lengths)), lengths)
    last = np.zeros(len(points), dtype=bool)
    last[starts[1:] - 1] = True
    # from each vertex to the next of its path; the last one stays
    move = np.where(last[:, None], 0, np.roll(points, -1, axis=0) - points)
    count = np.ceil(np.abs(move).max(axis=1, initial=0)).astype(np.int64) + 1
    which = np.repeat(np.arange(len(points)), count)
    at = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    dots = points[which] + move[which] * (at / count[which])[:, None]
    return np.floor(np.maximum(dots, 0)).astype(np.int64), path[which]
