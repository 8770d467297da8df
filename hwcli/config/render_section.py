"""The section [render] of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from renderers.options import option


def _length(help: str) -> Any:
    return option(None, help, kind="text", metavar="LENGTH")


def _number(help: str, whole: bool = False) -> Any:
    return option(None, help, whole=whole)


@dataclass(frozen=True)
class RenderConfig:
    """How ink is drawn on a page."""

    style: str = option("plain", "Drawing style; see hw render --list.", metavar="STYLE")
    width: str | None = _length("Page width: 210mm, 8in, 1200px or a number of px.")
    height: str | None = _length("Page height; the ink is fitted to it.")
    margin: str | None = _length("Empty border of the page.")
    pen: str | None = _length("Pen width: 0.3mm (default: 0.4mm on pages of text, else by the style).")
    paper: str | None = option(
        None, "Paper size instead of width and height: a4, a5, letter, ….", kind="text", metavar="NAME"
    )
    ruling: str | None = option(
        None,
        "Print ruled paper below a page of text: lines, squares or dots (default: that of the ink, or none).",
        kind="choice",
        choices=("lines", "squares", "dots", "none"),
    )
    landscape: bool = option(False, "Use the paper in landscape orientation.")
    plotter: bool = option(False, "For pen plotters: millimetres, no background, one layer per line.")
    background: str = option(
        "auto", "Page colour, or none for a transparent page (auto: white; none in a PDF).", metavar="COLOR"
    )
    grid: int = option(1, "Number of columns for several inks on one page.", least=1)
    caption: str | None = option(
        None, "Caption below each ink: any of id,text,seed.", kind="text", metavar="PART[,PART…]"
    )
    scale: float | None = _number("png, gif: pixels per px of the page (default: 1).")
    dpi: float | None = _number("png, gif: pixels per inch, instead of --scale.")
    fps: float | None = _number("gif: frames per second (default: 25).")
    duration: float | None = _number("gif: seconds of writing (default: as long as a real pen would take).")
    speed: float | None = _number("gif: pace relative to a real pen (default: 1).")
    hold: float | None = _number("gif: seconds that the finished picture stays (default: 1.5).")
    loop: int | None = _number("gif: how many times it plays (default: 0, repeat forever).", whole=True)
