"""The path of a pen: whole strokes in writing order, and in an order that shortens travel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inks import make_ink
from renderers import Page, draw
from renderers.formats.toolpath import pen_strokes, sorted_for_travel, travel_length
from renderers.registry import STYLES

HOME = np.zeros(2)
points = st.tuples(*[st.floats(0, 200, allow_nan=False)] * 2)
strokes_of_lines = st.lists(st.lists(points, min_size=1, max_size=5).map(np.array), min_size=1, max_size=30)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_gives_the_strokes_of_the_ink(style: str) -> None:
    ink = make_ink(300)
    drawing = draw([ink, ink], style, Page(plotter=True), caption=["text"])
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    found = pen_strokes(drawing.scene, place, 0.01)
    assert len(found) == 2 * len(ink.strokes)
    for stroke, one in zip(ink.strokes, found[: len(ink.strokes)], strict=True):
        # the distance from the first point: captions and line widths move the ink on the page
        assert one - one[0] == pytest.approx((stroke - stroke[0]) * place.scale, abs=1e-9)


@pytest.mark.parametrize("style", ["plain", "multi"])
def test_an_unwritten_scene_has_no_strokes(style: str) -> None:
    drawing = draw(make_ink(60), style)
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size)
    assert pen_strokes(drawing.scene.until(0), place, 0.01) == []


@given(strokes_of_lines)
def test_sorting_keeps_every_stroke_and_never_lengthens_travel(strokes: list[np.ndarray]) -> None:
    found = sorted_for_travel(strokes, HOME)
    either_way = lambda s: min(s.tolist(), s[::-1].tolist())  # noqa: E731
    assert sorted(map(either_way, found)) == sorted(map(either_way, strokes))
    assert travel_length(found, HOME) <= travel_length(strokes, HOME) + 1e-9


def test_sorting_finds_the_way_around_a_ring() -> None:
    """Strokes in convex position: the shortest closed way is the only one that 2-opt cannot improve."""
    turn = np.linspace(0, 2 * np.pi, 49)[:-1]
    around = np.stack([100 - 100 * np.cos(turn), 100 * np.sin(turn)], axis=1).reshape(24, 2, 2)
    shuffled = [around[k] if k % 2 else around[k][::-1] for k in np.random.default_rng(1).permutation(24)]
    found = sorted_for_travel(shuffled, HOME)
    assert travel_length(found, HOME) == pytest.approx(24 * 200 * np.sin(np.pi / 48), rel=1e-6)


def test_sorting_is_shorter_than_taking_the_nearest_stroke_each_time() -> None:
    rng = np.random.default_rng(4)
    strokes = [rng.uniform(0, 100, (2, 2)) for _ in range(200)]
    left, here, nearest = list(strokes), HOME, []
    while left:
        away = [min(np.hypot(*(s[0] - here)), np.hypot(*(s[-1] - here))) for s in left]
        stroke = left.pop(int(np.argmin(away)))
        nearer = np.hypot(*(stroke[-1] - here)) < np.hypot(*(stroke[0] - here))
        nearest.append(stroke[::-1] if nearer else stroke)
        here = nearest[-1][-1]
    found = sorted_for_travel(strokes, HOME)
    assert travel_length(found, HOME) < 0.9 * travel_length(nearest, HOME)
