"""PDF looks like PNG, has true size, and is the same bytes every time; several drawings are its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inks import make_ink
from pdf_files import page_sizes, pdf_pages, poppler, properties
from renderers import Drawing, Ink, Page, Paper, RenderError, draw, save_pages
from renderers.registry import STYLES, format_for

pytestmark = pytest.mark.cairo


def difference(drawing: Drawing) -> float:
    """Return the mean difference of the PDF's pixels from those of the PNG, as a share of the PNG's ink."""
    (page,) = pdf_pages(drawing.pdf())
    png = Image.open(io.BytesIO(drawing.png())).convert("RGB")
    assert page.size == png.size
    a, b = (255 - np.asarray(one, dtype=float) for one in (page, png))
    return float(np.abs(a - b).mean() / b.mean())


@pytest.mark.parametrize("options", [{}, {"smooth": True}], ids=["straight", "smooth"])
@pytest.mark.parametrize("style", STYLES)
def test_every_style_looks_like_its_png(style: str, options: dict[str, bool], ink: Ink) -> None:
    more = {"labels": False} if style == "window" else {}
    assert difference(draw(ink, style, Page(width=600), **options, **more)) < 0.12


def test_dot_is_drawn() -> None:
    page = Page(width=100, height=100)
    (page_image,) = pdf_pages(draw(Ink(([[0, 0]],)), page=page).pdf())
    png = Image.open(io.BytesIO(draw(Ink(([[0, 0]],)), page=page).png()))
    darkest = [one.convert("L").getextrema()[0] for one in (page_image, png)]
    assert max(darkest) < 128


@settings(max_examples=12)
@given(st.floats(30, 5000), st.floats(30, 5000), st.booleans())
def test_page_has_its_size_in_millimetres(width: float, height: float, plotter: bool) -> None:
    page = Page(f"{width}mm", f"{height}mm", margin="3mm", plotter=plotter)
    ((found_width, found_height),) = page_sizes(draw(make_ink(20), page=page).pdf())
    assert (found_width, found_height) == pytest.approx((width, height), rel=1e-4)


def test_a5_page_is_148_by_210_mm() -> None:
    sizes = page_sizes(draw(make_ink(20), page=Page(paper="a5")).pdf())
    assert sizes == [pytest.approx((148, 210), abs=0.01)]


@pytest.mark.parametrize("style", STYLES)
def test_equal_drawings_give_equal_bytes_without_a_date(style: str, ink: Ink) -> None:
    one, two = (draw(ink, style, caption=["id"]).pdf() for _ in range(2))
    assert one == two
    assert b"CreationDate" not in one
    assert b"/ID" not in one
    assert not {"CreationDate", "ModDate"} & set(properties(one))


def test_properties_have_title_and_creator(ink: Ink) -> None:
    found = properties(draw(ink).pdf())
    assert (found["Title"], found["Creator"]) == ("loops & dots", "hw")
    assert properties(draw(ink).pdf(title="Grüße (1)\n\\"))["Title"] == "Grüße (1) \\"
    assert properties(draw(ink).pdf(title="")).get("Title", "") == ""
    long = make_ink(text="word " * 200)
    assert properties(draw(long).pdf())["Title"].endswith("word…")


def test_captions_are_text_in_an_embedded_font(ink: Ink) -> None:
    data = draw(ink, caption=["id"]).pdf()
    assert b"loops-1" in poppler("pdftotext", data)
    fonts = poppler("pdffonts", data).decode().splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)


def test_heat_map_keeps_its_resolution(ink: Ink) -> None:
    data = draw(ink, "pdf", resolution=333).pdf()
    rows = [line.split() for line in poppler("pdfimages", data, "-list").decode().splitlines()[2:]]
    assert {row[2] for row in rows} == {"image", "smask"}
    raster = draw(ink, "pdf", resolution=333).scene.layers[0].raster
    assert raster is not None
    assert {(int(row[4]), int(row[3])) for row in rows} == {raster.pixels.shape}


@pytest.mark.parametrize(
    ("background", "least"), [("auto", 0), ("none", 0), (None, 0), ("white", 255), ("#ffe", 255)]
)
def test_background_is_transparent_unless_asked_for(background: str | None, least: int, ink: Ink) -> None:
    data = draw(ink, page=Page(width=200, background=background)).pdf()
    image = Image.open(io.BytesIO(poppler("pdftocairo", data, "-r", "96", "-png", "-transp")))
    assert image.convert("RGBA").getchannel("A").getextrema() == (least, 255)


def test_background_stays_unasked_on_other_paper() -> None:
    paper = Paper(width=148, height=210)
    assert Page().on(paper).print_background is None
    assert replace(Page(), pen="0.4mm").print_background is None
    assert Page(background="white").on(paper).print_background == "#ffffff"


def test_plotter_page_has_only_strokes(ink: Ink) -> None:
    data = draw(ink, "pdf", Page(plotter=True, background="navy"), caption=["id"]).pdf()
    assert len(poppler("pdfimages", data, "-list").splitlines()) == 2
    assert len(poppler("pdffonts", data).splitlines()) == 2
    image = Image.open(io.BytesIO(poppler("pdftocairo", data, "-r", "96", "-png", "-transp")))
    assert image.convert("RGBA").getchannel("A").getextrema()[0] == 0


def test_several_drawings_are_pages_with_their_own_sizes(tmp_path: Path, ink: Ink) -> None:
    widths = [100, 150, 120]
    drawings = (draw(ink, page=Page(width=f"{width}mm")) for width in widths)
    path = save_pages(drawings, tmp_path / "a.pdf", title="three")
    assert [width for width, _ in page_sizes(path.read_bytes())] == pytest.approx(widths, rel=1e-4)
    assert properties(path.read_bytes())["Title"] == "three"
    assert len({page.tobytes() for page in pdf_pages(path.read_bytes())}) == 3


def test_pages_are_written_before_the_next_is_drawn(ink: Ink) -> None:
    drawn: list[Drawing] = []

    def drawings() -> Iterator[Drawing]:
        for _ in range(5):
            drawn.append(draw(ink))
            yield drawn[-1]

    pdf = format_for("pdf")
    pieces = pdf.encode_pages(((one.scene, one.page) for one in drawings()), pdf.options())
    sizes = []
    for number, piece in enumerate(pieces, start=1):
        assert len(drawn) == min(number, 5)
        sizes.append(len(piece))
    assert len(sizes) == 6
    assert min(sizes[:5]) > 1000


def test_nothing_is_written_if_a_page_cannot_be_drawn(tmp_path: Path, ink: Ink) -> None:
    with pytest.raises(RenderError, match="no predictions"):
        save_pages((draw(one, "pdf") for one in (ink, Ink(([[0, 0]],)))), tmp_path / "a.pdf")
    with pytest.raises(RenderError, match="no ink"):
        save_pages([], tmp_path / "a.pdf")
    with pytest.raises(RenderError, match="one picture"):
        save_pages([draw(ink)], tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_page_above_the_limit_of_pdf_is_refused(ink: Ink) -> None:
    assert draw(ink, page=Page(width="5080mm")).pdf()
    with pytest.raises(RenderError, match="too large for a page of PDF"):
        draw(ink, page=Page(width="5081mm")).pdf()


def test_stroke_of_50000_points_is_drawn() -> None:
    t = np.arange(50_000.0)
    ink = Ink((np.stack([t / 9, 50 * np.sin(t / 7)], axis=-1),))
    assert difference(draw(ink, page=Page(width=600))) < 0.12
