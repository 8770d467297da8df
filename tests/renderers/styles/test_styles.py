"""What each style draws."""

from __future__ import annotations

import numpy as np
import pytest

from colour_vision import BLIND
from inks import make_ink, make_prediction, written
from renderers import Ink, RenderError, draw
from renderers.registry import style_names
from renderers.scene.arrange import GAP, arrange
from renderers.scene.colors import gradient, oklab, to_rgb
from renderers.scene.scene import Bounds
from renderers.styles.color import PALETTE
from renderers.styles.eos import tones
from renderers.styles.strokes import writing_size


def odd_ink(strokes: list[list[list[float]]]) -> Ink:
    bare = Ink(tuple(np.array(s) for s in strokes))
    return written(Ink(bare.strokes, make_prediction(bare, components=3)), "odd")


ODD = {
    "one point": [[[3.0, 4.0]]],
    "one point at the origin": [[[0.0, 0.0]]],
    "two points": [[[0.0, 0.0], [1.0, 1.0]]],
    "one point many times": [[[5.0, 5.0]] * 4],
    "only dots": [[[0.0, 0.0]], [[10.0, 0.0]], [[20.0, 5.0]]],
    "a horizontal line": [[[0.0, 7.0], [50.0, 7.0], [90.0, 7.0]]],
    "a vertical line": [[[7.0, 0.0], [7.0, 500.0]]],
    "far away": [[[1e12, -1e12], [1e12 + 30, -1e12 + 40], [1e12 + 60, -1e12]], [[1e12 + 5, -1e12 - 20]]],
    "tiny": [[[0.0, 0.0], [1e-9, 2e-9], [3e-9, 0.0]]],
    "huge": [[[0.0, 0.0], [1e12, 1e12], [2e12, 0.0]]],
}


@pytest.mark.parametrize("name", style_names())
@pytest.mark.parametrize("strokes", ODD.values(), ids=ODD.keys())
def test_every_style_draws_degenerate_ink_as_svg_and_text(
    name: str, strokes: list[list[list[float]]]
) -> None:
    drawing = draw(odd_ink(strokes), name)
    bounds = drawing.scene.bounds
    assert bounds.width > 0
    assert bounds.height > 0
    assert "<path" in drawing.svg()
    assert any(0x2800 < ord(c) <= 0x28FF for c in drawing.terminal(30))


@pytest.mark.cairo
@pytest.mark.parametrize("name", style_names())
@pytest.mark.parametrize("strokes", ODD.values(), ids=ODD.keys())
def test_every_style_draws_degenerate_ink_as_png(name: str, strokes: list[list[list[float]]]) -> None:
    assert draw(odd_ink(strokes), name).png(width=64).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", style_names())
def test_svg_and_text_are_deterministic(name: str) -> None:
    one, two = (draw(make_ink(80), name) for _ in range(2))
    assert one.svg() == two.svg()
    assert one.terminal(60, color=True) == two.terminal(60, color=True)


@pytest.mark.cairo
@pytest.mark.parametrize("name", style_names())
def test_png_is_deterministic(name: str) -> None:
    one, two = (draw(make_ink(80), name) for _ in range(2))
    assert one.png(width=300) == two.png(width=300)


@pytest.mark.parametrize("name", style_names())
def test_bounds_fit_the_ink_far_from_the_origin(name: str, ink: Ink) -> None:
    bounds = draw(ink, name).scene.bounds
    low, high = ink.points.min(axis=0), ink.points.max(axis=0)
    assert bounds.left < low[0] < high[0] < bounds.right
    assert bounds.top < low[1] < high[1] < bounds.bottom
    room = 1.6 * writing_size(ink)  # heat maps do not extend further
    assert bounds.left > low[0] - room
    rows = 0.3 * len(ink.text) * writing_size(ink) if name == "attention" else 0.0  # of its map
    assert bounds.top > low[1] - room - rows
    assert bounds.right < high[0] + room
    assert bounds.bottom < high[1] + room


def test_bounds_include_dots_and_half_the_line_width() -> None:
    scene = draw(odd_ink([[[0.0, 0.0], [100.0, 50.0]], [[130.0, -20.0]]])).scene
    half = scene.nib / 2
    assert np.allclose(scene.bounds, Bounds(-half, -20 - half, 130 + half, 50 + half))


def test_scaling_the_ink_does_not_change_the_picture(ink: Ink) -> None:
    larger = Ink(tuple(1000 * s for s in ink.strokes))
    assert draw(Ink(ink.strokes)).svg() == draw(larger).svg()


def test_neighbouring_strokes_differ_in_color(ink: Ink) -> None:
    for options in ({}, {"palette": "red,blue"}, {"palette": "red,blue,red"}):
        pen = draw(ink, "color", **options).scene.layers[0].pen
        assert (np.diff(pen) != 0).all()


@pytest.mark.parametrize("eyes", BLIND, ids=["normal", "red-blind", "green-blind", "blue-blind"])
def test_palette_colors_are_distinguishable(eyes: list[list[float]]) -> None:
    c = np.array([to_rgb(color) for color in PALETTE]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(eyes).T, 0, 1)
    srgb = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = oklab(255 * srgb)
    far = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    assert far[np.triu_indices(len(PALETTE), 1)].min() > 0.1
    assert np.linalg.norm(lab - np.roll(lab, 1, axis=0), axis=1).min() > 0.14
    contrast = 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    assert contrast.min() >= 3


@pytest.mark.parametrize("order", ["contrast", "time"])
def test_multi_draws_every_segment_and_dot(ink: Ink, order: str) -> None:
    layer = draw(ink, "multi", order=order).scene.layers[0]
    dots = sum(len(s) == 1 for s in ink.strokes)
    assert dots > 3
    lengths = np.diff(layer.starts)
    # a path with k points is k - 1 segments, or a dot
    assert np.maximum(lengths - 1, 1).sum() == len(ink) - len(ink.strokes) + dots
    if order == "contrast":
        assert sorted(np.unique(lengths)) == [1, 2]
        assert (np.diff(layer.pen) != 0).all()
    else:
        assert (np.diff(layer.pen) >= 0).all()


def test_multi_colors_depend_on_the_seed(ink: Ink) -> None:
    assert draw(ink, "multi", seed=1).svg() != draw(ink, "multi", seed=2).svg()


def test_eos_color_and_width_are_monotone_in_probability(ink: Ink) -> None:
    layer = draw(ink, "eos").scene.layers[0]
    assert ink.prediction is not None
    arrives = layer.times[layer.starts[1:] - 1]
    p = ink.prediction.eos[arrives]
    order = np.argsort(p)
    assert (np.diff(layer.pen[order]) >= 0).all()
    assert layer.pen.min() == 0
    assert layer.pen.max() == len(layer.pens) - 1
    widths = [pen.width for pen in layer.pens]
    assert widths == sorted(widths)
    lightness = oklab(np.array([to_rgb(pen.color) for pen in layer.pens]))[:, 0]
    assert (np.diff(lightness) > -0.004).all()  # tolerance for rounding to hex digits
    assert lightness[0] < 0.45  # typical points are dark on white
    assert lightness[-1] < 0.8


def test_eos_uses_the_probability_of_the_arrival_point() -> None:
    bare = Ink((np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]]), np.array([[30.0, 5.0]])))
    p = make_prediction(bare)
    object.__setattr__(p, "eos", np.array([0.9, 0.01, 0.3, 0.6]))
    layer = draw(Ink(bare.strokes, p), "eos").scene.layers[0]
    first, second, dot = layer.pen
    assert first == 0
    assert dot == len(layer.pens) - 1  # no segment arrives at the first point, with 0.9
    assert first < second < dot


def test_tones_of_equal_probabilities_are_zero() -> None:
    assert not tones(np.full(5, 0.3)).any()


@pytest.mark.parametrize("name", ["eos", "pdf"])
def test_styles_that_need_predictions_suggest_scoring(name: str) -> None:
    with pytest.raises(RenderError) as caught:
        draw(Ink((np.zeros((2, 2)),)), name)
    assert "no predictions" in caught.value.message
    assert caught.value.hint == f"score it first: hw render --style {name} --model NAME"


def test_empty_ink_is_rejected(ink: Ink) -> None:
    for inks in (Ink(()), [], [ink, Ink((), id="b2")]):
        with pytest.raises(RenderError, match=r"nothing to draw|no ink to draw"):
            draw(inks)
    with pytest.raises(RenderError, match="line 2"):
        draw([ink, Ink(())])


def test_until_reveals_the_ink_within_the_same_bounds(ink: Ink) -> None:
    for name in style_names():
        scene = draw(ink, name).scene
        before = 0
        for t in (0.0, 0.25, 0.5, 1.0):
            part = scene.until(t)
            layer = part.layers[0]
            assert part.bounds == scene.bounds
            assert (layer.times < round(t * len(ink))).all()
            assert len(layer.vertices) == layer.starts[-1] >= before
            assert (np.diff(layer.starts) >= 1).all()
            before = int(layer.starts[-1])
            assert part.until(1.0).layers[0].vertices.shape == layer.vertices.shape
        assert scene.until(0.0).layers[0].starts[-1] == 0
        assert "<path" not in draw(ink, name).__class__(scene.until(0.0), draw(ink).page).svg()
        assert np.array_equal(scene.until(1.0).layers[0].vertices, scene.layers[0].vertices)
    with pytest.raises(RenderError):
        scene.until(1.5)


def test_until_proceeds_line_by_line(ink: Ink) -> None:
    scene = draw([ink, ink], "pdf").scene
    half = scene.until(0.5)
    assert np.array_equal(half.layers[0].vertices, scene.layers[0].vertices)
    assert len(half.layers[1].vertices) == 0
    first, second = half.layers[0].raster, half.layers[1].raster
    assert first is not None
    assert second is not None
    assert first.pixels.any()
    assert not second.pixels.any()


def test_stacked_inks_share_pen_and_left_edge() -> None:
    small = make_ink(100, seed=1)
    large = Ink(tuple(1.5 * s for s in make_ink(150, seed=2).strokes))
    scenes = [draw(small).scene, draw(large).scene, draw(small).scene]
    scene = arrange(scenes)
    gap = GAP * scenes[0].bounds.height  # the median height
    a, b, c = (layer.bounds for layer in scene.layers)
    assert np.allclose([a.left, b.left, c.left], 0)
    assert np.isclose(b.top - a.bottom, gap, rtol=0.02)
    assert np.isclose(c.top - b.bottom, gap, rtol=0.02)
    assert len({layer.pens for layer in scene.layers}) == 1
    for layer in scene.layers:
        assert layer.vertices[:, 1].min() > layer.bounds.top
        assert layer.vertices[:, 1].max() < layer.bounds.bottom


def test_gradient_steps_are_even_in_oklab() -> None:
    lab = oklab(gradient(["#333333", "#ffffff"], 17))
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.2
