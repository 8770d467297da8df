"""Scene → PDF: vector graphics at their true size, drawn by Cairo. Several scenes are pages of one file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from renderers.errors import RenderError
from renderers.formats.cairo import PDF_NEEDS, PlacedImage, cairo_library, draw_rules, to_cairo, write_label
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.page.ruling import Rules
from renderers.scene.scene import SHARED, Layer, Scene
from renderers.scene.text import clean, fitted

SUMMARY = "vector graphics for printing; several inks are pages of one file"

LONGEST_SIDE = 14400  # points: the largest page that PDF readers must support (ISO 32000-1, annex C)
LONGEST_TITLE = 80  # characters


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format pdf."""

    title: str | None = option(
        None, "title in the document's properties; auto: the first page's text", kind="text", unset="auto"
    )


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode `scene` on `page` as a PDF of one page; see `encode_pages`."""
    return b"".join(encode_pages([(scene, page)], options))


def encode_pages(pages: Iterable[tuple[Scene, Page]], options: Options) -> Iterator[bytes]:
    """Yield the bytes of a PDF with a page for each of `pages`, each before the next one is taken.

    A page has no background unless one was asked for, because paper has a colour of its own. Equal arguments
    give equal bytes. Raises RenderError without pages, for a page that is too large for PDF, and if the Cairo
    library is not installed.
    """
    cairo_library("PDF", PDF_NEEDS)
    import cairocffi  # a dependency of CairoSVG

    file = io.BytesIO()
    surface = None
    for scene, page in pages:
        place = page.place(scene.bounds, scene.size, scene.frame)
        sides = _sides(place)
        if surface is None:
            surface = cairocffi.PDFSurface(file, *sides)
            _describe(surface, _title(scene) if options.title is None else options.title, cairocffi)
        surface.set_size(*sides)
        _draw(surface, scene, page, place, cairocffi)
        surface.show_page()
        yield _taken(file)
    if surface is None:
        raise RenderError("there is no ink to draw", "give at least one line of ink")
    surface.finish()
    yield _taken(file)


def _taken(file: io.BytesIO) -> bytes:
    """Return what was written to `file`, and empty it."""
    data = file.getvalue()
    file.seek(0)
    file.truncate()
    return data


def _sides(place: Placement) -> tuple[float, float]:
    """Width and height of the page in points; RenderError if it is too large."""
    per_unit = UNITS[place.unit] / UNITS["pt"]
    sides = place.width * per_unit, place.height * per_unit
    if max(sides) > LONGEST_SIDE * (1 + 1e-9):  # rounding of lengths in px
        width, height = (side * UNITS["pt"] / UNITS["mm"] for side in sides)
        most = LONGEST_SIDE * UNITS["pt"] / UNITS["mm"]
        hint = f"a side has at most {most:,.0f} mm: give a smaller --width or --height, or save as SVG"
        raise RenderError(f"{width:,.0f} × {height:,.0f} mm are too large for a page of PDF", hint)
    return sides


def _describe(surface: Any, title: str, cairo: Any) -> None:
    """Set the document's properties."""
    title = fitted(clean(title), LONGEST_TITLE, lambda character: 1.0)
    if title:
        surface.set_metadata(cairo.PDF_METADATA_TITLE, title)
    surface.set_metadata(cairo.PDF_METADATA_CREATOR, "hw")
    # Cairo stores the time, so that no two files would be equal. NULL removes it, and cairocffi's
    # set_metadata() cannot pass that.
    cairo.cairo.cairo_pdf_surface_set_metadata(
        surface._pointer, cairo.PDF_METADATA_CREATE_DATE, cairo.ffi.NULL
    )


def _title(scene: Scene) -> str:
    return next((layer.title for layer in scene.layers if layer.title), "")


def _draw(surface: Any, scene: Scene, page: Page, place: Placement, cairo: Any) -> None:
    per_unit = UNITS[place.unit] / UNITS["pt"]
    context = cairo.Context(surface)
    context.set_line_cap(cairo.LINE_CAP_ROUND)
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    if page.print_background is not None:
        context.set_source_rgb(*to_cairo(page.print_background))
        context.paint()
    if not page.plotter and (rules := Rules.of(scene, place)) is not None:
        draw_rules(context, rules, place.width, per_unit, cairo)
    for layer in scene.layers:
        if page.plotter and not layer.count:
            continue  # legends are not plotted
        if layer.raster is not None and not page.plotter:
            image = PlacedImage(layer.raster, place, per_unit, cairo)
            image.fill(slice(None), slice(None), layer.raster.pixels)
            image.paint(context)
        _stroke(context, layer, place, per_unit, page.plotter)
        for label in () if page.plotter else layer.labels:
            write_label(context, label, place, per_unit)


def _stroke(context: Any, layer: Layer, place: Placement, per_unit: float, plotter: bool) -> None:
    """Draw the paths of a layer, pen by pen, or in writing order for a plotter."""
    points = (place.apply(layer.vertices) * per_unit).tolist()
    controls = None
    if layer.controls is not None:
        controls = (place.apply(layer.controls.reshape(-1, 2)) * per_unit).reshape(-1, 4).tolist()
    starts = layer.starts.tolist()
    share = SHARED if layer.pieces and not plotter else 1
    for pen, paths in layer.runs(in_time=plotter):
        context.set_source_rgb(*to_cairo(layer.pens[pen].color))
        context.set_line_width(place.line_width(layer.pens[pen].width) * per_unit)
        for number, path in enumerate(paths, start=1):
            first, end = starts[path], starts[path + 1]
            context.move_to(*points[first])
            if end - first == 1:
                context.line_to(*points[first])  # with round caps, a line of length zero is a dot
            for vertex in range(first + 1, end):
                if controls is None:
                    context.line_to(*points[vertex])
                else:
                    context.curve_to(*controls[vertex], *points[vertex])
            if number % share == 0 or number == len(paths):
                context.stroke()
