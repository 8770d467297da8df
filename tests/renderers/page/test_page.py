"""Paper sizes, resolution and transparency."""

from __future__ import annotations

import io
import math
import struct
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inks import make_ink, make_inks
from renderers import Page, RenderError, draw
from renderers.ink import Ink, InkError, Paper
from renderers.page.lengths import PAPERS
from renderers.scene.scene import Bounds


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("paper", PAPERS)
def test_paper_sizes_reach_the_svg(paper: str, landscape: bool) -> None:
    page = Page(paper=paper.upper() if landscape else paper, landscape=landscape, plotter=True)
    root = ET.fromstring(draw(make_ink(30), page=page).svg())
    sizes = [float(root.attrib[side].removesuffix("mm")) for side in ("width", "height")]
    assert sizes == sorted(PAPERS[paper], reverse=landscape)


def test_known_papers_match_their_standards() -> None:
    assert PAPERS["a4"] == (210, 297)
    assert PAPERS["letter"] == pytest.approx((8.5 * 25.4, 11 * 25.4))
    assert PAPERS["legal"] == pytest.approx((8.5 * 25.4, 14 * 25.4))
    for larger, smaller in pairwise(("a0", "a1", "a2", "a3", "a4", "a5", "a6")):
        assert PAPERS[smaller] == (PAPERS[larger][1] // 2, PAPERS[larger][0])


def test_paper_without_plotter_is_in_px_and_contains_the_ink() -> None:
    page = Page(paper="letter", landscape=True)
    drawing = draw(make_inks(4), page=page, columns=2)
    root = ET.fromstring(drawing.svg())
    assert (root.attrib["width"], root.attrib["height"]) == ("1056px", "816px")
    place = page.place(drawing.scene.bounds, drawing.scene.size)
    corners = place.apply(np.array(drawing.scene.bounds).reshape(2, 2))
    assert (corners >= 23.999).all()
    assert (corners <= np.array([1056, 816]) - 23.999).all()


@pytest.mark.parametrize(
    ("about", "message", "hint"),
    [
        ({"paper": "a44"}, "unknown paper 'a44'", "did you mean a4?"),
        ({"paper": "leter"}, "unknown paper 'leter'", "did you mean letter?"),
        ({"paper": "foolscap"}, "unknown paper 'foolscap'", "known: a6"),
        ({"paper": ""}, "unknown paper ''", "known: a6"),
        ({"paper": 4}, "unknown paper '4'", "a4"),
        (
            {"paper": "a4", "width": "100mm"},
            "paper cannot be combined with width or height",
            "give only the paper",
        ),
        ({"paper": "a4", "height": 100}, "paper cannot be combined", "or only the sizes"),
        ({"landscape": True}, "landscape only applies to a paper size", "--paper a4"),
        (
            {"landscape": True, "width": 300, "height": 100},
            "landscape only applies to a paper size",
            "width and height",
        ),
        ({"paper": "a6", "margin": "53mm"}, "no room", "smaller margin"),
    ],
    ids=str,
)
def test_invalid_pages_are_rejected_with_a_hint(about: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(RenderError) as caught:
        Page(**about)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found[kind] = png[at + 8 : at + 8 + length]
        at += 12 + length
    return found


@pytest.mark.cairo
@pytest.mark.parametrize(
    ("options", "size", "metre"),
    [
        ({}, (816, 1056), None),
        ({"scale": 0.25}, (204, 264), None),
        ({"dpi": 96}, (816, 1056), 3780),
        ({"dpi": 100}, (850, 1100), 3937),
        ({"dpi": "150"}, (1275, 1650), 5906),
        ({"dpi": 72}, (612, 792), 2835),
        ({"dpi": "auto", "scale": "auto"}, (816, 1056), None),
    ],
    ids=str,
)
def test_png_size_and_stored_resolution_follow_scale_and_dpi(
    options: dict[str, Any], size: tuple[int, int], metre: int | None
) -> None:
    png = draw(make_ink(30), page=Page(paper="letter")).png(**options)
    image = Image.open(io.BytesIO(png))
    image.load()
    assert image.size == size
    physical = chunks(png).get(b"pHYs")
    assert physical == (None if metre is None else struct.pack(">IIB", metre, metre, 1))
    if metre is not None:
        assert list(chunks(png))[:2] == [b"IHDR", b"pHYs"]
        assert image.info["dpi"][0] == pytest.approx(float(options["dpi"]), abs=0.02)


@pytest.mark.cairo
@pytest.mark.parametrize("options", [{"scale": 2, "dpi": 200}, {"width": 300, "dpi": 96}], ids=str)
def test_png_scale_and_dpi_are_mutually_exclusive(options: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="scale and dpi"):
        draw(make_ink(30)).png(**options)


@pytest.mark.cairo
@pytest.mark.parametrize("background", ["none", "transparent", "", None])
def test_png_without_background_is_transparent_except_for_the_ink(background: str | None) -> None:
    drawing = draw(make_ink(60), page=Page(width=300, background=background), color="#ff0000")
    rgba = np.asarray(Image.open(io.BytesIO(drawing.png())))
    assert rgba.shape[2] == 4
    assert (rgba[0, :, 3] == 0).all()
    assert 0.01 < (rgba[..., 3] == 255).mean() < 0.3
    seen = rgba[rgba[..., 3] > 40]
    assert seen[:, 0].min() > 240
    assert seen[:, 1:3].max() < 15


def test_ink_too_narrow_for_any_picture_is_refused():
    with pytest.raises(RenderError, match="too narrow"):
        Page(width="100px").place(Bounds(0.0, 0.0, 1e-300, 1e18), 1e18)
    with pytest.raises(RenderError, match="too narrow"):
        draw(Ink((np.array([[0.0, 0.0], [3e-320, 1e-320], [1e-320, 4e-320]]),))).svg()


@given(
    width=st.none() | st.floats(60, 1e5),
    height=st.none() | st.floats(60, 1e5),
    margin=st.none() | st.floats(0, 29),
)
def test_page_on_its_own_paper_is_the_same(width, height, margin):
    page = Page().on(Paper(width, height, margin))
    sheet = page.sheet
    for side, given_mm in zip(
        (sheet.width, sheet.height, sheet.margin), (width, height, margin), strict=True
    ):
        assert side == (None if given_mm is None else pytest.approx(given_mm, rel=1e-9, abs=1e-8))
    assert page.on(page.sheet).sheet == page.sheet


def test_ink_is_drawn_on_its_paper_unless_it_differs_or_a_page_is_given() -> None:
    one, other = (Ink(([(0, 0), (30, 9)],), paper=Paper(width=w, margin=5)) for w in (100, 120))
    assert ET.fromstring(draw(one).svg()).attrib["width"] == "377.95px"
    assert ET.fromstring(draw([one, one], columns=2).svg()).attrib["width"] == "377.95px"
    assert draw([one, other]).page == draw(Ink(one.strokes)).page == Page()
    assert draw(one, page=Page(width=300)).page == Page(width=300)


@pytest.mark.parametrize(("plotter", "margin"), [(False, "160mm"), (True, "105mm")])
def test_margin_larger_than_the_default_page_is_an_error(plotter: bool, margin: str) -> None:
    with pytest.raises(RenderError, match="leaves no room in a width of"):
        Page(margin=margin, plotter=plotter)


@pytest.mark.parametrize(
    "sides", [(0, None, None), (-1, 5, 0), (math.nan, None, 1), (5, 5, 2.5), (1e7, None, 0)]
)
def test_impossible_paper_is_an_error(sides: tuple[float | None, ...]) -> None:
    with pytest.raises(InkError, match="paper"):
        Paper(*sides)
