"""Ruled, squared and dotted paper in every format, on the lines of the text, and never for plotters."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from renderers import Ink, Page, draw
from renderers.errors import RenderError
from renderers.ink import RULINGS, Frame, Paper
from renderers.page.page import Placement
from renderers.page.ruling import COLOR, MOST, Rules
from renderers.scene.scene import Baselines, Bounds, Scene

# four lines 10 mm apart in a frame of 80 x 42 mm; units of 0.1 mm
FRAME = Frame(0.0, 0.0, 800.0, 420.0, 0.1, baseline=66.0, line_height=100.0)
INK = Ink(
    tuple(np.array([[x, y], [x + 30, y - 40.0]]) for y in (66.0, 166.0) for x in (0.0, 300.0)),
    text="ab\ncd",
    frame=FRAME,
    paper=Paper(100, 62, 10, "lines"),
)
PAGE = Page(width="100mm", height="62mm", margin="10mm")


def rules(kind: str, page: Page = PAGE) -> Rules:
    frame = Bounds(0.0, 0.0, 800.0, 420.0)
    scene = Scene((), frame, Baselines(66.0, 100.0), kind)
    found = Rules.of(scene, page.place(frame, 40, frame))
    assert found is not None
    return found


def pale(pixels: np.ndarray, axis: int) -> np.ndarray:
    """The rows (axis 0) or columns that are as pale as a rule, for most of their length."""
    return np.flatnonzero((pixels.mean(axis=1 - axis) < 245) & (pixels.mean(axis=1 - axis) > 150))


def test_lines_are_the_baselines_within_the_frame():
    found, mm = rules("lines"), 96 / 25.4
    assert (found.rows, found.columns) == (4, 0)
    assert (found.top, found.pitch) == pytest.approx((16.6 * mm, 10 * mm))


@pytest.mark.parametrize("kind", ["squares", "dots"])
def test_squares_and_dots_cover_the_page_twice_as_fine_and_in_step_with_the_text(kind):
    found, mm = rules(kind), 96 / 25.4
    assert found.pitch == pytest.approx(5 * mm)
    assert (found.top / mm, found.left / mm) == pytest.approx((1.6, 0.0), abs=1e-6)
    assert (found.rows, found.columns) == (13, 21)


@pytest.mark.parametrize("kind", RULINGS)
def test_png_shows_the_ruling_where_the_baselines_are(kind):
    plain, ruled = (
        np.asarray(Image.open(io.BytesIO(draw(INK, page=replace(PAGE, ruling=r)).png(dpi=254))).convert("L"))
        for r in ("none", kind)
    )
    assert plain.shape == ruled.shape
    margin = ruled[:, 900:]  # 10 mm in which there is no ink
    rows = pale(margin, 0) if kind != "dots" else np.flatnonzero((margin < 245).any(axis=1))
    step = 100 if kind == "lines" else 50
    assert {round((row - 166) / step) * step + 166 for row in rows} >= {166, 266, 366, 466}
    assert max(abs((row - 166 + step / 2) % step - step / 2) for row in rows) <= 3.5
    assert (plain[:, 900:] == 255).all()
    assert 190 < ruled[:, 900:].min() < 240  # pale


@pytest.mark.parametrize("background", ["auto", "none", "#fff0d0"])
@pytest.mark.parametrize("kind", RULINGS)
def test_gif_shows_the_ruling_from_its_first_frame(kind, background):
    page = replace(PAGE, ruling=kind, background=background)
    film = Image.open(io.BytesIO(draw(INK, page=page).gif(fps=2, duration=1)))
    first = np.asarray(film.convert("RGBA"))
    color = np.array([int(COLOR[k : k + 2], 16) for k in (1, 3, 5)])
    near = (np.abs(first[..., :3].astype(int) - color).max(axis=-1) < 60) & (first[..., 3] > 0)
    assert near[:, -30:].any(axis=1).sum() >= 4  # in the margin, where there is no ink
    film.seek(film.n_frames - 1)
    assert np.asarray(film.convert("RGBA"))[:, -30:].tolist() == first[:, -30:].tolist()


@pytest.mark.parametrize("kind", RULINGS)
def test_pdf_has_the_ruling(kind):
    plain, ruled = (draw(INK, page=replace(PAGE, ruling=r)).pdf() for r in ("none", kind))
    assert len(ruled) > len(plain)


@pytest.mark.parametrize("kind", RULINGS)
def test_svg_has_the_ruling_as_a_pattern_without_a_stroke(kind):
    svg = draw(INK, page=replace(PAGE, ruling=kind)).svg()
    space = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(svg)
    (pattern,) = root.findall(f"{space}defs/{space}pattern")
    assert len(root.findall(f"{space}g")) == 1
    assert [rect.get("fill") for rect in root.findall(f"{space}rect")] == ["#ffffff", "url(#ruling)"]
    assert pattern.get("id") == "ruling"
    assert root.get("data-hw-ruling") == kind


@pytest.mark.parametrize("kind", RULINGS)
@pytest.mark.parametrize("format_", ["svg", "png", "pdf", "gif", "gcode"])
def test_plotter_pages_do_not_have_the_ruling(format_, kind):
    ruled, plain = (
        draw(INK, page=replace(PAGE, plotter=True, ruling=r)).encode(format_) for r in (kind, "none")
    )
    if format_ == "svg":  # which says that there is one, but does not draw it
        ruled = re.sub(rb' data-hw-ruling="\w+"', b"", ruled)
    assert ruled == plain


def test_paper_of_the_ink_decides_unless_the_page_does():
    assert draw(INK).scene.ruling == "lines"
    assert draw(INK, page=Page().on(INK.paper)).scene.ruling == "lines"
    assert draw(INK, page=PAGE).scene.ruling is None
    assert draw([INK, INK]).scene.ruling is None
    assert draw(INK, caption=["text"]).scene.ruling is None
    assert Page(paper="a5", ruling="dots").sheet.ruling == "dots"
    assert Page(paper="a5", ruling="none").sheet.ruling is None


@pytest.mark.parametrize("kind", RULINGS)
def test_ruling_grows_with_the_page_and_its_lines_do_not(kind):
    small, large = rules(kind), rules(kind, Page(width="200mm", height="124mm", margin="20mm"))
    assert large.pitch == pytest.approx(2 * small.pitch)
    assert large.thickness == small.thickness


@pytest.mark.parametrize(
    "inks",
    [[Ink(INK.strokes)], [INK, INK], [replace(INK, frame=replace(FRAME, line_height=None))]],
    ids=["a line", "two pages", "a page without known lines"],
)
def test_ruling_asked_for_where_it_cannot_be_drawn_is_refused(inks):
    with pytest.raises(RenderError, match="ruling"):
        draw(inks, page=replace(PAGE, ruling="lines"))


@pytest.mark.parametrize("about", [(0.0, 1e-9), (1e18, 1.0), (-1e18, 1.0), (0.0, 1e-300)])
def test_lines_that_cannot_be_those_of_a_page_are_ignored(about):
    ink = replace(INK, frame=replace(FRAME, baseline=about[0], line_height=about[1]))
    assert draw(ink).scene.ruling is None


def test_page_on_which_the_ruling_would_be_too_fine_is_refused():
    frame = Bounds(0.0, 0.0, 800.0, 420.0)
    scene = Scene((), frame, Baselines(66.0, 100.0), "lines")
    with pytest.raises(RenderError, match="too fine"):
        Rules.of(scene, Placement(MOST * 100.0, 10.0, "px", 1.0, (0, 0), (0, 0)))


def test_unknown_ruling_is_refused_with_what_exists():
    with pytest.raises(RenderError, match="ruling") as error:
        Page(ruling="linse")
    assert "lines" in str(error.value.hint)
