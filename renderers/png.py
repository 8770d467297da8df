"""Scene → PNG, by CairoSVG from the scene's SVG."""

from __future__ import annotations

import math

from renderers.errors import RenderError
from renderers.page import UNITS, Page
from renderers.scene import Scene

# Cairo's images cannot have longer sides.
LONGEST_SIDE = 32767


def encode(scene: Scene, page: Page, width: int | None = None, scale: float = 1.0) -> bytes:
    """`scene` on `page` as PNG: `width` pixels wide, or `scale` pixels to a px of the page (1/96 inch).

    RenderError for sizes that cannot be, and where the Cairo library is not installed.
    """
    place = page.place(scene.bounds, scene.size)
    px = place.width * UNITS[place.unit], place.height * UNITS[place.unit]
    if width is not None:
        scale = _above_zero("width", width) / px[0]
    longest = max(_above_zero("scale", scale) * max(px), 1)
    if math.ceil(longest) > LONGEST_SIDE:
        most = math.floor(LONGEST_SIDE / max(px) * 1000) / 1000
        message = f"a picture of {px[0] * scale:.0f} × {px[1] * scale:.0f} pixels is too large for PNG here"
        hint = (
            f"sides end at {LONGEST_SIDE:,} pixels: the largest scale that fits is {most:g}, or save as SVG"
        )
        raise RenderError(message, hint)
    try:
        import cairosvg  # loads the Cairo library, which not every machine has
    except OSError as error:
        hint = (
            "install Cairo (apt install libcairo2, brew install cairo, conda install cairo), or save as SVG"
        )
        raise RenderError("PNG needs the Cairo library, which was not found", hint) from error
    from renderers.svg import to_svg

    # sizes are given whole: left to itself, CairoSVG cuts fractions of a pixel off the right and the bottom
    sides = [max(1, math.ceil(round(side * scale, 3))) for side in px]
    svg = to_svg(scene, page).encode()
    png: bytes = cairosvg.svg2png(bytestring=svg, output_width=sides[0], output_height=sides[1], unsafe=False)
    return png


def _above_zero(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise RenderError(f"{name} is {value!r}", f"{name} has to be a number above 0")
    return value
