"""The layout of a page, in line heights rather than the units of any ink."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hwcli.errors import UsageError
from renderers.ink import Paper

if TYPE_CHECKING:
    from renderers.page.page import Page

# From baseline to baseline, in heights: about three x-heights. On IAM-OnDB capitals reach 3.9 heights above
# the baseline and descenders 2.3 below (medians of the lines), and lines on the whiteboard are 7 apart.
LINE_DISTANCE = 6.0
# From the top of a line's space to its baseline, as a fraction of the line distance.
BASELINE = 0.66
ALIGN = {"left": 0.0, "center": 0.5, "right": 1.0}  # share of a line's free space that is left of it
MM = 96 / 25.4  # px in a millimetre
LEAST_LINE = 5.0  # mm, of a page that text is fitted to: letters such as a are then 1.7 mm high
FINEST = 20.0  # px between lines on paper, below which a number was meant in millimetres
MIN_MEASURE = 2.0  # line heights: about five characters


@dataclass(frozen=True)
class Layout:
    """The space for text on a page, in line heights. Raises ValueError for a number out of range.

    >>> from hwcli import Page
    >>> Layout.on(Page(paper="a6"), "9mm").lines
    15
    >>> Layout(measure=12, height=3, align="center").lines
    3
    """

    measure: float  # width of a full line
    height: float | None = None  # of a page, which gets whole lines; None: one page of any height
    align: str = "left"  # of shorter lines without a mark of their own: left, center or right
    line_mm: float | None = None  # a line height in millimetres, for paper
    paper: Paper | None = None  # that the text is written for
    language: str | None = None  # in which words are hyphenated; None: only those longer than a line
    fit_page: bool = False  # take smaller lines, down to LEAST_LINE, if the text does not fit one page
    reflow: bool = False  # join the lines of each paragraph first (`reflowing`)

    def __post_init__(self) -> None:
        if not MIN_MEASURE <= self.measure < math.inf:
            raise ValueError(f"measure must be at least {MIN_MEASURE:g} line heights, not {self.measure}")
        if self.height is not None and not 1 <= self.height < math.inf:
            raise ValueError(f"height must be at least 1 line height, not {self.height}")
        if self.align not in ALIGN:
            raise ValueError(f"align must be one of {', '.join(ALIGN)}, not {self.align!r}")
        if self.fit_page and (self.height is None or self.line_mm is None):
            raise ValueError("fit_page needs the height of the page and of a line in millimetres")

    @property
    def lines(self) -> int | None:
        """The number of lines on a page; None: any number."""
        return None if self.height is None else int(self.height)

    @property
    def most_lines(self) -> int:
        """The number of lines on a page whose lines are LEAST_LINE apart; only for `fit_page`."""
        assert self.height is not None
        assert self.line_mm is not None
        return max(int(self.height * self.line_mm / LEAST_LINE + 1e-9), int(self.height))

    def with_lines(self, lines: int) -> Layout:
        """Return the layout of the same page with room for `lines`, closer together if they have to be."""
        assert self.height is not None
        assert self.line_mm is not None
        if lines <= self.height:
            return self
        smaller = self.height / lines
        return replace(self, measure=self.measure / smaller, height=lines, line_mm=self.line_mm * smaller)

    def left(self, room: float, align: str | None = None) -> float:
        """Return the left end of a line that leaves `room` free, aligned as `align` or as the page."""
        return ALIGN[align or self.align] * room

    @classmethod
    def on(cls, page: Page, line_height: str | float, align: str = "left", **how: Any) -> Layout:
        """Return the layout of `page` within its margins, with lines `line_height` apart (8mm, or px).

        `how` are the other fields, `language`, `fit_page` and `reflow`.

        Raises UsageError if there is no room for a few characters, or the unit of lines on paper seems to be
        forgotten; RenderError for an invalid length.
        """
        from renderers.page.lengths import to_px

        line = to_px(line_height, "line-height")
        if page.paper is not None and line < FINEST and str(line_height).strip()[-1:].isdigit():
            raise UsageError(
                f"lines {line_height} px apart are {line / MM:.1f} mm apart on paper",
                f"did you mean --line-height {line_height}mm?",
            )
        width, height = (side / line + 1e-9 for side in page.room)  # whole lines fit, whatever the rounding
        if width < MIN_MEASURE or height < 1:
            trouble = "a line" if width >= MIN_MEASURE else "a few characters"
            raise UsageError(
                f"there is no room for {trouble} of --line-height {line_height} within the page's margins",
                "use a smaller --line-height or --margin, or a larger page",
            )
        return cls(width, None if math.isinf(height) else height, align, line / MM, page.sheet, **how)
