"""The legend of the style eos."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from inks import make_ink, make_inks
from renderers import Ink, Page, draw
from renderers.scene.scene import Bounds, Layer

SVG = "{http://www.w3.org/2000/svg}"


def drawn_box(layer: Layer) -> Bounds:
    return Bounds(*layer.vertices.min(axis=0), *layer.vertices.max(axis=0))


@pytest.mark.parametrize("count", [1, 2])
def test_eos_has_a_legend_on_request(count: int) -> None:
    several = make_inks(count)
    assert not list(ET.fromstring(draw(several, "eos").svg()).iter(f"{SVG}text"))
    drawing = draw(several, "eos", legend=True)
    texts = list(ET.fromstring(drawing.svg()).iter(f"{SVG}text"))
    assert len(texts) == 5 * count
    for k, ink in enumerate(several):
        heading, *below = texts[5 * k : 5 * k + 5]
        assert "probability" in (heading.text or "")
        marks = [mark.text or "" for mark in sorted(below, key=lambda mark: float(mark.get("x", "nan")))]
        assert ink.prediction is not None
        first = np.concatenate([[True], ink.ends[:-1]])
        arrived_at = ~first | ink.ends
        eos = ink.prediction.eos[arrived_at]
        values = [float(mark) for mark in marks]
        assert values == sorted(values)
        assert values[0] == pytest.approx(eos.min(), rel=0.05)
        assert values[-1] == pytest.approx(eos.max(), rel=0.05)


def test_legend_is_below_the_ink_and_has_no_points(ink: Ink) -> None:
    scene = draw(ink, "eos", legend=True).scene
    layer, legend = scene.layers
    assert legend.bounds.top > layer.bounds.bottom
    assert legend.bounds.left == pytest.approx(layer.bounds.left)
    assert scene.count == layer.count == len(ink)
    box = drawn_box(legend)
    for label in legend.labels:
        assert legend.bounds.top < label.y < legend.bounds.bottom
        assert box.left <= label.x <= box.right
    # every pen of the ink, in order of probability
    assert legend.pen.tolist() == list(range(len(layer.pens)))
    assert (np.diff(legend.vertices[::2, 0]) > 0).all()
    assert scene.until(0).layers[1].labels == legend.labels


@pytest.mark.parametrize(
    ("eos", "words"),
    [(np.full(200, 0.25), ["0.25"]), (np.linspace(0, 1, 200), ["< 0.001", "0.11", "0.44", "1"])],
    ids=["equal", "all"],
)
def test_legend_shows_the_range_of_probabilities(eos: np.ndarray, words: list[str]) -> None:
    ink = make_ink(200)
    object.__setattr__(ink.prediction, "eos", np.where(np.arange(200) == 1, eos.min(), eos))
    _, legend = draw(ink, "eos", legend=True).scene.layers
    assert [label.text for label in sorted(legend.labels[1:], key=lambda label: label.x)] == words


def test_plotter_page_has_no_legend() -> None:
    for page, count in ((Page(), 2), (Page(plotter=True), 1)):
        root = ET.fromstring(draw(make_ink(60), "eos", page, legend=True).svg())
        assert len([child for child in root if child.tag == f"{SVG}g"]) == count
