"""Pictures of the page: all styles, in the ink's own points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from html_pages import cards, decoded
from inks import make_ink, make_inks
from renderers import Drawing, Ink, Page, draw
from renderers.formats.film.timing import pen_times
from renderers.registry import STYLES
from renderers.scene.scene import Scene


def card_of(drawing: Drawing) -> dict[str, Any]:
    (one,) = cards(drawing.html())
    return decoded(one)


def points(card: dict[str, Any], ink: int = 0, view: int = 0) -> np.ndarray:
    """Return the points of an ink as a view shows them."""
    origin = next(one for one in card["views"][view]["layers"] if one.get("ink") == ink)["origin"]
    return card["inks"][ink]["points"].reshape(2, -1).T * card["step"] + origin


def test_all_styles_that_can_draw_the_ink_are_there_the_chosen_first():
    assert [one["name"] for one in card_of(make_ink().draw("eos"))["views"]] == [
        "eos", *(name for name in STYLES if name != "eos")
    ]  # fmt: skip
    bare = replace(make_ink(text=None), prediction=None)
    assert [one["name"] for one in card_of(bare.draw())["views"]] == ["plain", "color", "multi"]


@pytest.mark.parametrize("style", STYLES)
def test_points_are_those_of_the_ink(style):
    ink = make_ink()
    drawing = draw(ink, style)
    card = card_of(drawing)
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    for view in range(len(card["views"])):
        np.testing.assert_allclose(points(card, view=view), ink.points, atol=0.002 / place.scale)


@pytest.mark.parametrize("smooth", [False, True])
def test_paths_are_those_of_the_scene(smooth):
    drawing = make_ink().draw("multi", smooth=smooth)
    (layer,) = drawing.scene.layers
    card = card_of(drawing)
    (made,) = card["views"][0]["layers"]
    assert "vertices" not in made
    np.testing.assert_array_equal(made["times"], layer.times)
    np.testing.assert_array_equal(np.cumsum(made["lengths"]), layer.starts[1:])
    np.testing.assert_array_equal(made["pen"], layer.pen)
    assert [color for color, _ in made["pens"]] == [pen.color for pen in layer.pens]
    width = made["pens"][0][1] * card["step"]
    assert width == pytest.approx(layer.pens[0].width, rel=0.01)
    if smooth:
        controls = made["controls"].reshape(4, -1).T.reshape(-1, 2, 2) * card["step"]
        np.testing.assert_allclose(controls + layer.vertices[:, None], layer.controls, atol=0.01)


def test_pen_lifts_are_those_of_films():
    drawing = draw(make_inks(2), "color")
    downs = np.concatenate([one["down"] for one in card_of(drawing)["inks"]])
    steps = np.diff(pen_times(drawing.scene))
    assert np.array_equal(downs[1:] == 1, np.isclose(steps, 1 / 66))


def test_inks_on_one_page_keep_their_places_and_predictions():
    inks = make_inks(3)
    drawing = draw(inks, "plain", columns=2, caption=["text"])
    card = card_of(drawing)
    assert len(card["inks"]) == 3
    assert all("prediction" in one for one in card["inks"])
    for k, layer in enumerate(drawing.scene.layers):
        np.testing.assert_allclose(points(card, k), layer.vertices, atol=0.01)
    assert card["facts"] == []
    assert [one["text"] for layer in card["views"][0]["layers"] for one in layer["labels"]] == 3 * ["by hand"]


def test_density_is_left_to_the_page_but_other_images_are_kept():
    ink = make_ink()
    (layer,) = card_of(ink.draw("pdf"))["views"][0]["layers"]
    assert layer["raster"]["gamma"] == 0.25
    assert "pixels" not in layer["raster"]
    scene = ink.draw("pdf", resolution=64).scene
    (one,) = scene.layers
    other = replace(one, raster=replace(one.raster, gamma=None))
    (made,) = card_of(Drawing(Scene((other,)), Page()))["views"][0]["layers"]
    np.testing.assert_array_equal(
        made["raster"]["pixels"].reshape(made["raster"]["rows"], -1), one.raster.pixels
    )


def test_points_of_styles_that_move_them_are_where_they_are_drawn():
    scene = make_ink().draw("plain").scene
    (layer,) = scene.layers
    moved = replace(layer, vertices=layer.vertices * [1, 2])
    card = card_of(Drawing(replace(scene, layers=(moved,), others=None), Page()))
    np.testing.assert_allclose(points(card), moved.vertices, atol=0.01)
    assert "prediction" not in card["inks"][0]


def test_legends_and_dots_are_drawn():
    card = card_of(make_ink().draw("eos", legend=True))
    legend = card["views"][0]["layers"][1]
    assert "ink" not in legend
    assert len(legend["vertices"]) == 2 * len(legend["times"])
    dot = card_of(Ink(([[3, 4]],)).draw())
    np.testing.assert_allclose(points(dot), [[3, 4]])


def test_plotter_pages_have_neither_labels_nor_images():
    drawing = draw(make_ink(), "window", Page(plotter=True))
    for view in card_of(drawing)["views"]:
        assert view["unit"] == "mm"
        for layer in view["layers"]:
            assert "labels" not in layer
            assert "raster" not in layer
