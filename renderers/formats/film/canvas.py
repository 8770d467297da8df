"""A picture that grows: ink drawn with Cairo point by point, over a heat map that grows with it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.formats.cairo import cairo_library, pixels, whole_sides
from renderers.formats.film.brush import Box, Heat, Writer, fractions
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.scene.scene import Label, Scene
from renderers.scene.text import FONT


class _Line(NamedTuple):
    """One ink of a scene, which begins when so many points are written."""

    start: int
    writer: Writer
    heat: Heat | None


class Canvas:
    """A scene on a page, as far as it is written. Nothing that is drawn is drawn again.

    RenderError for a page of more pixels than Cairo can hold, and where the Cairo library is not installed.
    """

    def __init__(self, scene: Scene, page: Page, scale: float, what: str) -> None:
        cairo_library(what)
        import cairocffi  # what CairoSVG itself stands on

        self._cairo = cairocffi
        place = page.place(scene.bounds, scene.size, scene.frame)
        px = UNITS[place.unit]
        self.size = whole_sides((place.width * px, place.height * px), scale, what)
        self._background = None if page.plotter else page.background
        self._under, self._ink, self._frame = (
            cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, *self.size) for _ in range(3)
        )
        self._under_pen, self._ink_pen, self._frame_pen = map(
            cairocffi.Context, (self._under, self._ink, self._frame)
        )
        self._ink_pen.set_line_cap(cairocffi.LINE_CAP_ROUND)
        self._ink_pen.set_line_join(cairocffi.LINE_JOIN_ROUND)
        self._lines: list[_Line] = []
        self._prepare(scene, page, place, px * scale)
        self._paint_under(self.whole)

    @property
    def whole(self) -> Box:
        """All of its pixels."""
        return Box(0, 0, *self.size)

    def advance(self, drawn: int, expected: int) -> Box | None:
        """Draw the first `drawn` points, and under them what was expected of the first `expected`.

        Gives the box that changed.
        """
        changed: Box | None = None
        for line in self._lines:
            count = line.writer.count
            expecting, writing = (min(max(n - line.start, 0), count) for n in (expected, drawn))
            heated = line.heat.expect(expecting) if line.heat else None
            if heated is not None:
                self._paint_under(heated.within(*self.size))
            filled = line.writer.expect(self._under_pen, expecting, self._cairo.Matrix)
            written = line.writer.write(self._ink_pen, writing)
            for box in (heated, filled, written):
                if box is not None:
                    changed = box.within(*self.size).joined(changed)
        return changed

    def pixels(self, box: Box) -> NDArray[np.uint8]:
        """(rows, columns, 4): red, green, blue and alpha of the pixels in `box`."""
        pen, cairo = self._frame_pen, self._cairo
        self._clip(pen, box)
        for surface, operator in (
            (self._under, cairo.OPERATOR_SOURCE),
            (self._ink, cairo.OPERATOR_OVER),
        ):
            pen.set_operator(operator)
            pen.set_source_surface(surface)
            pen.paint()
        pen.restore()
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        return pixels(self._frame, rows, columns, self._background)

    def _prepare(self, scene: Scene, page: Page, place: Placement, per_unit: float) -> None:
        """Draw what is there from the beginning, and make ready what will be written."""
        start = 0
        for layer in scene.layers:
            if page.plotter and not layer.count:
                continue
            writer = Writer(layer, place, per_unit, outlined=page.plotter)
            if not layer.count:
                writer.write(self._ink_pen, 1)
            else:
                heat = None
                if layer.raster is not None and not page.plotter:
                    heat = Heat(layer.raster, place, per_unit, self._cairo)
                self._lines.append(_Line(start, writer, heat))
                start += layer.count
            for label in () if page.plotter else layer.labels:
                self._write(label, place, per_unit)

    def _clip(self, pen: Any, box: Box) -> None:
        """Keep `pen` within `box` until it is restored."""
        pen.save()
        pen.rectangle(box.left, box.top, box.right - box.left, box.bottom - box.top)
        pen.clip()

    def _paint_under(self, box: Box) -> None:
        pen = self._under_pen
        self._clip(pen, box)
        pen.set_operator(self._cairo.OPERATOR_SOURCE)
        if self._background is None:
            pen.set_source_rgba(0, 0, 0, 0)
        else:
            pen.set_source_rgb(*fractions(self._background))
        pen.paint()
        pen.set_operator(self._cairo.OPERATOR_OVER)
        for line in self._lines:
            if line.heat is not None:
                line.heat.paint(pen)
        pen.restore()

    def _write(self, label: Label, place: Placement, per_unit: float) -> None:
        pen, text = self._ink_pen, label.fitted()
        x, y = (place.apply(np.array([[label.x, label.y]]))[0] * per_unit).tolist()
        pen.select_font_face(FONT)
        pen.set_font_size(label.size * place.scale * per_unit)
        width = pen.text_extents(text)[4]
        pen.set_source_rgb(*fractions(label.color))
        pen.move_to(x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor], y)
        pen.show_text(text)
        pen.new_path()
