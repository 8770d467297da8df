"""SVG is well-formed, compact, accurate, and safe for hostile text."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inks import make_ink
from renderers import Ink, Page, draw
from renderers.registry import style_names

SVG = "{http://www.w3.org/2000/svg}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
NUMBER = re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+)")


def paths(svg: str) -> list[str]:
    return [path.attrib["d"] for path in ET.fromstring(svg).iter(f"{SVG}path")]


def subpaths(d: str) -> list[np.ndarray]:
    """Return the points of each subpath; a dot has one point."""
    found = []
    for part in d.split("M")[1:]:
        if part.endswith("h.01"):
            found.append(np.array([[float(n) for n in NUMBER.findall(part[:-4])]]))
        else:
            begin, steps = part.split("l")
            numbers = [float(n) for n in NUMBER.findall(begin) + NUMBER.findall(steps)]
            found.append(np.cumsum(np.array(numbers).reshape(-1, 2), axis=0))
    return found


def placed(ink: Ink, page: Page) -> list[np.ndarray]:
    scene = draw(ink, page=page).scene
    place = page.place(scene.bounds, scene.size)
    return [place.apply(stroke) for stroke in ink.strokes]


@pytest.mark.parametrize("name", style_names())
def test_every_style_is_well_formed_xml(name: str, ink: Ink) -> None:
    root = ET.fromstring(draw(ink, name).svg())
    assert root.tag == f"{SVG}svg"
    width, height = (float(root.attrib[k].removesuffix("px")) for k in ("width", "height"))
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"


@pytest.mark.parametrize("name", style_names())
def test_line_is_1200_px_wide_in_every_style(name: str) -> None:
    assert ET.fromstring(draw(make_ink(700), name).svg()).attrib["width"] == "1200px"


coordinates = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))
strokes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30).map(np.array)


@settings(max_examples=80, deadline=None)
@given(st.lists(strokes, min_size=1, max_size=5), st.sampled_from([Page(), Page(plotter=True)]))
def test_paths_pass_through_the_points(drawn: list[np.ndarray], page: Page) -> None:
    ink = Ink(tuple(drawn))
    found = [points for d in paths(draw(ink, page=page).svg()) for points in subpaths(d)]
    assert len(found) == len(ink.strokes)
    for points, stroke in zip(found, placed(ink, page), strict=True):
        if len(points) == 1:  # a stroke whose points coincide is a dot too
            stroke = stroke[:1]
        assert np.abs(points - stroke).max() <= 0.005 + 1e-6


def test_rounding_errors_do_not_accumulate() -> None:
    t = np.arange(5000.0)
    ink = Ink((np.stack([t * 1.0017, 50 * np.sin(t / 7)], axis=-1),))
    found = [points for d in paths(draw(ink).svg()) for points in subpaths(d)]
    assert len(found) > 1  # split, for CairoSVG
    joined = np.concatenate([found[0], *(points[1:] for points in found[1:])])
    assert np.abs(joined - placed(ink, Page())[0]).max() <= 0.005 + 1e-6


@pytest.mark.parametrize("name", ["multi", "eos"])
def test_segments_share_elements_by_color(name: str, ink: Ink) -> None:
    drawing = draw(ink, name)
    drawn = [points for d in paths(drawing.svg()) for points in subpaths(d)]
    assert len(drawn) == len(drawing.scene.layers[0].pen)
    assert len(paths(drawing.svg())) < 70


def test_line_of_800_points_is_a_small_file() -> None:
    ink = make_ink(800)
    assert len(draw(Ink(ink.strokes)).svg()) < 12_000
    assert len(draw(ink, "eos").svg()) < 30_000


HOSTILE = [
    '</title><script>alert("x")</script>',
    "a & b < c > d \" ' ]]> <!-- -->",
    "bell \x07 null \x00 lone \ud800 not \uffff",
    "javascript:alert(1)",
    "&#0; &bogus;",
    "\x01",
    "ه‎ 漢字 😀",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("page", [Page(), Page(plotter=True)], ids=["page", "plotter"])
def test_hostile_text_cannot_become_markup(text: str, page: Page) -> None:
    svg = draw(Ink((np.eye(2),), text=text, id=text), page=page).svg()
    root = ET.fromstring(svg.encode())
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "rect", "g", "path", "title"}
    assert "href" not in svg


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_is_well_formed_xml(text: str) -> None:
    ET.fromstring(draw(Ink((np.eye(2),), text=text)).svg().encode())


def test_title_is_the_text_or_the_id(ink: Ink) -> None:
    titles = [t.text for t in ET.fromstring(draw([ink, Ink((np.eye(2),), id="b")]).svg()).iter(f"{SVG}title")]
    assert titles == ["loops & dots", "b"]


def test_heat_map_is_one_image_under_the_ink(ink: Ink) -> None:
    root = ET.fromstring(draw(ink, "pdf").svg())
    group = root.find(f"{SVG}g")
    assert group is not None
    kinds = [element.tag.removeprefix(SVG) for element in group]
    assert kinds[:2] == ["title", "image"]
    assert set(kinds[2:]) == {"path"}
    href = group[1].attrib["{http://www.w3.org/1999/xlink}href"]
    head, data = href.split(",")
    assert head == "data:image/png;base64"
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert max(image.size) <= 1200
    assert image.convert("RGBA").getchannel("A").getextrema() == (0, 255)
    # pixels are square on the page
    width, height = (float(group[1].attrib[k]) for k in ("width", "height"))
    assert width / image.width == pytest.approx(height / image.height, rel=1e-2)


@pytest.mark.parametrize("name", style_names())
def test_plotter_svg_is_in_mm_with_layers_and_without_fill(name: str, ink: Ink) -> None:
    svg = draw([ink, ink], name, Page(width="210mm", height="297mm", plotter=True)).svg()
    root = ET.fromstring(svg)
    assert root.attrib["width"] == "210mm"
    assert root.attrib["height"] == "297mm"
    assert root.attrib["viewBox"] == "0 0 210 297"
    assert [child.tag for child in root] == [f"{SVG}g"] * 2
    assert [g.attrib[f"{INKSCAPE}label"] for g in root] == ["1 line 1", "2 line 2"]
    for group in root:
        assert group.attrib[f"{INKSCAPE}groupmode"] == "layer"
        assert group.attrib["fill"] == "none"
    assert not {e.tag for e in root.iter()} & {f"{SVG}rect", f"{SVG}image"}


@pytest.mark.parametrize("name", ["plain", "color", "pdf"])
def test_plotter_svg_has_one_path_per_stroke_in_time_order(name: str, ink: Ink) -> None:
    page = Page(plotter=True)
    svg = draw(ink, name, page).svg()
    found = [subpaths(d) for d in paths(svg)]
    assert len(found) == len(ink.strokes)
    scene = draw(ink, name, page).scene
    place = page.place(scene.bounds, scene.size)
    for (points,), stroke in zip(found, ink.strokes, strict=True):
        assert len(points) == len(stroke)
        assert np.abs(points - place.apply(stroke)).max() <= 0.005 + 1e-6


def test_plotter_svg_does_not_split_long_strokes() -> None:
    t = np.arange(5000.0)
    ink = Ink((np.stack([t, 50 * np.sin(t / 7)], axis=-1),))
    assert len(paths(draw(ink, page=Page(plotter=True)).svg())) == 1


def test_background_is_a_rect_or_absent(ink: Ink) -> None:
    assert '<rect fill="#ffffff"' in draw(ink).svg()
    assert '<rect fill="#000080"' in draw(ink, page=Page(background="navy")).svg()
    assert "<rect" not in draw(ink, page=Page(background=None)).svg()


def test_svg_of_100_000_points_is_complete() -> None:
    t = np.arange(100_000.0)
    xy = np.stack([t, 300 * np.sin(t / 9)], axis=-1)
    ink = Ink.from_points(xy, t % 50 == 49)
    assert len(paths(draw(ink).svg())) == 2000
    assert sum(len(subpaths(d)) for d in paths(draw(ink, "multi").svg())) == 98_000
