"""Pictures of pages by hw are read as pages of the same size."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hwcli.ink_io.formats import parse
from renderers import Ink, Page, Paper, draw
from renderers.ink import Frame

LINE = np.array([[2.0, 9.0], [30.0, 4.0], [51.0, 8.0]])
PAGE = Ink((LINE, LINE + 10), text="two lines", frame=Frame(0, 0, 60, 24, 2.0), paper=Paper(140, None, 10))
TALL = Ink((LINE,), frame=Frame(-1, -2, 56, 40, 0.5), paper=Paper(50, 90, 11))


def read(svg: str) -> Ink:
    (ink,) = parse(svg.encode(), "a.svg")
    return ink


def millimetres(ink: Ink) -> np.ndarray:
    """Return the points of a page from the corner of its frame, in millimetres."""
    assert ink.frame is not None
    return (ink.points - (ink.frame.left, ink.frame.top)) * ink.frame.mm_per_unit


@pytest.mark.parametrize("plotter", [False, True])
@pytest.mark.parametrize("style", ["plain", "color", "multi"])
@pytest.mark.parametrize("ink", [PAGE, TALL], ids=["as high as its lines", "two sides"])
def test_pages_keep_their_size(ink, style, plotter):
    """Points are rounded to hundredths of a px, or of a mm for plotters."""
    page = Page(plotter=plotter).on(ink.paper)
    back = read(draw(ink, style, page).svg())
    assert back.paper == ink.paper
    assert np.abs(millimetres(back) - millimetres(ink)).max() < 0.011
    scale = back.frame.mm_per_unit
    assert back.frame.width * scale == pytest.approx(ink.frame.width * ink.frame.mm_per_unit, rel=1e-5)
    assert back.frame.height * scale == pytest.approx(ink.frame.height * ink.frame.mm_per_unit, rel=1e-5)
    again = read(draw(back, style, page).svg())
    assert np.abs(millimetres(again) - millimetres(ink)).max() < 0.022


def test_page_drawn_on_other_paper_is_one_of_that_paper():
    back = read(draw(PAGE, page=Page(width="260mm", margin="10mm")).svg())
    assert back.paper == Paper(260, None, 10)
    assert np.abs(millimetres(back) - 2 * millimetres(PAGE)).max() < 0.011


def test_lines_have_no_page():
    svg = draw(Ink((LINE,))).svg()
    assert "data-hw" not in svg
    assert (read(svg).frame, read(svg).paper) == (None, None)


@pytest.mark.parametrize(
    "frame", ["", "1 2 3", "1 2 3 4 5", "1 2 3 x", "nan 0 1 1", "1e99 0 1 1", "auto 0 1 1"]
)
def test_other_frames_are_ignored(frame):
    svg = re.sub('data-hw-frame="[^"]*"', f'data-hw-frame="{frame}"', draw(PAGE).svg())
    assert (read(svg).frame, read(svg).paper) == (None, None)


@pytest.mark.parametrize("paper", ["", "a5", "1 2", "148 210 80", "0 210 6", "-5 auto 1", "auto auto auto"])
def test_other_papers_are_ignored(paper):
    svg = re.sub('data-hw-paper="[^"]*"', f'data-hw-paper="{paper}"', draw(PAGE).svg())
    assert read(svg).frame is not None
    assert read(svg).paper is None
