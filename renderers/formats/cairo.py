"""The Cairo library: presence, size limits, conversion of pixels, and drawing of images and labels."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.page.lengths import UNITS
from renderers.page.page import Placement
from renderers.page.ruling import COLOR, Rules
from renderers.scene.colors import to_rgb
from renderers.scene.scene import Label, Raster
from renderers.scene.text import FONT

PDF_NEEDS = (1, 16)  # documents have had properties, such as a title, since then
LONGEST_SIDE = 32767  # the limit of Cairo's images

SCALE_HELP = "pixels per px (1/96 inch) of the page"
DPI_HELP = "pixels per inch"


def cairo_library(what: str, least: tuple[int, int] = (1, 0)) -> Any:
    """Import cairosvg; RenderError without the system's Cairo library of the version that `what` needs."""
    get = "apt install libcairo2, brew install cairo, conda install cairo"
    try:
        import cairocffi
        import cairosvg
    except OSError as error:
        hint = f"install Cairo ({get}), or save as SVG"
        raise RenderError(f"{what} needs the Cairo library, which was not found", hint) from error
    version = cairo_version(cairocffi)
    if version < least:
        needed, found = (".".join(map(str, one)) for one in (least, version))
        raise RenderError(
            f"{what} needs Cairo {needed}, and this is {found}",
            f"install a newer one ({get}), or save as SVG",
        )
    return cairosvg


def cairo_version(cairo: Any) -> tuple[int, int]:
    """Return the version of the Cairo library of the module cairocffi, as major and minor."""
    major, minor = cairo.cairo_version_string().split(".")[:2]
    return int(major), int(minor)


def pixels_per_px(scale: float | None, dpi: float | None) -> float:
    """Return the pixels per px by `scale` or `dpi`; 1 without both, RenderError if both are given."""
    if scale is not None and dpi is not None:
        raise RenderError("scale and dpi are mutually exclusive", "give only one of them")
    return dpi / UNITS["in"] if dpi is not None else 1.0 if scale is None else scale


def whole_sides(px: tuple[float, float], scale: float, what: str) -> tuple[int, int]:
    """Return the sides of `px` in pixels; RenderError, naming the format `what`, above LONGEST_SIDE."""
    longest = max(scale * max(px), 1)
    if math.ceil(round(longest, 3)) > LONGEST_SIDE:
        most = math.floor(LONGEST_SIDE / max(px) * 1000) / 1000
        sides = " × ".join(f"{side * scale:.0f}" for side in px)
        hint = (
            f"a side has at most {LONGEST_SIDE:,} pixels: the largest scale that fits is {most:g} "
            f"({math.floor(most * UNITS['in']):,} dpi), or save as SVG"
        )
        raise RenderError(f"{sides} pixels are too large for {what}", hint)
    # round up, because CairoSVG by itself cuts off fractions of a pixel
    width, height = (max(1, math.ceil(round(side * scale, 3))) for side in px)
    return width, height


def pixels(surface: Any, rows: slice, columns: slice, background: str | None) -> NDArray[np.uint8]:
    """Convert part of a Cairo ARGB32 surface to RGBA pixels, (rows, columns, 4).

    With a `background` (`#rrggbb`) all pixels become opaque, so that a page that ends within a pixel has no
    pale edge.
    """
    surface.flush()
    height, width, stride = surface.get_height(), surface.get_width(), surface.get_stride()
    every = np.frombuffer(surface.get_data(), dtype=np.uint8).reshape(height, stride)[:, : 4 * width]
    # 0xAARRGGBB in native byte order
    order = [2, 1, 0, 3] if sys.byteorder == "little" else [1, 2, 3, 0]
    found: NDArray[np.uint8] = every.reshape(height, width, 4)[rows, columns][..., order]
    # Cairo's colours are premultiplied by alpha
    where = found[..., 3] < 255
    rgba = found[where].astype(np.uint16)
    alpha = rgba[:, 3:]
    if background is None:
        rgba[:, :3] = np.minimum((rgba[:, :3] * 255 + alpha // 2) // np.maximum(alpha, 1), 255)
    else:
        rgba[:, :3] += (np.array(to_rgb(background), dtype=np.uint16) * (255 - alpha) + 127) // 255
        rgba[:, 3] = 255
    found[where] = rgba
    return found


class PlacedImage:
    """An image in Cairo's memory with the colours and the place of a raster; `cairo` is the module cairocffi.

    It is empty at first. Lengths are `per_unit` times those of the page.
    """

    def __init__(self, raster: Raster, place: Placement, per_unit: float, cairo: Any) -> None:
        self._table = _premultiplied(raster.table)
        rows, columns = raster.pixels.shape
        self._surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, columns, rows)
        stride = self._surface.get_stride()
        self._data = np.frombuffer(self._surface.get_data(), dtype=np.uint32).reshape(rows, stride // 4)
        corners = place.apply(np.array(raster.bounds).reshape(2, 2)) * per_unit
        self.left, self.top = corners[0].tolist()
        self.pixel_width, self.pixel_height = ((corners[1] - corners[0]) / [columns, rows]).tolist()

    def fill(self, rows: slice, columns: slice, indices: NDArray[np.uint8]) -> None:
        """Set the pixels in `rows` and `columns` to the colours of `indices`, an array of that shape."""
        self._data[rows, columns] = self._table[indices]
        self._surface.mark_dirty()

    def paint(self, context: Any) -> None:
        """Paint the image at its place."""
        context.save()
        context.translate(self.left, self.top)
        context.scale(self.pixel_width, self.pixel_height)
        context.set_source_surface(self._surface)
        context.paint()
        context.restore()


def write_label(context: Any, label: Label, place: Placement, per_unit: float) -> None:
    """Write a label with the system's sans-serif font, at `per_unit` times the lengths of the page."""
    text = label.fitted()
    x, y = (place.apply(np.array([[label.x, label.y]]))[0] * per_unit).tolist()
    context.select_font_face(FONT)
    context.set_font_size(label.size * place.scale * per_unit)
    width = context.text_extents(text)[4]
    context.set_source_rgb(*to_cairo(label.color))
    context.move_to(x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor], y)
    context.show_text(text)
    context.new_path()


def draw_rules(context: Any, rules: Rules, width: float, per_unit: float, cairo: Any) -> None:
    """Draw a ruling across a page of this width, at `per_unit` times the lengths of the page."""
    pitch, left, top, thick = (
        length * per_unit for length in (rules.pitch, rules.left, rules.top, rules.thickness)
    )
    right, bottom = width * per_unit, top + (rules.rows - 1) * pitch
    dots = rules.kind == "dots"
    context.save()
    context.set_source_rgb(*to_cairo(COLOR))
    context.set_line_width(thick)
    context.set_line_cap(cairo.LINE_CAP_ROUND if dots else cairo.LINE_CAP_BUTT)
    if dots:
        context.set_dash([0.0, pitch])  # with round caps, a line of length zero is a dot
    for row in range(rules.rows):
        context.move_to(left if dots else 0.0, top + row * pitch)
        context.line_to(right, top + row * pitch)
        context.stroke()
    for column in range(0 if dots else rules.columns):
        context.move_to(left + column * pitch, top - pitch)
        context.line_to(left + column * pitch, bottom + pitch)
        context.stroke()
    context.restore()


def to_cairo(color: str) -> tuple[float, float, float]:
    """Convert `#rrggbb` to three numbers from 0 to 1."""
    red, green, blue = to_rgb(color)
    return red / 255, green / 255, blue / 255


def _premultiplied(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """RGBA colours, (256, 4), as Cairo's ARGB32: 0xAARRGGBB with colours multiplied by alpha."""
    alpha = table[:, 3:].astype(np.uint32)
    rgb = (table[:, :3].astype(np.uint32) * alpha + 127) // 255
    packed = (alpha[:, 0] << 24) | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    return packed.astype(np.uint32)
