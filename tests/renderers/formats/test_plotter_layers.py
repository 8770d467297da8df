"""Layers of plotter pages, as programs for plotters read them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inks import make_ink, make_inks
from renderers import Ink, Page, RenderError, draw
from renderers.ink import Trace

PLOTTER = Page(plotter=True, paper="a5")
LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
PATH = "{http://www.w3.org/2000/svg}path"


def two_lines() -> Ink:
    """Six strokes of three points: three of each line, of which the second begins with a stray one."""
    places = [np.array([20 * (k % 3), 30 * (k // 3)]) for k in range(6)]
    strokes = [place + np.array([[0.0, 0], [9, 4], [15, 0]]) for place in places]
    characters = np.repeat([0, 0, 1, -1, 3, 4], 3)
    return Ink(tuple(strokes), text="ab\ncd", trace=Trace(characters))


def groups(svg: str) -> dict[str, list[str]]:
    """Return the paths of each layer by its name."""
    return {g.attrib[LABEL]: [p.attrib["d"] for p in g.iter(PATH)] for g in ET.fromstring(svg)}


def layered(inks: Any, layers: str, style: str = "plain", **options: Any) -> dict[str, list[str]]:
    return groups(draw(inks, style, PLOTTER, **options).svg(layers=layers))


def test_line_of_text_is_a_layer():
    """A stroke of no character belongs to the line before it."""
    found = layered(two_lines(), "line")
    assert {name: len(paths) for name, paths in found.items()} == {"1 line 1": 4, "2 line 2": 2}


def test_ink_without_lines_is_one_layer():
    assert list(layered(make_inks(3), "line")) == ["1 line 1", "2 line 2", "3 line 3"]
    assert list(layered(replace(two_lines(), trace=None), "line")) == ["1 line 1"]


@pytest.mark.parametrize("layers", ["line", "color", "stroke"])
@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("style", ["plain", "color", "multi", "eos"])
@pytest.mark.parametrize("inks", [make_ink(90), make_inks(3)], ids=["one", "three"])
def test_every_path_is_in_one_layer(inks, style, smooth, layers):
    whole = layered(inks, "ink", style, smooth=smooth)
    parts = layered(inks, layers, style, smooth=smooth)
    assert Counter(d for paths in parts.values() for d in paths) == Counter(
        d for paths in whole.values() for d in paths
    )
    assert [name.split()[0] for name in parts] == [str(k) for k in range(1, len(parts) + 1)]


def test_color_is_a_layer_over_all_inks():
    svg = draw(make_inks(3), "color", PLOTTER).svg(layers="color")
    for group in ET.fromstring(svg):
        assert {e.attrib["stroke"] for e in group.iter() if "stroke" in e.attrib} == {
            group.attrib[LABEL].split()[1]
        }
    assert len(groups(svg)) == 6


def test_stroke_is_a_layer():
    ink = make_ink(90)
    found = layered(ink, "stroke")
    assert [len(paths) for paths in found.values()] == [1] * len(ink.strokes)
    assert list(found)[:2] == ["1 stroke 1", "2 stroke 2"]


def test_layers_have_ids():
    svg = draw(two_lines(), "plain", PLOTTER).svg(layers="line")
    assert re.findall(r'<g [^>]*id="(\w+)"', svg) == ["layer1", "layer2"]


def test_vpype_reads_names_and_numbers(tmp_path: Path):
    vpype = pytest.importorskip("vpype", reason="vpype is not here (it is not made for Python 3.14 yet)")
    draw(two_lines(), "plain", PLOTTER).save(tmp_path / "a.svg", layers="line")
    document = vpype.read_multilayer_svg(str(tmp_path / "a.svg"), quantization=0.05)
    assert {k: layer.property("vp_name") for k, layer in document.layers.items()} == {
        1: "1 line 1",
        2: "2 line 2",
    }


def test_layers_without_a_plotter_are_an_error():
    with pytest.raises(RenderError, match="layers=line only applies to plotter pages"):
        draw(make_ink(30)).svg(layers="line")
    with pytest.raises(RenderError, match="layers cannot be 'lines'"):
        draw(make_ink(30), page=PLOTTER).svg(layers="lines")
