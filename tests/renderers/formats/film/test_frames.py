"""GIF films: the content of their frames."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

from films import (
    CLEAR,
    SMALL,
    one_stroke,
    parse,
    picture,
    pixel_box,
    points_shown,
    stills,
)
from inks import make_ink
from renderers import Drawing, Ink, Page, Prediction, draw
from renderers.registry import style_names
from renderers.scene.scene import Bounds

pytestmark = pytest.mark.cairo


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", {}),
        ("color", {"smooth": True}),
        ("multi", {}),
        ("eos", {}),
        ("pdf", {}),
    ],
)
def test_frame_covers_only_the_new_points(name: str, options: dict[str, Any]) -> None:
    ink = one_stroke(50)
    assert ink.prediction is not None
    drawing = draw(ink, name, SMALL, **options)
    place = SMALL.place(drawing.scene.bounds, drawing.scene.size)
    film = parse(drawing.gif(fps=25, duration=49 / 25))
    assert len(film.frames) == 49  # the first shows two points, and each adds one
    xy = place.apply(ink.points)
    pen = max(p.width for p in drawing.scene.layers[0].pens) * place.scale / 2
    for number, frame in enumerate(film.frames[1:], start=1):
        arrives = number + 1
        corners = xy[arrives - 1 : arrives + 1]
        more = pen + 2 + (0.5 * np.ptp(corners, axis=0).max() if options.get("smooth") else 0)
        low, high = corners.min(axis=0) - more, corners.max(axis=0) + more
        if name == "pdf" and arrives + 1 < len(ink):
            # the prediction of the next point is new too; wide components extend a little beyond 4 σ
            center = place.apply(ink.points[arrives] + ink.prediction.mu[arrives + 1])
            reach = 8 * ink.prediction.sigma[arrives + 1] * place.scale + 4
            low = np.minimum(low, (center - reach).min(axis=0))
            high = np.maximum(high, (center + reach).max(axis=0))
        left, top, right, bottom = frame.box
        assert (np.array([left, top]) >= np.floor(low)).all(), number
        assert (np.array([right, bottom]) <= np.ceil(high)).all(), number
    # boxes are small
    areas = [(f.box[2] - f.box[0]) * (f.box[3] - f.box[1]) for f in film.frames[1:]]
    assert np.median(areas) < 0.2 * film.size[0] * film.size[1]


@pytest.mark.parametrize("page", [SMALL, CLEAR], ids=["white", "clear"])
@pytest.mark.parametrize("name", style_names())
def test_drawn_pixels_stay(name: str, page: Page) -> None:
    options = {"labels": False} if name == "window" else {}  # the mark behind the letters moves
    seen = stills(draw(make_ink(60), name, page, **options).gif(duration=1))
    there = np.zeros(seen[0].shape[:2], dtype=bool)
    for still in seen:
        nothing = still[..., 3] == 0 if page is CLEAR else (still[..., :3] == 255).all(axis=2)
        assert not (there & nothing).any()
        # shades close to white may be rounded to white in the palette
        there |= ~nothing if page is CLEAR else still[..., :3].min(axis=2) < 240
    assert there.any()


def test_dark_ink_does_not_get_lighter() -> None:
    seen = stills(draw(make_ink(60), page=SMALL).gif(duration=1))
    for one, two in pairwise(seen):
        assert (two[..., :3] <= one[..., :3] + 8).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in style_names()),
        *((name, {"smooth": True}) for name in style_names()),
        ("eos", {"legend": True}),
        ("pdf", {"resolution": 100}),
    ],
    ids=str,
)
def test_last_frame_equals_the_png(name: str, options: dict[str, Any]) -> None:
    drawing = draw(make_ink(60), name, SMALL, **options)
    last, still = stills(drawing.gif(duration=0.5, scale=1.5))[-1], picture(drawing, scale=1.5)
    assert last.shape[:2] == still.shape[:2]
    off = np.abs(last[..., :3] - still)
    # where pens overlap, a film draws the later point on top, a PNG the later pen
    mean, share = (2.5, 0.025) if name == "multi" else (0.6, 0.001)
    if "legend" in options or name in ("window", "attention"):  # letters differ in subpixel position
        mean, share = 2.5, 0.015
    assert off.mean() < mean
    assert (off.max(axis=2) > 64).mean() < share


@pytest.mark.parametrize(
    ("name", "options"),
    [("plain", {}), ("plain", {"smooth": True}), ("color", {}), ("eos", {})],
)
def test_every_frame_equals_scene_until(name: str, options: dict[str, Any]) -> None:
    inks = [make_ink(45, seed=1), make_ink(33, seed=2)]
    drawing = draw(inks, name, SMALL, caption="id", **options)
    gif = drawing.gif(fps=10, duration=2.4)
    shown, seen = points_shown(inks, parse(gif), 10, 2.4), stills(gif)
    assert len(set(shown)) == len(shown) > 12
    assert shown[-1] == 78
    for count, still in list(zip(shown, seen, strict=True))[::3]:
        part = picture(Drawing(drawing.scene.until(count / 78), SMALL))
        off = np.abs(still[..., :3] - part).max(axis=2)
        assert (off > 80).mean() < 0.0015, count
        # the comparison is sensitive: six points later the picture differs
        if count + 6 <= 78:
            later = picture(Drawing(drawing.scene.until((count + 6) / 78), SMALL))
            assert (np.abs(still[..., :3] - later).max(axis=2) > 80).mean() > 0.0015


def test_every_frame_of_a_heat_map_equals_scene_until() -> None:
    ink = one_stroke(30)
    drawing = draw(ink, "pdf", SMALL)
    seen = stills(drawing.gif(fps=10, duration=2.9))
    assert len(seen) == 29
    for number in (0, 7, 20, 28):
        part = picture(Drawing(drawing.scene.until((number + 2) / 30), SMALL))
        off = np.abs(seen[number][..., :3] - part)
        assert off.mean() < 0.7
        assert (off.max(axis=2) > 64).mean() < 0.002


def test_density_appears_one_frame_before_the_pen() -> None:
    points = np.array([[0.0, 0.0], [20.0, 30.0], [40.0, 0.0], [60.0, 30.0], [200.0, 20.0], [220.0, 0.0]])
    mu = np.concatenate([np.zeros((1, 2)), np.diff(points, axis=0)])[:, None]
    prediction = Prediction(np.full(6, 0.1), np.ones((6, 1)), mu, np.full((6, 1, 2), 6.0), np.zeros((6, 1)))
    drawing = draw(Ink((points,), prediction), "pdf", SMALL)
    seen = stills(drawing.gif(fps=10, duration=0.5))
    assert len(seen) == 5  # the first shows two points, and each adds one
    place = SMALL.place(drawing.scene.bounds, drawing.scene.size)
    # next to the far point, within its density but off the ink
    x, y = place.apply(points[4:5] + 8.0).astype(int)[0]
    white = [bool((still[y, x, :3] == 255).all()) for still in seen]
    assert white == [True, True, False, False, False]
    far = place.apply(points[4:5]).astype(int)[0]
    dark = [bool(still[far[1], far[0], :3].max() < 90) for still in seen]
    assert dark == [False, False, False, True, True]


def test_lines_are_written_one_after_another() -> None:
    inks = [make_ink(40, seed=k) for k in range(3)]
    drawing = draw(inks, page=SMALL)
    seen = stills(drawing.gif(duration=2, fps=20))
    boxes = [pixel_box(drawing, layer.bounds) for layer in drawing.scene.layers]
    begun = [[int((still[box][..., :3] != 255).any(axis=2).sum()) for box in boxes] for still in seen]
    whole = begun[-1]
    assert min(whole) > 50
    for one, two, three in begun:
        assert two == 0 or one == whole[0]
        assert three == 0 or two == whole[1]
    assert begun[0][0] < whole[0]


@pytest.mark.parametrize("page", [SMALL, CLEAR], ids=["white", "clear"])
@pytest.mark.parametrize("kind", ["captions", "legend"])
def test_captions_and_legends_are_in_the_first_frame(kind: str, page: Page) -> None:
    page = Page(width=600, background=page.background)
    if kind == "captions":
        inks = [make_ink(30, seed=k, id=f"line {k}") for k in range(2)]
        drawing = draw(inks, page=page, columns=2, caption="id")
        boxes = []
        for layer in drawing.scene.layers:
            (label,) = layer.labels
            half = 1.5 * label.size
            boxes.append(Bounds(label.x - half, label.y - label.size, label.x + half, label.y))
    else:
        drawing = draw(make_ink(60), "eos", page, legend=True)
        boxes = [drawing.scene.layers[1].bounds]
    seen = stills(drawing.gif(duration=0.5))
    assert len(seen) > 5
    assert not np.array_equal(seen[0], seen[-1])
    for box in boxes:
        part = pixel_box(drawing, box)
        first, last = seen[0][part], seen[-1][part]
        assert np.array_equal(first, last)
        assert (first[..., :3].sum(axis=2) < 500).mean() > 0.02


@pytest.mark.parametrize("name", style_names())
def test_only_the_background_is_transparent(name: str) -> None:
    ink = make_ink(60)
    drawing = draw(ink, name, CLEAR)
    seen = stills(drawing.gif(duration=1, scale=2))
    assert set(np.unique(seen[-1][..., 3])) == {0, 255}
    place = CLEAR.place(drawing.scene.bounds, drawing.scene.size)
    at = (2 * place.apply(ink.points)).astype(int)
    dots = np.concatenate([[len(s) == 1] * len(s) for s in ink.strokes])
    assert (seen[-1][at[:, 1], at[:, 0], 3][~dots] == 255).all()
    for still in (seen[0], seen[-1]):
        rim = np.concatenate([still[0], still[-1], still[:, 0], still[:, -1]])
        assert (rim[:, 3] == 0).all()
    assert (seen[0][..., 3] == 0).mean() > (seen[-1][..., 3] == 0).mean() > 0.4


@pytest.mark.parametrize("name", ["plain", "pdf"])
def test_ink_on_a_transparent_background_has_no_dark_edge(name: str) -> None:
    color = {"color": "#ff0000"} | ({"palette": "#ffff00,#ff8800"} if name == "pdf" else {})
    last = stills(draw(make_ink(60), name, CLEAR, **color).gif(duration=0.2))[-1]
    seen = last[last[..., 3] == 255]
    assert seen[:, 0].min() > 230


@pytest.mark.parametrize("color", ["#ffffff", "#fefefe", "#000000"])
def test_ink_on_a_transparent_page_keeps_its_color(color: str) -> None:
    film = Image.open(io.BytesIO(draw(make_ink(40), page=CLEAR, color=color).gif(duration=0.1, hold=0.1)))
    film.seek(film.n_frames - 1)
    rgba = np.asarray(film.convert("RGBA"))
    seen = rgba[rgba[..., 3] > 0][:, :3]
    assert len(seen) > 50
    assert np.abs(seen.astype(int) - int(color[1:3], 16)).max() <= 4
