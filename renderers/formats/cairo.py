"""The Cairo library for raster formats: availability, size limits, and conversion of its pixels."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.page.lengths import UNITS
from renderers.scene.colors import to_rgb

LONGEST_SIDE = 32767  # the limit of Cairo's images

SCALE_HELP = "pixels per px (1/96 inch) of the page"
DPI_HELP = "pixels per inch"


def cairo_library(what: str) -> Any:
    """Import cairosvg; RenderError if the system's Cairo library, which `what` needs, is not installed."""
    try:
        import cairosvg
    except OSError as error:
        hint = (
            "install Cairo (apt install libcairo2, brew install cairo, conda install cairo), or save as SVG"
        )
        raise RenderError(f"{what} needs the Cairo library, which was not found", hint) from error
    return cairosvg


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
