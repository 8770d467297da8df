"""Scene → PNG, by CairoSVG from the scene's SVG."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from renderers.errors import RenderError
from renderers.lengths import UNITS
from renderers.options import Options as BaseOptions
from renderers.options import option
from renderers.page import Page
from renderers.scene import Scene

SUMMARY = "picture of pixels"

# Cairo's images cannot have longer sides.
LONGEST_SIDE = 32767


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
    place = page.place(scene.bounds, scene.size)
    px = place.width * UNITS[place.unit], place.height * UNITS[place.unit]
    scale = pixels_a_px(options.scale, options.dpi)
    sides = whole_sides(px, scale, "PNG")
    from renderers.svg import to_svg

    svg = to_svg(scene, page).encode()
    png: bytes = cairo_library("PNG").svg2png(
        bytestring=svg, output_width=sides[0], output_height=sides[1], unsafe=False
    )
    return png if options.dpi is None else _with_resolution(png, options.dpi)


def pixels_a_px(scale: float | None, dpi: float | None) -> float:
    """`scale`, or what `dpi` makes of it, or 1; RenderError for both."""
    if scale is not None and dpi is not None:
        raise RenderError("scale and dpi are two words for one thing", "give one of them")
    return dpi / UNITS["in"] if dpi is not None else 1.0 if scale is None else scale


def whole_sides(px: tuple[float, float], scale: float, what: str) -> tuple[int, int]:
    """Width and height of a picture in pixels; RenderError for more than Cairo can hold."""
    longest = max(scale * max(px), 1)
    if math.ceil(round(longest, 3)) > LONGEST_SIDE:
        most = math.floor(LONGEST_SIDE / max(px) * 1000) / 1000
        sides = " × ".join(f"{side * scale:.0f}" for side in px)
        hint = (
            f"sides end at {LONGEST_SIDE:,} pixels: the largest scale that fits is {most:g} "
            f"({math.floor(most * UNITS['in']):,} dpi), or save as SVG"
        )
        raise RenderError(f"a picture of {sides} pixels is too large for {what} here", hint)
    # sides are given whole: left to itself, CairoSVG cuts fractions of a pixel off the right and the bottom
    width, height = (max(1, math.ceil(round(side * scale, 3))) for side in px)
    return width, height


def cairo_library(what: str) -> Any:
    """The module cairosvg, with the Cairo library that not every machine has; RenderError without it."""
    try:
        import cairosvg
    except OSError as error:
        hint = (
            "install Cairo (apt install libcairo2, brew install cairo, conda install cairo), or save as SVG"
        )
        raise RenderError(f"{what} needs the Cairo library, which was not found", hint) from error
    return cairosvg


def _with_resolution(png: bytes, dpi: float) -> bytes:
    """The PNG with a pHYs chunk, by which printers know its size (PNG specification, 11.3.5.3)."""
    each = min(round(dpi / 0.0254), 2**31 - 1)
    chunk = b"pHYs" + struct.pack(">IIB", each, each, 1)
    header = 8 + 25  # the signature and IHDR, which come first in every PNG
    return png[:header] + struct.pack(">I", 9) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[header:]
