"""Lengths with units, and paper sizes."""

from __future__ import annotations

import math
import re

from renderers.errors import RenderError, unknown

# Absolute CSS units in px; 1 px is 1/96 inch on every screen.
UNITS = {"px": 1.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "pt": 96 / 72}

# Width and height in mm, portrait: ISO 216, ANSI/ASME Y14.1 and common office sizes.
PAPERS = {
    "a6": (105, 148),
    "a5": (148, 210),
    "a4": (210, 297),
    "a3": (297, 420),
    "a2": (420, 594),
    "a1": (594, 841),
    "a0": (841, 1189),
    "b5": (176, 250),
    "b4": (250, 353),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
    "tabloid": (279.4, 431.8),
    "executive": (184.15, 266.7),
    "postcard": (100, 148),
}

_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)

Length = str | float


def to_px(length: Length, what: str = "length", least: float = 0.0) -> float:
    """Convert a length (`"210mm"`, `"8in"`, `800`: px) to px; RenderError unless it is above `least` px.

    >>> to_px("1in"), to_px(800)
    (96.0, 800.0)
    """
    hint = f"write {what} as 210mm, 8in, 800px or a number of px"
    match = _LENGTH.fullmatch(str(length).strip())
    if not match or isinstance(length, bool):
        raise RenderError(f"{what} cannot be {length!r}", hint)
    unit = match[2].lower() or "px"
    if unit not in UNITS:
        raise RenderError(
            f"{what} cannot be {length!r}: unknown unit {match[2]!r}", f"units are {', '.join(UNITS)}"
        )
    px = float(match[1]) * UNITS[unit]
    if not least < px < math.inf:
        raise RenderError(f"{what} cannot be {length!r}", f"{what} must be above 0" if least == 0 else hint)
    return px


def is_length(text: str) -> bool:
    """Return whether `text` is a length with a unit, such as 0.3mm."""
    match = _LENGTH.fullmatch(text.strip())
    return match is not None and match[2].lower() in UNITS


def pen_width(length: str) -> float:
    """Convert the width of a pen to px; RenderError unless it is above 0 and has a unit.

    >>> pen_width("0.25in")
    24.0
    """
    match = _LENGTH.fullmatch(str(length).strip())
    if not match or not match[2]:
        what = "has no unit" if match else "is not a length"
        raise RenderError(f"pen cannot be {length!r}: it {what}", "write it as 0.3mm, 1pt or 2px")
    return to_px(length, "pen")


def paper_size(name: str, landscape: bool = False) -> tuple[str, str]:
    """Return width and height of a paper; RenderError suggests the nearest if it is unknown.

    >>> paper_size("a5", landscape=True)
    ('210mm', '148mm')
    """
    if not isinstance(name, str) or name.lower() not in PAPERS:
        raise unknown("paper", str(name), PAPERS)
    short, long = (f"{side:g}mm" for side in PAPERS[name.lower()])
    return (long, short) if landscape else (short, long)
