"""What a chart is laid out on: a page in px, or a terminal in its dots, two by four to a character."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from renderers.page.lengths import to_px
from renderers.page.page import DEFAULT_MARGIN, DEFAULT_WIDTH, Page
from renderers.scene.colors import gradient, oklab, relit, to_hex, to_rgb
from renderers.scene.scene import Bounds, Label
from renderers.scene.text import cells, clean, em

# Colours for lines that are compared, the first ones most unlike each other: to all eyes (also without one
# kind of cone), on white paper, and when a terminal brings them to its own lightness.
PALETTE = ("#0066bb", "#dd5500", "#880066", "#005522", "#ff22ff", "#aa77aa")
# The lightness (Oklab's) that they are brought to on dark paper.
ON_DARK = 0.62, 0.8
# A terminal's dots have no sizes, so there points have shapes.
SHAPES = "●■▲◆○□"
# Height of a chart, of its width, where the page leaves it open; narrow ones are taller.
ASPECT, NARROW_ASPECT, NARROW = 0.56, 0.7, 560.0
# Letters: such a part of the width, and at least so many px; a line of them, and where its baseline is.
LETTER, LEAST_LETTER = 1 / 64, 10.5
LINE, BASELINE, ASCENT, MIDDLE, PAD = 1.55, 1.1, 0.75, 0.35, 0.45


@dataclass(frozen=True)
class Sheet:
    """Room for a chart, and how large and in which colours things are drawn there."""

    width: float
    height: float
    letter: float  # the height of an em
    line: float  # from one line of text to the next
    baseline: float  # from the top of a line of text to where its letters stand
    ascent: float  # from where letters stand up to their top
    middle: float  # from the middle of letters down to where they stand
    pad: float  # between things that belong together
    fine: float  # widths of lines: grid, curve, bold curve; and of dots
    thin: float
    bold: float
    dot: float
    ink: str
    muted: str
    grid: str
    paper: str  # what colours fade into
    dark: bool = False  # the paper is
    characters: bool = False  # a terminal: text is written in cells, points are characters

    def width_of(self, text: str) -> float:
        """How wide `text` is here, at the most."""
        if self.characters:
            return 2.0 * sum(map(cells, clean(text)))
        return self.letter * sum(map(em, clean(text)))

    def over(self, y: float, away: float) -> float:
        """The baseline of a text above y, `away` from it; in a terminal it is the next line's."""
        return y - self.line if self.characters else y - away

    def under(self, y: float, away: float) -> float:
        """The baseline of a text below y."""
        return y + self.line if self.characters else y + away + self.ascent

    def box(self, text: str, x: float, y: float, anchor: str) -> Bounds:
        """What `text` covers with its baseline beginning, in the middle or ending at (x, y)."""
        width = self.width_of(text)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        if self.characters:
            top = y // 4 * 4
            return Bounds(left, top, left + width, top + 3)
        return Bounds(left, y - self.ascent, left + width, y + 0.22 * self.letter)

    def color(self, number: int, faded: bool = False) -> str:
        """The colour of the so-manieth thing that is compared; there are six, taken in turn."""
        color = PALETTE[number % len(PALETTE)]
        if self.dark:
            color = to_hex(relit(np.array([to_rgb(color)]), *ON_DARK)[0])
        return to_hex(gradient((color, self.paper), 9)[3]) if faded else color

    def shape(self, number: int) -> str:
        """The character that marks its points in a terminal."""
        return SHAPES[number % len(SHAPES)]


def page_sheet(page: Page) -> Sheet:
    """The whole of `page`; where it leaves a side open, a side that suits a chart."""
    width, height = page.room
    if math.isinf(width):
        natural = to_px(DEFAULT_WIDTH["px"]) - 2 * to_px(DEFAULT_MARGIN["px"])
        width = natural if math.isinf(height) else height / ASPECT
    if math.isinf(height):
        height = width * (ASPECT if width > NARROW else NARROW_ASPECT)
    letter = max(LEAST_LETTER, LETTER * min(width, height / ASPECT))
    ink, muted, grid, paper = _colors(page.background)
    return Sheet(
        width=width,
        height=height,
        letter=letter,
        line=LINE * letter,
        baseline=BASELINE * letter,
        ascent=ASCENT * letter,
        middle=MIDDLE * letter,
        pad=PAD * letter,
        fine=letter / 18,
        thin=letter / 10,
        bold=letter / 5.5,
        dot=letter / 2.1,
        ink=ink,
        muted=muted,
        grid=grid,
        paper=paper,
        dark=_is_dark(page.background),
    )


def terminal_sheet(columns: int, rows: int) -> Sheet:
    """So many characters of a terminal."""
    return Sheet(
        # a dot lies at each end, hence one less than the dots
        width=2.0 * columns - 1,
        height=4.0 * rows - 1,
        letter=4.0,
        line=4.0,
        baseline=2.0,
        ascent=1.0,
        middle=0.0,
        pad=1.0,
        fine=0.5,
        thin=0.5,
        bold=0.5,
        dot=0.5,
        ink=Label.color,
        muted=Label.color,
        grid=Label.color,
        paper="#808080",
        characters=True,
    )


def _is_dark(background: str | None) -> bool:
    return background is not None and float(oklab(np.array(to_rgb(background)))[0]) < 0.6


def _colors(background: str | None) -> tuple[str, str, str, str]:
    """Ink, muted ink, grid, and what colours fade into, on a `background`."""
    if background is None:  # dark or light, nobody knows: greys between
        return "#6b7180", "#7d8494", "#9aa0ad", "#a0a0a0"
    if _is_dark(background):
        return "#eef0f6", "#b4bac9", "#4a5162", background
    return "#1c2440", Label.color, "#dfe2ea", background
