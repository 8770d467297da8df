"""What pictures of pixels ask of the Cairo library: that it is there, the sizes it can hold, its pixels."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.page.lengths import UNITS
from renderers.scene.colors import to_rgb

# Cairo's images cannot have longer sides.
LONGEST_SIDE = 32767


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


def pixels(surface: Any, rows: slice, columns: slice, background: str | None) -> NDArray[np.uint8]:
    """(rows, columns, 4): red, green, blue and alpha of a part of a surface of Cairo's ARGB32.

    On a `background`, `#rrggbb`, all are opaque: a page that ends within a pixel has no pale edge.
    """
    surface.flush()
    height, width, stride = surface.get_height(), surface.get_width(), surface.get_stride()
    every = np.frombuffer(surface.get_data(), dtype=np.uint8).reshape(height, stride)[:, : 4 * width]
    # 0xAARRGGBB in the machine's order
    order = [2, 1, 0, 3] if sys.byteorder == "little" else [1, 2, 3, 0]
    found: NDArray[np.uint8] = every.reshape(height, width, 4)[rows, columns][..., order]
    # Cairo keeps colours times alpha
    where = found[..., 3] < 255
    some = found[where].astype(np.uint16)
    alpha = some[:, 3:]
    if background is None:
        some[:, :3] = np.minimum((some[:, :3] * 255 + alpha // 2) // np.maximum(alpha, 1), 255)
    else:
        some[:, :3] += (np.array(to_rgb(background), dtype=np.uint16) * (255 - alpha) + 127) // 255
        some[:, 3] = 255
    found[where] = some
    return found
