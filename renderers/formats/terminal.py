"""Scene → text: braille characters, each of 2 × 4 dots, for the handwriting itself in a terminal."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.page import Page
from renderers.scene.colors import relit, to_rgb
from renderers.scene.scene import Ellipses, Label, Layer, Raster, Scene
from renderers.scene.splines import flatten
from renderers.scene.text import cells, clean, fitted

SUMMARY = "braille characters, for a terminal"

BRAILLE = 0x2800
# Unicode numbers the dots of a cell down its left column, then its right one, and the lowest pair last.
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
RESET = "\x1b[0m"
# A few letters are not blown up to a terminal's width: by default strokes are at most so many dots high.
LARGEST_WRITING = 24
# Terminals are dark or light, and nobody says which: colours of these Oklab lightnesses can be read on both.
DARKEST, LIGHTEST = 0.55, 0.72
# Heat so transparent leaves a cell as it is.
FAINT = 0.35


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format term."""

    columns: int | None = option(
        None, "the most characters to a line", least=1, most=10000, whole=True, unset="auto"
    )
    rows: int | None = option(None, "the most lines", least=1, most=10000, whole=True, unset="auto")
    ansi: bool = option(False, "colours, as ANSI sequences of 24 bits")


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """`to_text` as UTF-8 with a last line's end; a terminal is its own page, so `page` says nothing here."""
    return (to_text(scene, options.columns, options.rows, options.ansi) + "\n").encode()


def to_text(scene: Scene, columns: int | None = None, rows: int | None = None, color: bool = False) -> str:
    """`scene` in at most `columns` × `rows` characters; neither lines nor text end in white space.

    `columns` is by default the terminal's, and `rows` whatever the width leads to. With `color`, each
    character has the colour that was drawn in it last, brought to a lightness that shows on dark and on light
    (a scene of one colour has the terminal's own, and so have labels of the usual one), and a heat map or
    ellipses colour the ground. Without it, dots having no shades, they are left out.
    """
    limit = LARGEST_WRITING / scene.size if columns is None and rows is None else np.inf
    columns = shutil.get_terminal_size().columns if columns is None else columns
    cell = _Cells(scene, columns, rows, limit)
    for layer in scene.layers:
        cell.draw(layer)
    return "\n".join(cell.lines(color))


class _Cells:
    """The characters of a scene: dots, colours and words."""

    def __init__(self, scene: Scene, columns: int, rows: int | None, limit: float) -> None:
        bounds = scene.bounds
        wide, high = 2 * columns, np.inf if rows is None else 4 * rows
        # a dot lies at each end, hence one less than the dots
        self._scale = min((wide - 1) / bounds.width, (high - 1) / bounds.height, limit)
        self._corner = np.array(bounds[:2])
        down = int(np.floor(bounds.height * self._scale + 1e-9)) // 4 + 1
        across = min(columns, int(np.floor(bounds.width * self._scale + 1e-9)) // 2 + 1)
        self._shape = down, across
        self._masks = np.zeros((down, across), dtype=np.int64)
        self._colors = np.full((down, across), -1, dtype=np.int64)  # 0xrrggbb, or -1
        self._grounds = np.full((down, across), -1, dtype=np.int64)
        self._words: dict[tuple[int, int], str] = {}
        self._tones: dict[tuple[int, int], int] = {}  # words' colours, where they are not the terminal's own
        # the terminal's own colour is the one that its user can read best
        self._own = len({pen.color for layer in scene.layers for pen in layer.pens}) == 1

    def draw(self, layer: Layer) -> None:
        """Put a layer over those that are there."""
        if layer.raster is not None:
            self._add_raster(layer.raster)
        if layer.ellipses is not None:
            self._add_ellipses(layer.ellipses)
        self._add_paths(layer)
        for label in layer.labels:
            self._add_label(label)

    def lines(self, color: bool) -> list[str]:
        """The text, line by line."""
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
        grounded = layer.raster is not None or layer.ellipses is not None
        if self._own and not grounded:
            return
        rgb = np.array([to_rgb(pen.color) for pen in layer.pens])
        if not grounded:
            rgb = _readable(rgb)
        # later pens lie over earlier ones, as in SVG; of repeated indices NumPy keeps the last
        order = np.argsort(layer.pen[path], kind="stable")
        self._colors[y[order] // 4, x[order] // 2] = _number(rgb)[layer.pen[path]][order]
        if grounded:
            self._colors[self._grounds < 0] = -1  # what suits the palette need not suit the terminal

    def _add_raster(self, raster: Raster) -> None:
        """Colour the ground by the image's mean shade within each cell."""
        left, top, right, bottom = raster.bounds
        height, width = raster.pixels.shape
        x = self._dots(np.column_stack([left + (np.arange(width) + 0.5) * (right - left) / width] * 2))[:, 0]
        y = self._dots(np.column_stack([top + (np.arange(height) + 0.5) * (bottom - top) / height] * 2))[:, 1]
        column = np.clip(x // 2, 0, self._shape[1] - 1).astype(np.intp)
        row = np.clip(y // 4, 0, self._shape[0] - 1).astype(np.intp)
        cell = (row[:, None] * self._shape[1] + column).ravel()
        count = np.bincount(cell, minlength=self._grounds.size)
        total = np.bincount(cell, raster.pixels.ravel(), self._grounds.size)
        mean = (total / np.maximum(count, 1)).astype(np.intp).reshape(self._shape)
        seen = raster.table[mean, 3] >= 255 * FAINT
        self._grounds[seen] = _number(raster.table[mean[seen], :3])

    def _add_ellipses(self, ellipses: Ellipses) -> None:
        """Colour the ground of cells whose middle lies in an ellipse, or that only a small one touches."""
        down, across = self._shape
        middle = np.stack(np.meshgrid(2 * np.arange(across) + 1.0, 4 * np.arange(down) + 2.0), axis=-1)
        centers = self._dots(ellipses.centers)
        inverse = np.linalg.inv(ellipses.axes * self._scale)
        reach = np.sqrt((ellipses.axes**2).sum(axis=2)) * self._scale
        grounds = _number(np.array([to_rgb(color) for color, _ in ellipses.fills]))
        low = np.clip((centers - reach) // [2, 4], 0, [across - 1, down - 1]).astype(np.intp).tolist()
        high = np.clip((centers + reach) // [2, 4], 0, [across - 1, down - 1]).astype(np.intp).tolist()
        home = np.clip(centers // [2, 4], 0, [across - 1, down - 1]).astype(np.intp).tolist()
        for i, fill in enumerate(ellipses.fill.tolist()):
            if ellipses.fills[fill][1] < FAINT / 2:
                continue
            part = slice(low[i][1], high[i][1] + 1), slice(low[i][0], high[i][0] + 1)
            inside = (((middle[part] - centers[i]) @ inverse[i].T) ** 2).sum(axis=-1) <= 1
            self._grounds[part][inside] = grounds[fill]
            if self._grounds[home[i][1], home[i][0]] < 0:
                self._grounds[home[i][1], home[i][0]] = grounds[fill]

    def _add_label(self, label: Label) -> None:
        """Write a label, cut to its room; one that would run into another is left out."""
        x, y = self._dots(np.array([[label.x, label.y]]))[0].tolist()
        room = min(self._shape[1], label.room * self._scale / 2 - 1)
        text = fitted(clean(label.text), room, cells)
        width = sum(map(cells, text))
        shift = {"start": 0.0, "middle": width / 2, "end": float(width)}[label.anchor]
        row = min(max(int(y // 4), 0), self._shape[0] - 1)
        first = min(max(round(x / 2 - shift), 0), max(self._shape[1] - width, 0))
        if width > self._shape[1] or any(
            (row, column) in self._words for column in range(first, first + width)
        ):
            return
        column = first
        tone = -1
        if label.color != Label.color:
            tone = int(_number(_readable(np.array([to_rgb(label.color)])))[0])
        for character in text:
            if (wide := cells(character)) == 0:
                if column > first:  # a mark on nothing is no mark
                    self._words[row, column - 1] += character
                continue
            self._words[row, column] = character
            if tone >= 0:
                self._tones[row, column] = tone
            for extra in range(1, wide):
                self._words[row, column + extra] = ""
            column += wide

    def _line(self, row: int, color: bool) -> str:
        masks, colors, grounds = (
            values[row].tolist() for values in (self._masks, self._colors, self._grounds)
        )
        length = 1 + max(
            (
                i
                for i, mask in enumerate(masks)
                if mask or self._words.get((row, i), "").strip() or (color and grounds[i] >= 0)
            ),
            default=-1,
        )
        text, now = [], (-1, -1)
        for i in range(length):
            word = self._words.get((row, i))
            character = chr(BRAILLE + masks[i]) if masks[i] else " "
            if color:
                drawn = colors[i] if masks[i] else now[0]
                tone = drawn if word is None else self._tones.get((row, i), -1)
                wanted = (tone, grounds[i])
                text.append(_change(now, wanted))
                now = wanted
            text.append(character if word is None else word)
        line = "".join(text)
        return line if now == (-1, -1) else line + RESET


def _change(now: tuple[int, int], wanted: tuple[int, int]) -> str:
    """The ANSI sequence from one pair of colours to another: a character's and its ground's (-1: none)."""
    codes = []
    for kind, (old, new) in enumerate(zip(now, wanted, strict=True)):
        if new == old:
            continue
        lead = (38, 48)[kind]
        codes.append(f"{lead};2;{new >> 16};{new >> 8 & 255};{new & 255}" if new >= 0 else f"{lead + 1}")
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _number(rgb: NDArray[np.integer]) -> NDArray[np.int64]:
    number: NDArray[np.int64] = np.asarray(rgb, dtype=np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return number


def _readable(rgb: NDArray[np.integer]) -> NDArray[np.uint8]:
    return relit(rgb, DARKEST, LIGHTEST)


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
