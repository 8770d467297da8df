"""Several inks on a page: grids and captions."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inks import make_ink, make_inks, written
from renderers import Ink, RenderError, draw
from renderers.registry import style_names
from renderers.scene.scene import Bounds, Layer

SVG = "{http://www.w3.org/2000/svg}"
# Widths in Helvetica by Adobe's metrics, in thousandths of an em.
HELVETICA = {
    **dict.fromkeys("abdeghnopquL", 556),
    **dict.fromkeys("cksvxyzJ", 500),
    **dict.fromkeys("ft .I", 278),
    **dict.fromkeys("ijl", 222),
    **dict.fromkeys("ABEKPSVXY", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("GOQ", 778),
    **{"m": 833, "M": 833, "W": 944, "r": 333, "…": 1000},
}


def overlap(one: Bounds, two: Bounds) -> bool:
    across = min(one.right, two.right) - max(one.left, two.left)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > 1e-6 and down > 1e-6


def drawn_box(layer: Layer) -> Bounds:
    return Bounds(*layer.vertices.min(axis=0), *layer.vertices.max(axis=0))


@pytest.mark.parametrize("captions", [(), ("id",)], ids=["bare", "captions"])
@pytest.mark.parametrize(("count", "columns"), [(7, 1), (7, 2), (7, 3), (4, 4), (6, 3)])
def test_grid_has_the_given_columns(count: int, columns: int, captions: tuple[str, ...]) -> None:
    several = make_inks(count, id="a")
    layers = draw(several, columns=columns, caption=captions).scene.layers
    assert len(layers) == count
    for k, one in enumerate(layers):
        assert not any(overlap(one.bounds, two.bounds) for two in layers[k + 1 :])
    middles = np.array([[(b.left + b.right) / 2, (b.top + b.bottom) / 2] for b in map(drawn_box, layers)])
    # cells include line widths and labels, so the ink is only roughly centred
    size = layers[0].size
    for k in range(count):
        row, column = divmod(k, columns)
        assert middles[k, 1] == pytest.approx(middles[row * columns, 1], abs=0.4 * size)
        if column:
            assert layers[k].bounds.left > layers[k - 1].bounds.right
            assert middles[k, 0] == pytest.approx(middles[column, 0], abs=0.2 * size)
        elif row:
            above = max(layer.bounds.bottom for layer in layers[k - columns : k])
            assert min(layer.bounds.top for layer in layers[k : k + columns]) > above


@pytest.mark.parametrize("name", style_names())
def test_all_inks_share_one_scale_and_one_pen_width(name: str) -> None:
    several = [
        written(Ink(tuple(f * s for s in i.strokes), i.prediction))
        for i, f in zip(make_inks(4), (1, 2, 0.7, 1), strict=True)
    ]
    layers = draw(several, name, columns=2, caption="id").scene.layers
    for ink, layer in zip(several, layers, strict=True):
        moved = layer.vertices - ink.points[layer.times]
        assert moved == pytest.approx(np.broadcast_to(moved[0], moved.shape), abs=1e-6)
    assert len({tuple(round(pen.width, 9) for pen in layer.pens) for layer in layers}) == 1


def test_columns_are_limited_to_the_number_of_inks() -> None:
    assert draw(make_inks(3), columns=99).svg() == draw(make_inks(3), columns=3).svg()
    assert draw(make_inks(3), columns=1).svg() == draw(make_inks(3)).svg()
    assert draw(make_inks(1), columns=5).svg() == draw(make_inks(1)).svg()


@pytest.mark.parametrize("columns", [0, -1, 1.5, True, "2", None])
def test_columns_must_be_a_positive_whole_number(columns: Any) -> None:
    with pytest.raises(RenderError, match="columns") as caught:
        draw(make_inks(2), columns=columns)
    assert "at least 1" in (caught.value.hint or "")


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("name", ["plain", "pdf"])
def test_captions_are_between_their_ink_and_the_next(name: str, columns: int) -> None:
    several = [make_ink(80, seed=k, id=f"number {k}") for k in range(6)]
    layers = draw(several, name, columns=columns, caption="id").scene.layers
    for k, layer in enumerate(layers):
        (label,) = layer.labels
        assert label.text == f"number {k}"
        box = drawn_box(layer)
        assert label.y - 0.75 * label.size > box.bottom
        assert label.y < layer.bounds.bottom
        if k + columns < len(layers):
            assert label.y + 0.25 * label.size < layers[k + columns].bounds.top
        if columns > 1:
            assert label.anchor == "middle"
            assert label.x == pytest.approx((box.left + box.right) / 2, abs=0.6 * layer.size)
        else:
            assert label.anchor == "start"
            assert label.x == pytest.approx(layers[0].bounds.left)
    assert len({layer.labels[0].size for layer in layers}) == 1


@pytest.mark.parametrize("columns", [1, 3])
def test_captions_do_not_change_the_gap_between_rows(columns: int) -> None:
    rooms = []
    for caption in ((), ("id",)):
        layers = draw([make_ink(80, seed=0, id="a")] * 6, columns=columns, caption=caption).scene.layers
        rooms.append(layers[columns].bounds.top - layers[0].bounds.bottom)
    assert rooms[1] == pytest.approx(rooms[0])


@pytest.mark.parametrize(
    ("about", "parts", "caption"),
    [
        ({"id": "a01", "text": "A move", "seed": 3}, "id", "a01"),
        ({"id": "a01", "text": "A move", "seed": 3}, ["text", "seed", "id"], "A move · seed 3 · a01"),
        ({"id": "a01", "seed": 0}, ["id", "text", "seed"], "a01 · seed 0"),
        ({"text": "A move"}, ["id", "text", " seed "], "A move"),
        ({"text": "\x07 \n", "id": ""}, ["id", "text"], None),
        ({}, ["id", "text", "seed"], None),
        ({"id": "a01"}, [], None),
    ],
    ids=str,
)
def test_caption_contains_the_available_parts(about: dict[str, Any], parts: Any, caption: str | None) -> None:
    drawing = draw(replace(make_ink(300, text=None), **about), caption=parts)
    assert [label.text for layer in drawing.scene.layers for label in layer.labels] == (
        [caption] if caption else []
    )
    assert [t.text for t in ET.fromstring(drawing.svg()).iter(f"{SVG}text")] == ([caption] if caption else [])


def test_ink_without_caption_keeps_its_cell() -> None:
    several = [make_ink(80, seed=0, id="one"), make_ink(80, seed=1), make_ink(80, seed=2, id="three")]
    layers = draw(several, columns=3, caption="id").scene.layers
    assert [len(layer.labels) for layer in layers] == [1, 0, 1]
    assert layers[0].labels[0].y == layers[2].labels[0].y


@pytest.mark.parametrize(
    ("part", "near"), [("sed", "seed"), ("txt", "text"), ("ID", "id"), ("id,text", "id")]
)
def test_unknown_caption_part_suggests_the_nearest(part: str, near: str) -> None:
    with pytest.raises(RenderError, match="part of a caption") as caught:
        draw(make_ink(30), caption=[part])
    assert near in (caught.value.hint or "")


SENTENCE = "A move to stop Mr. Gaitskell from nominating any more Labour life Peers is to be made "


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(3 * SENTENCE, id="prose"),
        pytest.param(200 * "x", id="a word"),
        pytest.param(3 * SENTENCE.upper(), id="capitals"),
        pytest.param(200 * "m", id="m"),
    ],
)
@pytest.mark.parametrize("columns", [1, 3])
def test_long_caption_is_truncated_to_its_cell(text: str, columns: int) -> None:
    layers = draw(
        [make_ink(200, seed=k, text=text) for k in range(3)], columns=columns, caption="text"
    ).scene.layers
    room = max(layer.bounds.width for layer in layers)
    for layer in layers:
        (label,) = layer.labels
        shown = label.fitted()
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])
        wide = sum(HELVETICA[c] for c in shown) / 1000 * label.size
        assert wide > 0.6 * room
        assert wide < 1.05 * room  # the gap between columns is 5 %


def test_dot_with_long_caption_is_drawn() -> None:
    drawing = draw(Ink((np.array([[1.0, 1.0]]),), text=10_000 * "x"), caption="text")
    (text,) = ET.fromstring(drawing.svg()).iter(f"{SVG}text")
    assert (text.text or "").endswith("…")
    assert len(text.text or "") < 10
    assert "…" in drawing.terminal(40)
