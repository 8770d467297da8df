"""The width of a pen on the page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inks import make_ink, make_inks
from renderers import Ink, Page, Paper, RenderError, draw
from renderers.ink import Frame
from renderers.page.lengths import UNITS

STYLES = ["plain", "color", "multi", "eos", "pdf", "window"]
FILM = {"duration": 0.1, "fps": 10.0}


def page_of_text(mm_per_unit: float = 0.05) -> Any:
    ink = make_ink(200)
    low, high = ink.points.min(axis=0), ink.points.max(axis=0)
    width, height = (high - low).tolist()
    paper = Paper(width * mm_per_unit + 20, height * mm_per_unit + 20, 10)
    return replace(ink, frame=Frame(*low.tolist(), width, height, mm_per_unit), paper=paper)


def thinnest(svg: str, plotter: bool) -> float:
    """Return the width of the thinnest pen in a picture, in millimetres."""
    found = min(float(width) for width in re.findall(r'stroke-width="([^"]*)"', svg))
    return found if plotter else found / UNITS["mm"]


@pytest.mark.parametrize("plotter", [False, True])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("ink", [make_ink(120), make_ink(6), page_of_text()], ids=["line", "letter", "page"])
def test_pen_has_its_width_in_every_style(ink, style, plotter):
    for page in (Page(pen="0.3mm", plotter=plotter), Page(pen="0.3mm", plotter=plotter, paper="a5")):
        assert thinnest(draw(ink, style, page).svg(), plotter) == pytest.approx(0.3, rel=2e-4)


@given(pen=st.floats(0.01, 5), seed=st.integers(0, 5), points=st.integers(5, 60), plotter=st.booleans())
def test_any_pen_has_its_width_and_ink_stays_between_the_margins(pen, seed, points, plotter):
    page = Page(paper="a6", margin="10mm", pen=f"{pen!r}mm", plotter=plotter)
    drawing = draw(make_ink(points, seed=seed), "plain", page)
    assert thinnest(drawing.svg(), plotter) == pytest.approx(pen, rel=2e-4)
    place = page.place(drawing.scene.bounds, drawing.scene.size)
    corners = place.apply(np.array(drawing.scene.bounds).reshape(2, 2)) * UNITS[place.unit] / UNITS["mm"]
    assert (corners >= 9.999).all()
    assert (corners <= np.array([105, 148]) - 9.999).all()


@pytest.mark.parametrize("columns", [1, 2])
def test_pen_of_several_inks_is_that_of_the_page(columns):
    svg = draw(make_inks(4), "color", Page(width="150mm", pen="0.3mm"), columns=columns, caption="id").svg()
    widths = {float(width) for width in re.findall(r'stroke-width="([^"]*)"', svg)}
    assert list(widths) == [pytest.approx(0.3 * UNITS["mm"], rel=2e-4)]


@pytest.mark.parametrize("style", ["plain", "color", "multi", "eos", "window"])
@pytest.mark.parametrize("page", [None, Page(plotter=True).on(Paper(148)), Page(paper="a4")], ids=str)
def test_pen_of_a_page_of_text_is_0_4_mm(style, page):
    svg = draw(page_of_text(), style, page).svg()
    assert thinnest(svg, page is not None and page.plotter) == pytest.approx(0.4, rel=2e-4)


def test_pen_of_a_page_is_given_up_for_a_width_and_where_writing_is_smaller():
    page = page_of_text()
    relative = draw(replace(page, frame=None, paper=None), page=Page().on(page.paper)).scene
    assert draw(page, width=0.065).scene.nib == pytest.approx(relative.nib)
    tiny = page_of_text(mm_per_unit=1e-3)
    assert draw(tiny).scene.nib == pytest.approx(relative.nib)
    assert draw(page_of_text(), "pdf").scene.nib == pytest.approx(relative.nib * 0.025 / 0.065)


def test_pen_of_a_line_is_relative_to_the_writing():
    line, wide = make_ink(80), Page(width="400mm")
    assert draw(line).scene.nib == draw(line, page=wide).scene.nib == draw(line, width=0.065).scene.nib


def test_pens_of_pages_in_a_grid_are_scaled_with_them():
    page = page_of_text()
    assert draw([page, page], columns=2).scene.nib == pytest.approx(0.4 / page.frame.mm_per_unit)


def test_pen_is_the_same_in_pixels():
    """A horizontal line of a pen of 4 mm at 254 dpi is 40 pixels thick."""
    line = Ink(([(0, 0), (100, 0)],))
    page = Page(width="60mm", height="30mm", pen="4mm")
    for data in (draw(line, page=page).png(dpi=254), draw(line, page=page).gif(dpi=254, **FILM)):
        image = Image.open(io.BytesIO(data))
        image.seek(getattr(image, "n_frames", 1) - 1)
        pixels = np.asarray(image.convert("L"))
        assert (pixels[:, pixels.shape[1] // 2] < 128).sum() == pytest.approx(40, abs=1)


BAD = [
    ("0mm", "pen cannot be '0mm'"), ("-1mm", "pen cannot be '-1mm'"), ("nan mm", "not a length"),
    ("nanmm", "not a length"),
    ("infmm", "not a length"), ("1e999mm", "cannot be"), ("0.3", "no unit"), ("thin", "not a length"),
    ("", "not a length"), ("0.3furlong", "unknown unit 'furlong'"), (0.3, "no unit"), (True, "not a length"),
]  # fmt: skip


@pytest.mark.parametrize(("pen", "words"), BAD, ids=str)
def test_impossible_pens_are_errors(pen, words):
    with pytest.raises(RenderError, match=words):
        Page(pen=pen)


@pytest.mark.parametrize("ink", [make_ink(80), page_of_text(), Ink(([(3, 4)],))], ids=["line", "page", "dot"])
@pytest.mark.parametrize("pen", ["60mm", "20cm"])
def test_pen_too_wide_for_the_page_is_an_error(ink, pen):
    with pytest.raises(RenderError, match="too wide"):
        draw(ink, page=Page(paper="a6", pen=pen))
