"""Scene → PNG, by CairoSVG from the scene's SVG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from renderers.formats.cairo import cairo_library, pixels, pixels_a_px, whole_sides
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page.lengths import UNITS
from renderers.page.page import Page
from renderers.scene.scene import Scene

SUMMARY = "picture of pixels"


@dataclass(frozen=True)
class Options(BaseOptions):
    """Options of the format png."""

    scale: float | None = option(None, "pixels to a px (1/96 inch) of the page", least=1e-6, unset="auto")
    dpi: float | None = option(None, "pixels to an inch, said in the file too", least=1e-3, unset="auto")

    def __post_init__(self) -> None:
        super().__post_init__()
        pixels_a_px(self.scale, self.dpi)


def encode(scene: Scene, page: Page, options: Options) -> bytes:
    """`scene` on `page` as PNG, with `scale` pixels to a px of the page (1/96 inch), or `dpi` to an inch.

    RenderError for sizes that cannot be, and where the Cairo library is not installed.
    """
    from PIL import Image  # Cairo's own PNGs take twice as long to write

    from renderers.formats.svg import to_svg

    place = page.place(scene.bounds, scene.size, scene.frame)
    px = place.width * UNITS[place.unit], place.height * UNITS[place.unit]
    sides = whole_sides(px, pixels_a_px(options.scale, options.dpi), "PNG")
    surface = _drawn(to_svg(scene, page), sides)
    background = None if page.plotter else page.background
    found = pixels(surface, slice(None), slice(None), background)
    image = Image.fromarray(found if background is None else np.ascontiguousarray(found[..., :3]))
    file = io.BytesIO()
    resolution = {} if options.dpi is None else {"dpi": (options.dpi, options.dpi)}
    image.save(file, "PNG", compress_level=4, **resolution)
    return file.getvalue()


def _drawn(svg: str, sides: tuple[int, int]) -> Any:
    """The SVG as a Cairo surface of so many pixels."""
    kept: list[Any] = []

    class Surface(cairo_library("PNG").surface.PNGSurface):  # type: ignore[misc]  # CairoSVG has no types
        """CairoSVG's surface, its pixels kept instead of written."""

        def finish(self) -> None:
            kept.append(self.cairo)

    Surface.convert(bytestring=svg.encode(), output_width=sides[0], output_height=sides[1], unsafe=False)
    return kept[0]
