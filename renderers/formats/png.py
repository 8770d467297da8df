"""Scene → PNG: the SVG rasterised by CairoSVG."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from renderers.formats.cairo import (
    DPI_HELP,
    SCALE_HELP,
    cairo_library,
    draw_rules,
    pixels,
    pixels_per_px,
    whole_sides,
)
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.lengths import UNITS
from renderers.page.page import Page, Placement
from renderers.page.ruling import Rules
from renderers.scene.scene import Scene

SUMMARY = "raster image"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format png."""

    scale: float | None = option(None, SCALE_HELP, least=1e-6, unset="auto")
    dpi: float | None = option(None, f"{DPI_HELP}, also stored in the file", least=1e-3, unset="auto")

    def __post_init__(self) -> None:
        super().__post_init__()
        pixels_per_px(self.scale, self.dpi)


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """Encode `scene` on `page` as PNG; RenderError if it is too large for Cairo or Cairo is not installed."""
    from PIL import Image  # Cairo's own PNG encoder takes twice as long

    from renderers.formats.svg import to_svg

    place = page.place(scene.bounds, scene.size, scene.frame)
    px = place.width * UNITS[place.unit], place.height * UNITS[place.unit]
    sides = whole_sides(px, pixels_per_px(options.scale, options.dpi), "PNG")
    background = None if page.plotter else page.background
    rules = None if page.plotter else Rules.of(scene, place)
    if rules is None:
        surface = _rasterise(to_svg(scene, page), sides)
    else:
        surface = _rasterise(to_svg(replace(scene, ruling=None), replace(page, background=None)), sides)
        _rule(surface, rules, place, sides[0] / place.width)
    found = pixels(surface, slice(None), slice(None), background)
    image = Image.fromarray(found if background is None else np.ascontiguousarray(found[..., :3]))
    file = io.BytesIO()
    resolution = {} if options.dpi is None else {"dpi": (options.dpi, options.dpi)}
    image.save(file, "PNG", compress_level=4, **resolution)
    return file.getvalue()


def _rule(surface: Any, rules: Rules, place: Placement, per_unit: float) -> None:
    """Draw a ruling below what is on `surface`: CairoSVG draws patterns blurred."""
    import cairocffi  # a dependency of CairoSVG

    context = cairocffi.Context(surface)
    context.set_operator(cairocffi.OPERATOR_DEST_OVER)
    draw_rules(context, rules, place.width, per_unit, cairocffi)


def _rasterise(svg: str, sides: tuple[int, int]) -> Any:
    """The SVG as a Cairo surface of `sides` (width, height) pixels."""
    kept: list[Any] = []

    class Surface(cairo_library("PNG").surface.PNGSurface):  # type: ignore[misc]  # CairoSVG has no types
        """CairoSVG's surface, kept in memory instead of written to a file."""

        def finish(self) -> None:
            kept.append(self.cairo)

    Surface.convert(bytestring=svg.encode(), output_width=sides[0], output_height=sides[1], unsafe=False)
    return kept[0]
