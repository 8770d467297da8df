"""Ruled, squared and dotted paper below a page of text: printed, and never plotted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from renderers.errors import RenderError
from renderers.ink import Ink
from renderers.page.frame import frame_bounds
from renderers.page.lengths import UNITS
from renderers.page.page import Placement
from renderers.scene.scene import Baselines, Scene

COLOR = "#b9c9dc"
LINE, DOT = 0.2, 0.6  # mm: widths of a line and of a dot
THICKEST = 0.25  # of the pitch, on pages that are drawn small
PER_LINE = 2  # squares in a line height, as on the squared paper of schools: 5 mm
MOST = 10_000  # rules on a page


@dataclass(frozen=True)
class Rules:
    """A ruling on a page, in page units: rules every `pitch` across the page, and down it unless for lines.

    Dots stand where rules would cross.
    """

    kind: str
    top: float  # y of the first rule
    left: float  # x of the first one that goes down the page
    pitch: float
    rows: int
    columns: int
    thickness: float

    @classmethod
    def of(cls, scene: Scene, place: Placement) -> Rules | None:
        """Place the ruling of `scene`, if it has one: lines within the frame, others on the whole page.

        Raises RenderError if it is too fine for the page.
        """
        kind, frame, lines, scale = scene.ruling, scene.frame, scene.baselines, place.scale
        if kind is None or frame is None or lines is None:
            return None
        (x0, y0), (left, top) = place.origin, place.corner
        pitch = lines.distance * scale / (1 if kind == "lines" else PER_LINE)
        if not max(place.width, place.height) < MOST * pitch:
            raise RenderError("the ruling is too fine for this page", "draw the page larger, or without it")
        baseline, side = (lines.y - y0) * scale + top, (frame.left - x0) * scale + left
        first, last = 0.0, place.height
        if kind == "lines":
            first, last = ((y - y0) * scale + top for y in (frame.top, frame.bottom))
        slack = 1e-6 * pitch
        y = first + (baseline - first + slack) % pitch - slack
        x = (side + slack) % pitch - slack
        thick = (DOT if kind == "dots" else LINE) * UNITS["mm"] / UNITS[place.unit]
        rows, columns = (
            math.floor((last - y) / pitch + 1e-6) + 1,
            math.floor((place.width - x) / pitch + 1e-6) + 1,
        )
        columns = 0 if kind == "lines" else columns
        return cls(kind, y, x, pitch, rows, columns, min(thick, THICKEST * pitch))


def baselines_of(ink: Ink) -> Baselines | None:
    """Return where the lines of a page of text stand; None for other ink, and where that is not known.

    Files may hold anything, so lines that are a hair apart, or far from the page, are not lines.
    """
    frame, about = frame_bounds(ink), ink.frame
    if frame is None or about is None or about.baseline is None or about.line_height is None:
        return None
    far = MOST * about.line_height
    plausible = abs(about.baseline - frame.top) <= far and max(frame.width, frame.height) <= far < math.inf
    return Baselines(about.baseline, about.line_height) if plausible else None


def can_rule(inks: Sequence[Ink], caption: bool = False) -> bool:
    """Return whether a ruling can be drawn below `inks`: a page of text that fills its picture."""
    return len(inks) == 1 and not caption and baselines_of(inks[0]) is not None


def with_ruling(scene: Scene, kind: str) -> Scene:
    """Return a scene on paper with a ruling; RenderError unless it is a page of text with known lines."""
    if scene.baselines is None:
        raise RenderError(
            f"there are no lines of text for a ruling of {kind}",
            "it applies to pages of text that hw sample --text wrote",
        )
    return replace(scene, ruling=kind)
