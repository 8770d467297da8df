"""What a canvas is drawn with: a layer's paths in the order of time, and a heat map that grows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.page.page import Placement
from renderers.scene.colors import to_rgb
from renderers.scene.scene import Layer, Raster

Array = NDArray[np.float64]


class Box(NamedTuple):
    """Pixels from (left, top) up to but not with (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def empty(self) -> bool:
        """Whether no pixel lies in it."""
        return self.left >= self.right or self.top >= self.bottom

    def joined(self, other: Box | None) -> Box:
        """The smallest box around both."""
        if other is None:
            return self
        low = min(self.left, other.left), min(self.top, other.top)
        return Box(*low, max(self.right, other.right), max(self.bottom, other.bottom))

    def within(self, width: int, height: int) -> Box:
        """The part of it that lies on a canvas of this size."""
        left, top = min(max(self.left, 0), width), min(max(self.top, 0), height)
        return Box(left, top, max(min(self.right, width), left), max(min(self.bottom, height), top))


def around(points: Array, more: float) -> Box:
    """The pixels that something `more` around `points`, (n, 2), can touch."""
    left, top = np.floor(points.min(axis=0) - more - 1).astype(int).tolist()
    right, bottom = np.ceil(points.max(axis=0) + more + 1).astype(int).tolist()
    return Box(left, top, right, bottom)


class Writer:
    """A layer's paths and ellipses, drawn in the order of time, `per_unit` pixels to a unit of the page.

    Ellipses are filled, or with `outlined` drawn by a thin line, as a plotter does.
    """

    def __init__(self, layer: Layer, place: Placement, per_unit: float, outlined: bool) -> None:
        self.count = layer.count
        scale = place.scale * per_unit
        self._outlined, self._hairline = outlined, place.hairline * per_unit
        self._pens = [(*fractions(pen.color), place.line_width(pen.width) * per_unit) for pen in layer.pens]
        self._points = place.apply(layer.vertices) * per_unit
        self._bends: Array | None = None
        if layer.controls is not None:
            self._bends = (place.apply(layer.controls.reshape(-1, 2)) * per_unit).reshape(-1, 4)
        lengths = np.diff(layer.starts)
        first = np.zeros(len(layer.vertices), dtype=bool)
        first[layer.starts[:-1]] = True
        self._dot = first & np.repeat(lengths == 1, lengths)
        self._pen = np.repeat(layer.pen, lengths)
        # a path's first vertex is drawn with the one after it, unless it is a dot
        drawn = np.flatnonzero(~first | self._dot)
        self._order = drawn[np.argsort(layer.times[drawn], kind="stable")]
        self._times = layer.times[self._order]
        self._written = self._expected = 0
        self._ellipses = layer.ellipses
        if layer.ellipses is not None:
            self._centers = place.apply(layer.ellipses.centers) * per_unit
            self._axes = layer.ellipses.axes * scale

    def write(self, pen: Any, points: int) -> Box | None:
        """Draw on `pen`, a Cairo context, what is new up to the first `points` points; where it lies."""
        begin, end = np.searchsorted(self._times, [self._written, points]).tolist()
        self._written = max(self._written, points)
        which = self._order[begin:end]
        if not len(which):
            return None
        dot = self._dot[which]
        come, go, pens = self._points[which - ~dot], self._points[which], self._pen[which]
        # one line of Cairo's goes on as long as vertices follow each other: a path's first is not among them
        follows = np.zeros(len(which), dtype=bool)
        follows[1:] = (np.diff(which) == 1) & ~dot[1:]
        bends = [None] * len(which) if self._bends is None else self._bends[which].tolist()
        rows = zip(
            follows.tolist(), dot.tolist(), pens.tolist(), come.tolist(), go.tolist(), bends, strict=True
        )
        for on, is_dot, number, start, to, bend in rows:
            if not on:
                pen.stroke()
                red, green, blue, width = self._pens[number]
                pen.set_source_rgb(red, green, blue)
                pen.set_line_width(width)
                pen.move_to(*start)
            if bend is None or is_dot:
                pen.line_to(*to)
            else:
                pen.curve_to(*bend, *to)
        pen.stroke()
        touched = [come, go] + ([] if self._bends is None else [self._bends[which].reshape(-1, 2)])
        widest = max(self._pens[number][3] for number in set(pens.tolist()))
        return around(np.concatenate(touched), widest / 2)

    def expect(self, pen: Any, points: int, matrix: Any) -> Box | None:
        """Draw the ellipses about the first `points` points that are new; where they lie.

        `matrix` is Cairo's class of that name.
        """
        if self._ellipses is None:
            return None
        which = np.flatnonzero((self._ellipses.times >= self._expected) & (self._ellipses.times < points))
        self._expected = max(self._expected, points)
        if not len(which):
            return None
        centers, axes = self._centers[which], self._axes[which]
        fills = self._ellipses.fill[which].tolist()
        for fill, center, ((a, c), (b, d)) in zip(fills, centers.tolist(), axes.tolist(), strict=True):
            color, opacity = self._ellipses.fills[fill]
            pen.save()
            pen.translate(*center)
            pen.transform(matrix(a, b, c, d, 0, 0))
            pen.arc(0, 0, 1, 0, 2 * np.pi)
            pen.restore()  # the path stays, and a line around it is as wide everywhere
            if self._outlined:
                pen.set_source_rgb(*fractions(color))
                pen.set_line_width(self._hairline)
                pen.stroke()
            else:
                pen.set_source_rgba(*fractions(color), opacity)
                pen.fill()
        reach = np.sqrt((axes**2).sum(axis=2))
        return around(np.concatenate([centers - reach, centers + reach]), self._hairline)


class Heat:
    """A heat map on the page. `cairo` is the module cairocffi."""

    def __init__(self, raster: Raster, place: Placement, per_unit: float, cairo: Any) -> None:
        self._painting = raster.begin()
        self._table = _premultiplied(raster.table)
        rows, columns = raster.pixels.shape
        self._surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, columns, rows)
        stride = self._surface.get_stride()
        self._data = np.frombuffer(self._surface.get_data(), dtype=np.uint32).reshape(rows, stride // 4)
        corners = place.apply(np.array(raster.bounds).reshape(2, 2)) * per_unit
        self._left, self._top = corners[0].tolist()
        self._across, self._down = ((corners[1] - corners[0]) / [columns, rows]).tolist()

    def expect(self, points: int) -> Box | None:
        """Add what was expected of the first `points` points; the box of the page that changed."""
        part = self._painting.advance(points)
        if part is None:
            return None
        self._data[part] = self._table[self._painting.pixels[part]]
        self._surface.mark_dirty()
        rows, columns = part
        x = self._left + self._across * np.array([columns.start, columns.stop])
        y = self._top + self._down * np.array([rows.start, rows.stop])
        # a pixel of the page between two of the image takes from both
        return around(np.column_stack([x, y]), max(self._across, self._down))

    def paint(self, pen: Any) -> None:
        """Put the image on the page."""
        pen.save()
        pen.translate(self._left, self._top)
        pen.scale(self._across, self._down)
        pen.set_source_surface(self._surface)
        pen.paint()
        pen.restore()


def fractions(color: str) -> tuple[float, float, float]:
    """`#rrggbb` as Cairo takes it: three numbers from 0 to 1."""
    red, green, blue = to_rgb(color)
    return red / 255, green / 255, blue / 255


def _premultiplied(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """RGBA colours, (256, 4), as Cairo's 32 bits: 0xAARRGGBB, the colours times alpha."""
    alpha = table[:, 3:].astype(np.uint32)
    rgb = (table[:, :3].astype(np.uint32) * alpha + 127) // 255
    packed = (alpha[:, 0] << 24) | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    return packed.astype(np.uint32)
