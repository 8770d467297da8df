"""Page: how large the picture is, and where on it the ink lies."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.colors import parse_color
from renderers.errors import RenderError
from renderers.scene import Bounds

# CSS's absolute units in px: 1 px is 1/96 inch whatever the screen.
UNITS = {"px": 1.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "pt": 96 / 72}
DEFAULT_WIDTH = {"px": "1200px", "mm": "210mm"}
DEFAULT_MARGIN = {"px": "24px", "mm": "10mm"}
# A few letters are not blown up to the width of a page: by default strokes are at most about so many px high.
LARGEST_WRITING = 96.0

_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)

Length = str | float


def to_px(length: Length, what: str = "length", least: float = 0.0) -> float:
    """ "210mm", "8in" or 800 (px) in px; RenderError unless it is above `least`."""
    hint = f"write {what} as 210mm, 8in, 800px or a number of px"
    match = _LENGTH.fullmatch(str(length).strip())
    if not match or isinstance(length, bool):
        raise RenderError(f"{what} is {length!r}", hint)
    unit = match[2].lower() or "px"
    if unit not in UNITS:
        raise RenderError(f"{what} is {length!r}: unknown unit {match[2]!r}", f"units are {', '.join(UNITS)}")
    px = float(match[1]) * UNITS[unit]
    if not least < px < math.inf:
        raise RenderError(f"{what} is {length!r}", f"{what} has to be above 0" if least == 0 else hint)
    return px


@dataclass(frozen=True)
class Placement:
    """A page of `width` by `height` units (px or mm), and the ink's place on it."""

    width: float
    height: float
    unit: str
    scale: float  # units of the page to one of the ink
    origin: tuple[float, float]  # the ink's point that lies at `corner`
    corner: tuple[float, float]

    def apply(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The ink's `points`, (n, 2), in units of the page."""
        # the origin goes first: far from it, a sum after scaling would lose the digits that differ
        placed: NDArray[np.float64] = (points - self.origin) * self.scale + self.corner
        return placed


@dataclass(frozen=True)
class Page:
    """The size of a picture.

    Lengths are numbers of px or text with a unit (px, mm, cm, in, pt; 1 px = 1/96 in). With one of width and
    height the other follows from the ink; with both, the ink is fitted in and centred; with neither, a line
    is 1200 px wide (210 mm for a plotter), and ink of a few letters smaller. `background` is a colour or
    None. A plotter's page is in mm, has no background and no image. RenderError for lengths that cannot be.
    """

    width: Length | None = None
    height: Length | None = None
    margin: Length | None = None
    plotter: bool = False
    background: str | None = "white"
    _px: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes: dict[str, Any] = {"width": self.width, "height": self.height}
        px = {name: to_px(size, name) for name, size in sizes.items() if size is not None}
        margin = DEFAULT_MARGIN[self.unit] if self.margin is None else self.margin
        px["margin"] = to_px(margin, "margin", least=-1e-300)
        for name in sizes:
            if name in px and px[name] <= 2 * px["margin"]:
                message = f"a margin of {margin} leaves no room within a {name} of {sizes[name]}"
                raise RenderError(message, f"give a smaller margin, or a {name} above twice the margin")
        object.__setattr__(self, "_px", px)
        if self.background in ("none", "transparent", ""):
            object.__setattr__(self, "background", None)
        if self.background is not None:
            object.__setattr__(self, "background", parse_color(self.background, "background"))

    @property
    def unit(self) -> str:
        """The unit of the picture's numbers: mm for a plotter, else px."""
        return "mm" if self.plotter else "px"

    def place(self, bounds: Bounds, size: float) -> Placement:
        """Where ink within `bounds`, its strokes about `size` high, lies here; its aspect ratio is kept."""
        per_unit = UNITS[self.unit]
        margin = self._px["margin"] / per_unit
        width, height = (self._px[k] / per_unit if k in self._px else math.inf for k in ("width", "height"))
        limit = math.inf
        if width == height == math.inf:
            width = to_px(DEFAULT_WIDTH[self.unit]) / per_unit
            limit = LARGEST_WRITING / per_unit / size
        scale = min((width - 2 * margin) / bounds.width, (height - 2 * margin) / bounds.height, limit)
        inner = bounds.width * scale, bounds.height * scale
        # sides that follow from the ink are rounded up: whole px, or hundredths of a mm
        step = 0.01 if self.plotter else 1.0
        sizes = []
        for name, length in zip(("width", "height"), inner, strict=True):
            follows = math.ceil(round((length + 2 * margin) / step, 6)) * step
            sizes.append(self._px[name] / per_unit if name in self._px else follows)
        corner = (sizes[0] - inner[0]) / 2, (sizes[1] - inner[1]) / 2
        return Placement(sizes[0], sizes[1], self.unit, scale, (bounds.left, bounds.top), corner)
