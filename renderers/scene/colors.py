"""Colours as `#rrggbb`, and gradients as straight lines in Oklab (Ottosson 2020, bottosson.github.io).

Oklab is perceptually uniform: equal steps look equal. Lightness is monotone along a straight line in Oklab,
but not in RGB.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError, unknown

COLOR_HINT = "colours are CSS names or hex: navy, #0a7, #1c2f5a"

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
# The colours of most pages. All other CSS names are looked up in Pillow, which takes time to import.
_COMMON = {"white": "#ffffff", "black": "#000000"}

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)


def parse_color(text: Any, what: str = "color") -> str:
    """Convert a CSS colour name, `#rgb` or `#rrggbb` to `#rrggbb`; RenderError, naming `what`, for others.

    >>> parse_color("Navy"), parse_color("#0a7")
    ('#000080', '#00aa77')
    """
    name = text.strip().lower() if isinstance(text, str) else ""
    if _HEX.fullmatch(name):
        return name if len(name) == 7 else "#" + "".join(2 * digit for digit in name[1:])
    if name in _COMMON:
        return _COMMON[name]
    from PIL import ImageColor

    found = ImageColor.colormap.get(name)
    if isinstance(found, str) and _HEX.fullmatch(found.lower()):
        return found.lower()
    if not name or name.startswith("#"):
        raise RenderError(f"{what} cannot be {text!r}", COLOR_HINT)
    hint = unknown("color", name, ImageColor.colormap).hint or ""
    near = hint.partition(" (")[0] + "; " if hint.startswith("did") else ""
    raise RenderError(f"{what}: unknown colour {text!r}", near + COLOR_HINT)


def to_rgb(color: str) -> tuple[int, int, int]:
    """Convert `#rrggbb` to three numbers from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def to_hex(rgb: Sequence[int] | NDArray[Any]) -> str:
    """Convert three numbers from 0 to 255 to `#rrggbb`."""
    return f"#{int(rgb[0]):02x}{int(rgb[1]):02x}{int(rgb[2]):02x}"


def to_number(rgb: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Convert sRGB bytes, (…, 3), to numbers 0xrrggbb, (…)."""
    return rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)


def oklab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Convert sRGB bytes, (…, 3), to Oklab: lightness from 0 to 1, and the two colour axes a and b."""
    c = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def from_oklab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Convert Oklab, (…, 3), to sRGB bytes; colours outside sRGB are clipped."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    c = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: NDArray[np.uint8] = np.rint(c * 255).astype(np.uint8)
    return rgb


def relit(rgb: NDArray[Any], darkest: float, lightest: float) -> NDArray[np.uint8]:
    """Map the Oklab lightness of sRGB bytes, (n, 3), into the range from `darkest` to `lightest`."""
    lab = oklab(rgb)
    lab[:, 0] = darkest + (lightest - darkest) * np.clip((lab[:, 0] - 0.25) / 0.5, 0, 1)
    return from_oklab(lab)


def gradient(anchors: Sequence[str], steps: int) -> NDArray[np.uint8]:
    """Return `steps` colours, (steps, 3) sRGB bytes, through the equidistant `anchors`.

    >>> [to_hex(rgb) for rgb in gradient(["#000000", "#ffffff"], 3)]
    ['#000000', '#636363', '#ffffff']
    """
    lab = oklab(np.array([to_rgb(anchor) for anchor in anchors]))
    at = np.linspace(0, len(anchors) - 1, steps)
    between = [np.interp(at, np.arange(len(anchors)), lab[:, k]) for k in range(3)]
    return from_oklab(np.stack(between, axis=-1))


def oklch_to_hex(lightness: NDArray[Any] | float, chroma: float, hue: NDArray[Any]) -> list[str]:
    """Convert OKLCH (Oklab in polar coordinates) to `#rrggbb`; `hue`, (n,), is in turns (1 = 360°)."""
    angle = 2 * np.pi * hue
    lab = np.stack([lightness + 0 * angle, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)
    return [to_hex(rgb) for rgb in from_oklab(lab)]
