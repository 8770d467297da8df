"""Page: how large the picture is, and where on it the ink lies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError
from renderers.page.lengths import UNITS, Length, paper_size, to_px
from renderers.scene.colors import parse_color
from renderers.scene.scene import Bounds

DEFAULT_WIDTH = {"px": "1200px", "mm": "210mm"}
DEFAULT_MARGIN = {"px": "24px", "mm": "10mm"}
# A few letters are not blown up to the width of a page: by default strokes are at most about so many px high.
LARGEST_WRITING = 96.0
# A line thinner than this many px is drawn so wide, or it would not be seen.
HAIRLINE = 0.3


@dataclass(frozen=True)
class Placement:
    """A page of `width` by `height` units (px or mm), and the ink's place on it."""

    width: float
    height: float
    unit: str
    scale: float  # units of the page to one of the ink
    origin: tuple[float, float]  # the ink's point that lies at `corner`
    corner: tuple[float, float]

    @property
    def hairline(self) -> float:
        """The width of the thinnest line, in units of the page."""
        return HAIRLINE / UNITS[self.unit]

    def line_width(self, width: float) -> float:
        """The width on the page of a pen of `width` (in the ink's units)."""
        return max(width * self.scale, self.hairline)

    def holds(self, bounds: Bounds) -> bool:
        """Whether ink within `bounds` stays on the page, margins included."""
        left, top, right, bottom = self.apply(np.array(bounds).reshape(2, 2)).ravel().tolist()
        slack = 1e-6 * max(self.width, self.height)
        across = -slack <= left and right <= self.width + slack
        return bool(across and -slack <= top and bottom <= self.height + slack)

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
    None. `paper` (a4, letter, …; see lengths.py) gives both sides, turned by `landscape`. A plotter's page is
    in mm, has no background and no image. RenderError for lengths that cannot be.
    """

    width: Length | None = None
    height: Length | None = None
    margin: Length | None = None
    plotter: bool = False
    background: str | None = "white"
    paper: str | None = None
    landscape: bool = False
    _px: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = self._sizes()
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

    def _sizes(self) -> dict[str, Any]:
        if self.paper is None:
            if self.landscape:
                hint = "add --paper a4 (paper='a4' in Python), or give the width and the height"
                raise RenderError("landscape turns a paper, and none is given", hint)
            return {"width": self.width, "height": self.height}
        if self.width is not None or self.height is not None:
            raise RenderError("a paper has a width and a height already", "give the paper, or the sizes")
        width, height = paper_size(self.paper, self.landscape)
        return {"width": width, "height": height}

    @property
    def unit(self) -> str:
        """The unit of the picture's numbers: mm for a plotter, else px."""
        return "mm" if self.plotter else "px"

    @property
    def room(self) -> tuple[float, float]:
        """Width and height within the margins in px; infinite where they follow from what is drawn."""
        width, height = (self._px.get(k, math.inf) - 2 * self._px["margin"] for k in ("width", "height"))
        return width, height

    def place(self, bounds: Bounds, size: float, frame: Bounds | None = None) -> Placement:
        """Where ink within `bounds`, its strokes about `size` high, lies here; its aspect ratio is kept.

        With a `frame` that is what lies within the margins, and ink may reach into them. Where it would reach
        beyond the page, the frame and all of the ink lie within the margins.
        """
        if frame is not None:
            place = self._place(frame, size)
            if place.holds(bounds):
                return place
            bounds = frame.joined(bounds)
        return self._place(bounds, size)

    def _place(self, bounds: Bounds, size: float) -> Placement:
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
