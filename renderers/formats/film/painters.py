"""Incremental painting with Cairo: the strokes of a layer in time order, and a heat map step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.formats.cairo import PlacedImage, to_cairo
from renderers.formats.film.box import Box
from renderers.page.page import Placement
from renderers.scene.scene import Layer, Raster

Array = NDArray[np.float64]


class StrokePainter:
    """Paints the paths of a layer in time order, at `per_unit` pixels per page unit."""

    def __init__(self, layer: Layer, place: Placement, per_unit: float) -> None:
        self.count = layer.count
        self._pens = [(*to_cairo(pen.color), place.line_width(pen.width) * per_unit) for pen in layer.pens]
        self._points = place.apply(layer.vertices) * per_unit
        self._controls: Array | None = None
        if layer.controls is not None:
            self._controls = (place.apply(layer.controls.reshape(-1, 2)) * per_unit).reshape(-1, 4)
        lengths = np.diff(layer.starts)
        first = np.zeros(len(layer.vertices), dtype=bool)
        first[layer.starts[:-1]] = True
        self._dot = first & np.repeat(lengths == 1, lengths)
        self._pen = np.repeat(layer.pen, lengths)
        # the first vertex of a path is painted together with the second, unless the path is a dot
        painted = np.flatnonzero(~first | self._dot)
        self._order = painted[np.argsort(layer.times[painted], kind="stable")]
        self._times = layer.times[self._order]
        self._done = 0

    def advance(self, context: Any, points: int) -> Box | None:
        """Paint on the Cairo `context` up to the first `points` points; return the box that changed."""
        begin, end = np.searchsorted(self._times, [self._done, points]).tolist()
        self._done = max(self._done, points)
        which = self._order[begin:end]
        if not len(which):
            return None
        dot = self._dot[which]
        starts, ends, pens = self._points[which - ~dot], self._points[which], self._pen[which]
        # consecutive vertices of a path are one Cairo line
        follows = np.zeros(len(which), dtype=bool)
        follows[1:] = (np.diff(which) == 1) & ~dot[1:]
        controls = [None] * len(which) if self._controls is None else self._controls[which].tolist()
        columns = (column.tolist() for column in (follows, dot, pens, starts, ends))
        rows = zip(*columns, controls, strict=True)
        for joined, is_dot, pen, start, end_point, control in rows:
            if not joined:
                context.stroke()
                red, green, blue, width = self._pens[pen]
                context.set_source_rgb(red, green, blue)
                context.set_line_width(width)
                context.move_to(*start)
            if control is None or is_dot:
                context.line_to(*end_point)
            else:
                context.curve_to(*control, *end_point)
        context.stroke()
        touched = [starts, ends]
        if self._controls is not None:
            touched.append(self._controls[which].reshape(-1, 2))
        widest = max(self._pens[pen][3] for pen in set(pens.tolist()))
        return Box.around(np.concatenate(touched), widest / 2)


class HeatPainter:
    """Paints a heat map step by step; `cairo` is the module cairocffi."""

    def __init__(self, raster: Raster, place: Placement, per_unit: float, cairo: Any) -> None:
        self._painting = raster.begin()
        self._image = PlacedImage(raster, place, per_unit, cairo)

    def advance(self, points: int) -> Box | None:
        """Add the predictions of the first `points` points; return the box of the page that changed."""
        part = self._painting.advance(points)
        if part is None:
            return None
        image, (rows, columns) = self._image, part
        image.fill(rows, columns, self._painting.pixels[part])
        x = image.left + image.pixel_width * np.array([columns.start, columns.stop])
        y = image.top + image.pixel_height * np.array([rows.start, rows.stop])
        # Cairo interpolates between neighbouring pixels of the image
        return Box.around(np.column_stack([x, y]), max(image.pixel_width, image.pixel_height))

    def paint(self, context: Any) -> None:
        """Paint the image on the page."""
        self._image.paint(context)
