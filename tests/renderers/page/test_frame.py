"""Pages of text: ink with a frame is drawn so that the frame fills the page within its margins."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from renderers import Ink, Page, draw
from renderers.ink import Frame
from renderers.page.frame import frame_bounds

# a page of 100 × 60 units; the ink is a bar from (10, 20) to (60, 40), with a dot
STROKES = ([[10, 20], [60, 40], [10, 40]], [[60, 20]])
FRAME = Frame(0, 0.0, 100, 60)


def page_ink(frame: Frame | None = FRAME, strokes: Any = STROKES, **about: Any) -> Ink:
    return Ink(strokes=strokes, frame=frame, **about)


def corners(svg: str) -> tuple[np.ndarray, tuple[str, str]]:
    """Return the corners around all paths, in the units of the SVG, and its width and height."""
    root = ET.fromstring(svg)
    paths = [e.attrib["d"] for e in root.iter() if e.tag.endswith("path")]
    points = []
    for d in paths:
        for path in re.findall(r"M[^M]*", d):
            numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", path.split("h")[0])]
            points.append(np.cumsum(np.reshape(numbers, (-1, 2)), axis=0))
    every = np.concatenate(points)
    return np.array([every.min(0), every.max(0)]), (root.attrib["width"], root.attrib["height"])


@pytest.mark.parametrize("plotter", [False, True])
def test_frame_fills_the_page_within_its_margins(plotter):
    page = Page(width="220mm", margin="10mm", plotter=plotter)
    found, sizes = corners(draw(page_ink(), page=page).svg())
    px = 1 if plotter else 96 / 25.4
    # 2 mm per unit; on screen the height is rounded up to whole px, half of the rest above the frame
    assert found == pytest.approx(px * np.array([[30, 50], [130, 90]]), abs=0.006 if plotter else 0.506)
    assert found[1] - found[0] == pytest.approx([px * 100, px * 40], abs=0.011)
    width, height = (float(re.sub("[a-z]", "", size)) for size in sizes)
    assert (width, height) == (pytest.approx(px * 220, abs=0.01), pytest.approx(px * 140, abs=1.0))


def test_frame_may_lie_anywhere():
    moved = [np.add(stroke, (-1000, 77)) for stroke in STROKES]
    frame = Frame(-1000, 77, 100, 60)
    page = Page(width="220mm", margin="10mm", plotter=True)
    there = draw(page_ink(frame, moved), page=page).svg()
    assert corners(there)[0] == pytest.approx(corners(draw(page_ink(), page=page).svg())[0], abs=0.011)


def test_paper_with_the_proportions_of_the_frame_is_filled():
    frame = Frame(0, 0, 190, 277)
    found, sizes = corners(draw(page_ink(frame), page=Page(paper="a4", margin="10mm", plotter=True)).svg())
    assert sizes == ("210mm", "297mm")
    assert found == pytest.approx(np.array([[20, 30], [70, 50]]), abs=0.006)


def test_frame_without_a_page_width_has_the_default_width():
    found, sizes = corners(draw(page_ink()).svg())
    assert sizes[0] == "1200px" or float(sizes[0][:-2]) < 1200  # a few large letters are not enlarged
    scale = (float(sizes[0][:-2]) - 48) / 100
    assert found[0] == pytest.approx([24 + 10 * scale, 24 + 20 * scale], abs=1)


def test_ink_may_reach_into_the_margins():
    out = ([[-2, 20], [102, 40]], [[50, -2], [50, 62]])  # its pen is 5 units wide
    page = Page(width="220mm", margin="10mm", plotter=True)
    found, sizes = corners(draw(page_ink(strokes=out), page=page).svg())
    assert found == pytest.approx(np.array([[6, 6], [214, 134]]), abs=0.006)
    assert sizes == ("220mm", "140mm")


@pytest.mark.parametrize(
    "out", [[[-9, 20], [50, 40]], [[50, 20], [109, 40]], [[50, -9], [60, 40]], [[50, 20], [60, 69]]], ids=str
)
def test_ink_beyond_the_page_shrinks_the_frame_instead_of_being_cut(out):
    page = Page(width="220mm", margin="10mm", plotter=True)
    drawing = draw(page_ink(strokes=[out]), page=page)
    found, sizes = corners(drawing.svg())
    size = np.array([float(s[:-2]) for s in sizes])
    assert (found[0] >= 10).all()
    assert (found[1] <= size - 10).all()
    # the whole frame is still visible
    place = page.place(drawing.scene.bounds, drawing.scene.size, drawing.scene.frame)
    frame = place.apply(np.array([[0, 0], [100, 60]]))
    assert (frame >= 10 - 1e-9).all()
    assert (frame <= size - 10 + 1e-9).all()


def ink_box(picture: Image.Image) -> list[float]:
    """Return left, top, right and bottom of the dark pixels, as fractions of the picture."""
    dark = np.asarray(picture.convert("L")) < 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    high, wide = dark.shape
    return [columns[0] / wide, rows[0] / high, columns[-1] / wide, rows[-1] / high]


@pytest.mark.cairo
@pytest.mark.parametrize("format_", ["png", "gif"])
def test_png_and_gif_show_the_frame(format_):
    drawing = draw(page_ink(), page=Page(width="220mm", margin="10mm", background="white"))
    data = drawing.png() if format_ == "png" else drawing.gif(duration=0.2, hold=0.1)
    with Image.open(io.BytesIO(data)) as picture:
        picture.seek(getattr(picture, "n_frames", 1) - 1)
        assert picture.width == math.ceil(220 / 25.4 * 96)
        found = ink_box(picture)
    assert found == pytest.approx([30 / 220, 50 / 140, 130 / 220, 90 / 140], abs=0.02)


@pytest.mark.cairo
def test_png_width_includes_the_margins():
    with Image.open(io.BytesIO(draw(page_ink(), page=Page(width="220mm")).png(width=500))) as picture:
        assert picture.width == 500


def test_partial_scene_keeps_its_frame():
    scene = draw(page_ink()).scene
    assert scene.frame is not None
    assert scene.until(0.5).frame == scene.frame


@pytest.mark.parametrize(
    ("inks", "about"),
    [
        ([page_ink(), page_ink()], {}),
        ([page_ink(), page_ink()], {"columns": 2}),
        ([page_ink(id="a")], {"caption": "id"}),
    ],
    ids=["two", "grid", "caption"],
)
def test_frames_are_ignored_for_several_inks_and_with_captions(inks, about):
    bare = [Ink(strokes=ink.strokes, id=ink.id) for ink in inks]
    assert draw(inks, **about).svg() == draw(bare, **about).svg()


NO_FRAMES = [
    *(replace(FRAME, width=w) for w in (0, -1, math.nan, math.inf, 1e200, 1e-200, 10**400)),
    *(replace(FRAME, height=h) for h in (0, 1e-9, 1e9)),
    *(replace(FRAME, left=x) for x in (math.nan, 1e6, -1e6, 1e149)),
    replace(FRAME, top=-500),
    replace(FRAME, top=500),
]


@pytest.mark.parametrize("frame", NO_FRAMES, ids=repr)
def test_frame_that_cannot_be_a_page_is_ignored(frame):
    ink = page_ink(frame)
    assert frame_bounds(ink) is None
    assert draw(ink).svg() == draw(Ink(strokes=STROKES)).svg()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e5, 1e15])
def test_frames_of_any_size_are_drawn(size):
    strokes = [np.array(stroke) * size for stroke in STROKES]
    frame = Frame(*(side * size for side in (0, 0, 100, 60)))
    page = Page(width="220mm", margin="10mm", plotter=True)
    found, _ = corners(draw(page_ink(frame, strokes), page=page).svg())
    assert found == pytest.approx(np.array([[30, 50], [130, 90]]), abs=0.006)


def test_terminal_ignores_the_frame():
    assert draw(page_ink()).terminal(40) == draw(Ink(strokes=STROKES)).terminal(40)
