"""A picture that grows: ink drawn with Cairo point by point, over a heat map that grows with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.colors import to_rgb
from renderers.labels import clean
from renderers.lengths import UNITS
from renderers.page import Page, Placement
from renderers.png import cairo_library, whole_sides
from renderers.scene import Label, Layer, Raster, Scene
from renderers.svg import FONT, HAIRLINE

Array = NDArray[np.float64]


class Box(NamedTuple):
    """Pixels from (left, top) up to but not with (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    def joined(self, other: Box | None) -> Box:
        """The smallest box around both."""
        if other is None:
            return self
        low = min(self.left, other.left), min(self.top, other.top)
        return Box(*low, max(self.right, other.right), max(self.bottom, other.bottom))


class Canvas:
    """A scene on a page, as far as it is written. Nothing that is drawn is drawn again.

    RenderError for a page of more pixels than Cairo can hold, and where the Cairo library is not installed.
    """

    def __init__(self, scene: Scene, page: Page, scale: float, what: str) -> None:
        cairo_library(what)
        import cairocffi  # what CairoSVG itself stands on

        place = page.place(scene.bounds, scene.size)
        per_unit = UNITS[place.unit] * scale
        self.size = whole_sides(
            (place.width * UNITS[place.unit], place.height * UNITS[place.unit]), scale, what
        )
        self._cairo = cairocffi
        self._background = None if page.background is None or page.plotter else to_rgb(page.background)
        self._under, self._ink, self._frame = (self._surface() for _ in range(3))
        self._under_pen, self._ink_pen, self._frame_pen = (
            cairocffi.Context(s) for s in (self._under, self._ink, self._frame)
        )
        self._ink_pen.set_line_cap(cairocffi.LINE_CAP_ROUND)
        self._ink_pen.set_line_join(cairocffi.LINE_JOIN_ROUND)
        self._heats: list[_Heat] = []
        self._writers: list[_Writer] = []
        self._starts: list[int] = []
        start = 0
        for layer in scene.layers:
            if page.plotter and not layer.count:
                continue
            writer = _Writer(layer, place, per_unit)
            if layer.raster is not None and not page.plotter:
                self._heats.append(_Heat(layer.raster, place, per_unit, cairocffi))
            if not page.plotter:
                for label in layer.labels:
                    self._write(label, place, per_unit)
            if layer.count:
                self._writers.append(writer)
                self._starts.append(start)
                start += layer.count
            else:
                writer.advance(self._ink_pen, 1)
        self._heat_of = [w.layer.raster is not None and not page.plotter for w in self._writers]
        self._paint_under(Box(0, 0, *self.size))

    def advance(self, drawn: int, expected: int) -> Box | None:
        """Draw the first `drawn` points, and under them what was expected of the first `expected`.

        Gives the box that changed.
        """
        changed: Box | None = None
        heats = iter(self._heats)
        for writer, start, has_heat in zip(self._writers, self._starts, self._heat_of, strict=True):
            expecting = min(max(expected - start, 0), writer.layer.count)
            if has_heat and (box := next(heats).advance(expecting)) is not None:
                box = self._inside(box)
                self._paint_under(box)
                changed = box.joined(changed)
            for box in (
                writer.expect(self._under_pen, expecting),
                writer.advance(self._ink_pen, min(max(drawn - start, 0), writer.layer.count)),
            ):
                if box is not None:
                    changed = self._inside(box).joined(changed)
        return changed

    def pixels(self, box: Box) -> NDArray[np.uint8]:
        """(rows, columns, 4): red, green, blue times alpha, and alpha, of the pixels in `box`."""
        pen = self._frame_pen
        pen.save()
        pen.rectangle(box.left, box.top, box.right - box.left, box.bottom - box.top)
        pen.clip()
        for surface, operator in (
            (self._under, self._cairo.OPERATOR_SOURCE),
            (self._ink, self._cairo.OPERATOR_OVER),
        ):
            pen.set_operator(operator)
            pen.set_source_surface(surface)
            pen.paint()
        pen.restore()
        self._frame.flush()
        stride = self._frame.get_stride()
        rows = np.frombuffer(self._frame.get_data(), dtype=np.uint8).reshape(-1, stride)
        part = rows[box.top : box.bottom, 4 * box.left : 4 * box.right].reshape(
            box.bottom - box.top, box.right - box.left, 4
        )
        # Cairo's 32 bits are 0xAARRGGBB in the machine's order
        order = [2, 1, 0, 3] if np.little_endian else [1, 2, 3, 0]
        return part[..., order]

    def _surface(self) -> Any:
        return self._cairo.ImageSurface(self._cairo.FORMAT_ARGB32, *self.size)

    def _inside(self, box: Box) -> Box:
        width, height = self.size
        left, top = min(max(box.left, 0), width), min(max(box.top, 0), height)
        return Box(left, top, max(min(box.right, width), left), max(min(box.bottom, height), top))

    def _paint_under(self, box: Box) -> None:
        pen = self._under_pen
        pen.save()
        pen.rectangle(box.left, box.top, box.right - box.left, box.bottom - box.top)
        pen.clip()
        pen.set_operator(self._cairo.OPERATOR_SOURCE)
        pen.set_source_rgba(
            *[c / 255 for c in self._background or (0, 0, 0)], 1.0 if self._background else 0.0
        )
        pen.paint()
        pen.set_operator(self._cairo.OPERATOR_OVER)
        for heat in self._heats:
            heat.paint(pen)
        pen.restore()

    def _write(self, label: Label, place: Placement, per_unit: float) -> None:
        pen, text = self._ink_pen, clean(label.text)
        x, y = (place.apply(np.array([[label.x, label.y]]))[0] * per_unit).tolist()
        pen.select_font_face(FONT)
        pen.set_font_size(label.size * place.scale * per_unit)
        width = pen.text_extents(text)[4]
        pen.set_source_rgb(*[c / 255 for c in to_rgb(label.color)])
        pen.move_to(x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor], y)
        pen.show_text(text)
        pen.new_path()


class _Writer:
    """One layer's paths and ellipses, drawn in the order of time."""

    def __init__(self, layer: Layer, place: Placement, per_unit: float) -> None:
        self.layer = layer
        scale = place.scale * per_unit
        least = HAIRLINE * per_unit / UNITS[place.unit]
        self._pens = [
            (*[c / 255 for c in to_rgb(pen.color)], max(pen.width * scale, least)) for pen in layer.pens
        ]
        self._xy = place.apply(layer.vertices) * per_unit
        self._bends = None
        if layer.controls is not None:
            self._bends = (place.apply(layer.controls.reshape(-1, 2)) * per_unit).reshape(-1, 4)
        lengths = np.diff(layer.starts)
        self._first = np.zeros(len(layer.vertices), dtype=bool)
        self._first[layer.starts[:-1]] = True
        self._dot = self._first & np.repeat(lengths == 1, lengths)
        self._pen = np.repeat(layer.pen, lengths)
        self._order = np.argsort(layer.times, kind="stable")
        self._times = layer.times[self._order]
        self._done = 0
        self._ellipses = layer.ellipses
        if layer.ellipses is not None:
            self._centers = place.apply(layer.ellipses.centers) * per_unit
            self._axes = layer.ellipses.axes * scale
        self._expected = 0

    def advance(self, pen: Any, points: int) -> Box | None:
        """Draw what is new up to the first `points` points; the box that it lies in."""
        begin, end = np.searchsorted(self._times, [self._done, points]).tolist()
        self._done = max(self._done, points)
        which = self._order[begin:end]
        which = which[~self._first[which] | self._dot[which]]
        if not len(which):
            return None
        xy = self._xy.tolist() if len(which) > 4096 else _Rows(self._xy)
        bends = self._bends
        now, before = -1, -2
        for j, which_pen, dot in zip(
            which.tolist(), self._pen[which].tolist(), self._dot[which].tolist(), strict=True
        ):
            if which_pen != now or j != before + 1 or self._first[j]:
                if now >= 0:
                    pen.stroke()
                red, green, blue, width = self._pens[which_pen]
                pen.set_source_rgb(red, green, blue)
                pen.set_line_width(width)
                pen.move_to(*xy[j if dot else j - 1])
                now = which_pen
            if bends is None or dot:
                pen.line_to(*xy[j])
            else:
                pen.curve_to(*bends[j].tolist(), *xy[j])
            before = j
        pen.stroke()
        touched = np.concatenate([self._xy[which], self._xy[np.maximum(which - ~self._dot[which], 0)]])
        if bends is not None:
            touched = np.concatenate([touched, bends[which].reshape(-1, 2)])
        return _around(touched, max(self._pens[k][3] for k in set(self._pen[which].tolist())) / 2)

    def expect(self, pen: Any, points: int) -> Box | None:
        """Draw the ellipses about the first `points` points that are new; the box that they lie in."""
        if self._ellipses is None:
            return None
        which = np.flatnonzero((self._ellipses.times >= self._expected) & (self._ellipses.times < points))
        self._expected = max(self._expected, points)
        if not len(which):
            return None
        for i in which.tolist():
            color, opacity = self._ellipses.fills[self._ellipses.fill[i]]
            (a, c), (b, d) = self._axes[i].tolist()
            pen.save()
            pen.set_source_rgba(*[v / 255 for v in to_rgb(color)], opacity)
            pen.translate(*self._centers[i].tolist())
            pen.transform(_matrix(a, b, c, d))
            pen.arc(0, 0, 1, 0, 2 * np.pi)
            pen.restore()
            pen.fill()
        reach = np.sqrt((self._axes[which] ** 2).sum(axis=2))
        return _around(np.concatenate([self._centers[which] - reach, self._centers[which] + reach]), 0)


class _Heat:
    """A heat map on the page."""

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

    def advance(self, points: int) -> Box | None:
        """Paint what was expected of the first `points` points; the box of the page that changed."""
        part = self._painting.advance(points)
        if part is None:
            return None
        self._data[part] = self._table[self._painting.pixels[part]]
        self._surface.mark_dirty()
        rows, columns = part
        x = self._left + self._across * np.array([columns.start, columns.stop])
        y = self._top + self._down * np.array([rows.start, rows.stop])
        # a pixel of the page between two of the image takes from both
        return _around(np.column_stack([x, y]), max(self._across, self._down))

    def paint(self, pen: Any) -> None:
        """Put the image on the page."""
        pen.save()
        pen.translate(self._left, self._top)
        pen.scale(self._across, self._down)
        pen.set_source_surface(self._surface)
        pen.paint()
        pen.restore()


class _Rows:
    """Rows of an array as tuples, made when they are asked for."""

    def __init__(self, array: Array) -> None:
        self._array = array

    def __getitem__(self, row: int) -> list[float]:
        made: list[float] = self._array[row].tolist()
        return made


def _matrix(a: float, b: float, c: float, d: float) -> Any:
    import cairocffi

    return cairocffi.Matrix(a, b, c, d, 0, 0)


def _premultiplied(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """RGBA colours, (256, 4), as Cairo's 32 bits: 0xAARRGGBB, the colours times alpha."""
    alpha = table[:, 3:].astype(np.uint32)
    rgb = (table[:, :3].astype(np.uint32) * alpha + 127) // 255
    packed = (alpha[:, 0] << 24) | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    return packed.astype(np.uint32)


def _around(points: Array | Iterable[Array], more: float) -> Box:
    """The pixels that something `more` around `points`, (n, 2), can touch."""
    array = np.asarray(points)
    left, top = np.floor(array.min(axis=0) - more - 1).astype(int).tolist()
    right, bottom = np.ceil(array.max(axis=0) + more + 1).astype(int).tolist()
    return Box(left, top, right, bottom)
