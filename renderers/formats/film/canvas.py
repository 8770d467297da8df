"""A canvas that grows: ink painted with Cairo point by point, over heat maps that grow with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.formats.cairo import cairo_library, draw_rules, pixels, to_cairo, whole_sides, write_label
from renderers.formats.film.box import Box
from renderers.formats.film.painters import HeatPainter, StrokePainter
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.page.ruling import Rules
from renderers.scene.scene import Scene


class _InkPainter(NamedTuple):
    """The painters of one ink, which begins at point `start` of the scene."""

    start: int
    strokes: StrokePainter
    heat: HeatPainter | None
    mark: HeatPainter | None

    @property
    def images(self) -> list[HeatPainter]:
        """What is under the strokes."""
        return [one for one in (self.heat, self.mark) if one is not None]


class Canvas:
    """A scene on a page, painted up to a point of its ink; but for marks, nothing is painted twice.

    `scale` is in pixels per px of the page, and `format` names the format in errors: a RenderError if the
    picture is too large for Cairo, or the Cairo library is not installed.
    """

    def __init__(self, scene: Scene, page: Page, scale: float, format: str) -> None:
        cairo_library(format)
        import cairocffi  # a dependency of CairoSVG

        self._cairo = cairocffi
        place = page.place(scene.bounds, scene.size, scene.frame)
        px = UNITS[place.unit]
        self.size = whole_sides((place.width * px, place.height * px), scale, format)
        self._background = None if page.plotter else page.background
        self._under, self._ink, self._frame = (
            cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, *self.size) for _ in range(3)
        )
        self._under_context, self._ink_context, self._frame_context = map(
            cairocffi.Context, (self._under, self._ink, self._frame)
        )
        self._ink_context.set_line_cap(cairocffi.LINE_CAP_ROUND)
        self._ink_context.set_line_join(cairocffi.LINE_JOIN_ROUND)
        self._painters: list[_InkPainter] = []
        self._paper = None if page.plotter else self._ruled(scene, place, px * scale)
        self._prepare(scene, page, place, px * scale)
        self._paint_under(self.whole)

    @property
    def whole(self) -> Box:
        """The box of all pixels."""
        return Box(0, 0, *self.size)

    def advance(self, drawn: int, predicted: int) -> Box | None:
        """Paint `drawn` points over the predictions of the first `predicted`; return the changed box."""
        changed: Box | None = None
        for painter in self._painters:
            count = painter.strokes.count
            heat_to, strokes_to = (min(max(n - painter.start, 0), count) for n in (predicted, drawn))
            heated = painter.heat.advance(heat_to) if painter.heat else None
            marked = painter.mark.advance(strokes_to) if painter.mark else None
            for box in (heated, marked):
                if box is not None:
                    self._paint_under(box.within(*self.size))
            for box in (heated, marked, painter.strokes.advance(self._ink_context, strokes_to)):
                if box is not None:
                    changed = box.within(*self.size).joined(changed)
        return changed

    def pixels(self, box: Box) -> NDArray[np.uint8]:
        """Return the RGBA pixels in `box`, (rows, columns, 4)."""
        context, cairo = self._frame_context, self._cairo
        self._clip(context, box)
        for surface, operator in (
            (self._under, cairo.OPERATOR_SOURCE),
            (self._ink, cairo.OPERATOR_OVER),
        ):
            context.set_operator(operator)
            context.set_source_surface(surface)
            context.paint()
        context.restore()
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        return pixels(self._frame, rows, columns, self._background)

    def _prepare(self, scene: Scene, page: Page, place: Placement, per_unit: float) -> None:
        """Paint legends and labels, and make painters for the ink."""
        start = 0
        for layer in scene.layers:
            if page.plotter and not layer.count:
                continue
            strokes = StrokePainter(layer, place, per_unit)
            if not layer.count:
                strokes.advance(self._ink_context, 1)
            else:
                heat, mark = (
                    None if one is None or page.plotter else HeatPainter(one, place, per_unit, self._cairo)
                    for one in (layer.raster, layer.mark)
                )
                self._painters.append(_InkPainter(start, strokes, heat, mark))
                start += layer.count
            for label in () if page.plotter else layer.labels:
                write_label(self._ink_context, label, place, per_unit)

    def _ruled(self, scene: Scene, place: Placement, per_unit: float) -> Any:
        """Return the ruling of the paper as a surface; None if it has none."""
        rules, cairo = Rules.of(scene, place), self._cairo
        if rules is None:
            return None
        surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, *self.size)
        context = cairo.Context(surface)
        if self._background is None:  # a pixel of a GIF is transparent or not: thin lines would vanish
            context.set_antialias(cairo.ANTIALIAS_NONE)
            rules = replace(rules, thickness=max(rules.thickness, 1 / per_unit))
        draw_rules(context, rules, place.width, per_unit, cairo)
        return surface

    def _clip(self, context: Any, box: Box) -> None:
        """Clip `context` to `box` until it is restored."""
        context.save()
        context.rectangle(box.left, box.top, box.right - box.left, box.bottom - box.top)
        context.clip()

    def _paint_under(self, box: Box) -> None:
        """Paint background and heat maps anew within `box`."""
        context = self._under_context
        self._clip(context, box)
        context.set_operator(self._cairo.OPERATOR_SOURCE)
        if self._background is None:
            context.set_source_rgba(0, 0, 0, 0)
        else:
            context.set_source_rgb(*to_cairo(self._background))
        context.paint()
        context.set_operator(self._cairo.OPERATOR_OVER)
        if self._paper is not None:
            context.set_source_surface(self._paper)
            context.paint()
        for painter in self._painters:
            for image in painter.images:
                image.paint(context)
        context.restore()
