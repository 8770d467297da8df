"""Plotter pages read back by vpype, a toolkit for plotters: strokes, layers and millimetres."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inks import make_ink
from renderers import Drawing, Ink, Page, draw

vpype = pytest.importorskip("vpype", reason="vpype is not here (it is not made for Python 3.14 yet)")

MM = 96 / 25.4  # vpype uses px
SVG = "{http://www.w3.org/2000/svg}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"


def length(ink: Ink) -> float:
    """Total length of all strokes, in the ink's units."""
    return sum(float(np.hypot(*np.diff(s, axis=0).T).sum()) for s in ink.strokes)


def scale(drawing: Drawing) -> float:
    """Millimetres per unit of the ink."""
    return drawing.page.place(drawing.scene.bounds, drawing.scene.size).scale


def read(drawing: Drawing, path: Path, **options: object) -> Any:
    drawing.save(path, **options)
    return vpype.read_multilayer_svg(str(path), quantization=0.05)


INKS = {
    "one line": [make_ink(400)],
    "three lines": [make_ink(300, seed=1), make_ink(200, seed=2), make_ink(250, seed=3)],
    "a long stroke": [Ink((np.cumsum(np.ones((2500, 2)), axis=0) * [1, 0.1],))],
    "dots": [Ink((np.zeros((1, 2)), np.full((1, 2), 30.0), np.array([[60.0, 0.0], [60.0, 50.0]])))],
}


@pytest.mark.parametrize("style", ["plain", "color"])
@pytest.mark.parametrize("inks", INKS.values(), ids=INKS)
def test_vpype_reads_back_strokes_layers_and_length(inks: list[Ink], style: str, tmp_path: Path) -> None:
    drawing = draw(inks, style, Page(plotter=True, paper="a4", landscape=True))
    document = read(drawing, tmp_path / "a.svg")
    assert document.page_size == pytest.approx((297 * MM, 210 * MM))
    assert sorted(document.layers) == list(range(1, len(inks) + 1))
    for number, ink in enumerate(inks, start=1):
        layer = document.layers[number]
        assert len(layer) == len(ink.strokes)
        assert layer.property("vp_name") == f"{number} line {number}"
        # coordinates are rounded to 0.01 mm, and a dot is a line of 0.01 mm
        dots = sum(len(s) == 1 for s in ink.strokes)
        wanted = length(ink) * scale(drawing)
        assert layer.length() / MM == pytest.approx(wanted, rel=2e-3, abs=0.011 * dots)


def test_vpype_stat_reports_the_same(tmp_path: Path) -> None:
    ink = make_ink(400)
    drawing = draw([ink, ink], "plain", Page(plotter=True, width="150mm"))
    drawing.save(tmp_path / "a.svg")
    command = [sys.executable, "-m", "vpype_cli", "read", str(tmp_path / "a.svg"), "stat"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.search(r"Layer count: 2\b", output)
    total = re.search(r"Totals.*?Length: ([\d.]+).*?Path count: (\d+)", output, re.S)
    assert total is not None
    assert int(total[2]) == 2 * len(ink.strokes)
    assert float(total[1]) / MM == pytest.approx(2 * length(ink) * scale(drawing), rel=2e-3)


def test_strokes_keep_their_order_and_direction(tmp_path: Path) -> None:
    ink = make_ink(300)
    drawing = draw(ink, "plain", Page(plotter=True))
    lines = read(drawing, tmp_path / "a.svg").layers[1].lines
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    for line, stroke in zip(lines, ink.strokes, strict=True):
        ends = place.apply(stroke[[0, -1]]) * MM
        assert np.abs(line[0] - complex(*ends[0])) < 0.03
        assert np.abs(line[-1] - complex(*ends[1])) < 0.06


def test_plotter_page_contains_only_ink(tmp_path: Path) -> None:
    ink = make_ink(300, text="words")
    for style, options in (("plain", {}), ("pdf", {}), ("eos", {"legend": True})):
        drawing = draw([ink], style, Page(plotter=True), caption=["text"], **options)
        root = ET.fromstring(drawing.svg())
        found = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert found <= {"svg", "g", "path", "title"}
    layers = list(root)
    assert [g.get(INKSCAPE + "label") for g in layers] == ["1 line 1"]
    assert layers[0].get("fill") == "none"


def test_attributes_of_a_single_pen_are_set_on_the_layer() -> None:
    root = ET.fromstring(draw(make_ink(300), "plain", Page(plotter=True)).svg())
    (layer,) = list(root)
    assert layer.get("stroke")
    assert layer.get("stroke-width")
    assert all(set(path.attrib) == {"d"} for path in layer.iter(SVG + "path"))


def touching(gap: float) -> Ink:
    """Four strokes: the second begins `gap` after the first ends, the others are far away."""
    places = np.array([[0.0, 0.0], [100 + gap, 0.0], [0.0, 300.0], [0.0, 600.0]])
    return Ink(tuple(place + np.array([[0.0, 0.0], [100.0, 0.0]]) for place in places))


@pytest.mark.parametrize(("join", "strokes"), [("0", 4), ("0.1mm", 4), ("0.6mm", 3), ("10in", 1)])
def test_join_connects_strokes_within_the_distance(join: str, strokes: int, tmp_path: Path) -> None:
    ink = touching(10.0)
    drawing = draw(ink, "plain", Page(plotter=True, height="50mm"))
    assert 0.1 < 10 * scale(drawing) < 0.6
    document = read(drawing, tmp_path / "a.svg", join=join)
    lines = document.layers[1]
    assert len(lines) == strokes
    # the connection is drawn, and nothing is lost
    gaps = {4: 0.0, 3: 10.0}
    if strokes in gaps:
        assert lines.length() / MM == pytest.approx((length(ink) + gaps[strokes]) * scale(drawing), rel=2e-3)


def test_strokes_of_different_colors_are_not_joined(tmp_path: Path) -> None:
    drawing = draw(touching(0.0), "color", Page(plotter=True))
    assert len(read(drawing, tmp_path / "a.svg", join="1000mm").layers[1]) == 4


@pytest.mark.parametrize("smooth", [False, True])
def test_joining_touching_strokes_only_removes_a_pen_lift(smooth: bool, tmp_path: Path) -> None:
    ink = touching(0.0)
    drawing = draw(ink, "plain", Page(plotter=True), smooth=smooth)
    lines = read(drawing, tmp_path / "a.svg", join="0.01mm").layers[1]
    assert len(lines) == 3
    assert lines.length() / MM == pytest.approx(length(ink) * scale(drawing), rel=2e-3)


def test_smooth_strokes_reach_a_plotter_as_curves(tmp_path: Path) -> None:
    ink = make_ink(200)
    drawing = draw(ink, "plain", Page(plotter=True), smooth=True)
    lines = read(drawing, tmp_path / "a.svg").layers[1]
    assert len(lines) == len(ink.strokes)
    # a curve through the points is at least as long as the lines between them
    assert 1.0 <= lines.length() / MM / (length(ink) * scale(drawing)) < 1.2


def test_vpype_reads_back_real_ink(iam: Path, tmp_path: Path) -> None:
    import tarfile

    from hwcli.ink_io.formats import parse

    with tarfile.open(iam / "lineStrokes-all.tar.gz") as archive:
        member = next(m for m in archive if m.name.endswith("a01-000u-01.xml"))
        file = archive.extractfile(member)
        assert file is not None
        (ink,) = parse(file.read(), member.name)
    drawing = draw(ink, "plain", Page(plotter=True, paper="a4", landscape=True))
    lines = read(drawing, tmp_path / "a.svg").layers[1]
    assert len(lines) == len(ink.strokes)
    assert lines.length() / MM == pytest.approx(length(ink) * scale(drawing), rel=4e-3)
