"""Page: the size of a picture, and the placement of ink on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.errors import RenderError, unknown
from renderers.ink import RULINGS, Paper
from renderers.page.lengths import UNITS, Length, paper_size, pen_width, to_px
from renderers.scene.colors import parse_color
from renderers.scene.scene import Bounds

DEFAULT_WIDTH = {"px": "1200px", "mm": "210mm"}
DEFAULT_MARGIN = {"px": "24px", "mm": "10mm"}
NO_RULING = "none"
MM_DECIMALS = 9  # of sides in millimetres
# Without a given size, typical strokes are at most this high (px): a few letters do not fill the width.
LARGEST_WRITING = 96.0
# Minimum width (px) of a line whose pen was not chosen: thinner ones would be invisible.
HAIRLINE = 0.3


@dataclass(frozen=True)
class Placement:
    """A page of `width` × `height` units (px or mm), and the transform from ink to page coordinates."""

    width: float
    height: float
    unit: str
    scale: float  # page units per ink unit
    origin: tuple[float, float]  # the point in ink coordinates that is placed at `corner`
    corner: tuple[float, float]  # in page coordinates
    thinnest: float = 0.0  # line width, in page units

    def line_width(self, width: float) -> float:
        """Return the line width on the page, in page units, of a pen of `width` ink units."""
        return max(width * self.scale, self.thinnest)

    def holds(self, bounds: Bounds) -> bool:
        """Return whether ink within `bounds` lies on the page, margins included."""
        left, top, right, bottom = self.apply(np.array(bounds).reshape(2, 2)).ravel().tolist()
        slack = 1e-6 * max(self.width, self.height)
        across = -slack <= left and right <= self.width + slack
        return bool(across and -slack <= top and bottom <= self.height + slack)

    def apply(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert points in ink coordinates, (n, 2), to page coordinates."""
        # subtract the origin first: far from it, subtraction after scaling would lose precision
        return (points - self.origin) * self.scale + self.corner


class _Unasked(str):
    """The background of a page for which none was given; dataclasses.replace() keeps it."""

    __slots__ = ()


@dataclass(frozen=True)
class Page:
    """The size of a picture.

    Lengths are numbers of px, or text with a unit (px, mm, cm, in, pt; 1 px = 1/96 in). Given one of width
    and height, the other follows from the ink; given both, the ink is fitted in and centred. The default is a
    width of 1200 px (210 mm for a plotter), and less for a few letters. `paper` (a4, letter, …; see
    lengths.PAPERS) sets both sides, swapped by `landscape`. `background` is a colour, None for transparency,
    or auto: white, but transparent in formats for paper (pdf). A page for a plotter is in mm and has neither
    background nor images. `pen` is the width of the thinnest pen, with its unit (`"0.3mm"`); without it,
    lines are as wide as the style asks for. `ruling` is printed on the paper, below a page of text and
    aligned with its lines: lines, squares, dots, none, or None for that of the paper that the text was
    written for; a plotter never draws it. Raises RenderError for an invalid length or ruling, and for sizes
    that contradict each other.

    >>> from renderers.scene.scene import Bounds
    >>> place = Page(width=248, margin=24).place(Bounds(0, 0, 100, 50), size=10)
    >>> place.width, place.height, place.unit, place.scale
    (248.0, 148.0, 'px', 2.0)
    """

    width: Length | None = None
    height: Length | None = None
    margin: Length | None = None
    plotter: bool = False
    background: str | None = "auto"
    paper: str | None = None
    landscape: bool = False
    pen: str | None = None
    ruling: str | None = None
    _px: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = self._sizes()
        px = {name: to_px(size, name) for name, size in sizes.items() if size is not None}
        margin = DEFAULT_MARGIN[self.unit] if self.margin is None else self.margin
        px["margin"] = to_px(margin, "margin", least=-1e-300)
        if not px.keys() & sizes.keys():  # place() then begins with this width
            sizes["width"] = DEFAULT_WIDTH[self.unit]
        for name, size in sizes.items():
            if size is not None and to_px(size, name) <= 2 * px["margin"]:
                message = f"a margin of {margin} leaves no room in a {name} of {size}"
                raise RenderError(message, f"give a smaller margin, or a {name} above twice the margin")
        if self.pen is not None:
            px["pen"] = pen_width(self.pen)
        object.__setattr__(self, "_px", px)
        if self.ruling not in (None, NO_RULING, *RULINGS):
            raise unknown("ruling", str(self.ruling), (*RULINGS, NO_RULING))
        if self.background == "auto":
            object.__setattr__(self, "background", _Unasked("#ffffff"))
        if self.background in ("none", "transparent", ""):
            object.__setattr__(self, "background", None)
        if self.background is not None and not isinstance(self.background, _Unasked):
            object.__setattr__(self, "background", parse_color(self.background, "background"))

    def _sizes(self) -> dict[str, Any]:
        if self.paper is None:
            if self.landscape:
                hint = "add --paper a4 (paper='a4' in Python), or give width and height instead"
                raise RenderError("landscape only applies to a paper size", hint)
            return {"width": self.width, "height": self.height}
        if self.width is not None or self.height is not None:
            message = "paper cannot be combined with width or height"
            raise RenderError(message, "give only the paper, or only the sizes")
        width, height = paper_size(self.paper, self.landscape)
        return {"width": width, "height": height}

    @property
    def sheet(self) -> Paper:
        """The ruling, and in millimetres the sides and the margin that were given; None for what was not.

        >>> Page(paper="a5", margin="1cm").sheet
        Paper(width=148.0, height=210.0, margin=10.0, ruling=None)
        """
        named = {**self._px, "margin": None if self.margin is None else self._px["margin"]}
        sides = (named.get(key) for key in ("width", "height", "margin"))
        # 96 px are 25.4 mm in floating point only after rounding
        mm = [None if px is None else round(px / UNITS["mm"], MM_DECIMALS) for px in sides]
        return Paper(mm[0], mm[1], mm[2], self.printed_ruling)

    def on(self, paper: Paper) -> Page:
        """Return this page with the sides of `paper`, and with its margin and its ruling if it has one.

        >>> from renderers.ink import Paper
        >>> Page(plotter=True).on(Paper(width=148, height=210)).width
        '148mm'
        """
        mm = paper.width, paper.height, paper.margin
        width, height, margin = (None if side is None else f"{side!r}mm" for side in mm)
        own = self.margin if margin is None else margin
        ruling = self.ruling if paper.ruling is None else paper.ruling
        return replace(
            self, width=width, height=height, margin=own, paper=None, landscape=False, ruling=ruling
        )

    @property
    def printed_ruling(self) -> str | None:
        """The ruling of the paper; None if there is none."""
        return None if self.ruling == NO_RULING else self.ruling

    @property
    def pen_width(self) -> float | None:
        """Width of the thinnest pen in page units; None if the style decides."""
        return None if self.pen is None else self._px["pen"] / UNITS[self.unit]

    @property
    def unit(self) -> str:
        """The unit of page coordinates: mm for a plotter, otherwise px."""
        return "mm" if self.plotter else "px"

    @property
    def print_background(self) -> str | None:
        """The background on paper, which has a colour of its own: None unless one was given."""
        return None if self.plotter or isinstance(self.background, _Unasked) else self.background

    @property
    def room(self) -> tuple[float, float]:
        """Width and height within the margins in px; infinite for a side that follows from the ink."""
        width, height = (self._px.get(k, math.inf) - 2 * self._px["margin"] for k in ("width", "height"))
        return width, height

    def place(self, bounds: Bounds, size: float, frame: Bounds | None = None) -> Placement:
        """Fit ink into the page, preserving its aspect ratio.

        `bounds` are those of the ink and `size` the height of typical strokes, in ink units. A `frame` is
        fitted into the margins instead of the bounds, and ink may extend into the margins; if it would extend
        beyond the page, frame and ink are both fitted into the margins.
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
        if not all(map(math.isfinite, inner)):
            raise RenderError("the ink is too narrow or too flat for a picture", "give --width and --height")
        # sides that follow from the ink are rounded up to whole px or hundredths of a mm
        step = 0.01 if self.plotter else 1.0
        sizes = []
        for name, length in zip(("width", "height"), inner, strict=True):
            follows = math.ceil(round((length + 2 * margin) / step, 6)) * step
            sizes.append(self._px[name] / per_unit if name in self._px else follows)
        corner = (sizes[0] - inner[0]) / 2, (sizes[1] - inner[1]) / 2
        thinnest = HAIRLINE / per_unit if self.pen is None else 0.0
        return Placement(sizes[0], sizes[1], self.unit, scale, (bounds.left, bounds.top), corner, thinnest)
