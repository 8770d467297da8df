"""Heat maps that are painted step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inks import make_ink, make_prediction
from renderers import Drawing, Ink, Page, Prediction, RenderError, draw
from renderers.scene.scene import Raster


def raster_of(ink: Ink, **options: Any) -> Raster:
    raster = draw(ink, "pdf", **options).scene.layers[0].raster
    assert raster is not None
    return raster


def certain(ink: Ink, sigma: float, rho: float = 0.0) -> Ink:
    """Predict every offset of `ink` with one component centred on it."""
    n = len(ink)
    prediction = Prediction(
        np.full(n, 0.1),
        np.ones((n, 1)),
        ink.offsets[:, None, :2],
        np.full((n, 1, 2), sigma),
        np.full((n, 1), rho),
    )
    return Ink(ink.strokes, prediction)


@settings(max_examples=12)
@given(
    seed=st.integers(0, 5),
    count=st.integers(2, 60),
    spread=st.sampled_from([0.2, 1.0, 4.0]),
    resolution=st.integers(40, 400),
    steps=st.lists(st.integers(0, 25), max_size=12),
)
def test_map_painted_step_by_step_equals_the_whole_map(
    seed: int, count: int, spread: float, resolution: int, steps: list[int]
) -> None:
    bare = make_ink(count, seed)
    ink = Ink(bare.strokes, make_prediction(bare, seed, scale=spread))
    raster = raster_of(ink, resolution=resolution)
    painting = raster.begin()
    assert not painting.pixels.any()
    before = np.array(painting.pixels)
    for points in [*np.cumsum(steps, dtype=int).tolist(), count]:
        part = painting.advance(points)
        now = np.array(painting.pixels)
        assert now.shape == raster.pixels.shape
        assert (now >= before).all()
        elsewhere = np.ones(now.shape, dtype=bool)
        if part is not None:
            elsewhere[part] = False
        assert np.array_equal(now[elsewhere], before[elsewhere])
        before = now
    off = np.abs(before.astype(int) - raster.pixels)
    assert off.max() <= 2
    assert (off > 0).mean() <= 0.001


def test_nothing_is_painted_twice() -> None:
    raster = raster_of(make_ink(40), resolution=200)
    painting = raster.begin()
    assert painting.advance(0) is None
    assert painting.advance(1) is None  # the first point has no prediction
    assert painting.advance(20) is not None
    half = np.array(painting.pixels)
    for points in (20, 7, 0):
        assert painting.advance(points) is None
    assert painting.advance(40) is not None
    assert painting.advance(1000) is None
    assert (painting.pixels > half).any()
    assert not raster.begin().pixels.any()  # paintings are independent


def test_each_step_paints_only_its_prediction() -> None:
    points = np.array([[0.0, 0.0], [100.0, 0.0], [200.0, 40.0], [300.0, 0.0]])
    raster = raster_of(certain(Ink((points,)), 8.0), resolution=330)
    painting = raster.begin()
    pixel = raster.bounds.width / raster.pixels.shape[1]
    for count in (2, 3, 4):
        part = painting.advance(count)
        assert part is not None
        column, row = ((points[count - 1] - raster.bounds[:2]) / pixel).astype(int)
        rows, columns = part
        assert rows.start <= row < rows.stop
        assert columns.start <= column < columns.stop
        assert (columns.stop - columns.start) * pixel < 16 * 8
        assert painting.pixels[row, column] > 200
        for ahead in points[count:]:
            column, row = ((ahead - raster.bounds[:2]) / pixel).astype(int)
            assert painting.pixels[row, column] == 0


@settings(max_examples=15)
@given(count=st.integers(2, 30), t=st.floats(0, 1))
def test_raster_until_equals_the_painting(count: int, t: float) -> None:
    raster = raster_of(make_ink(count), resolution=120)
    points = round(t * count)
    painting = raster.begin()
    painting.advance(points)
    assert np.array_equal(raster.until(points).pixels, painting.pixels)
    assert raster.until(points).bounds == raster.bounds


def test_scene_until_includes_the_prediction_of_the_next_point() -> None:
    ink = make_ink(40)
    scene = draw(ink, "pdf", resolution=200).scene
    whole = scene.layers[0]
    for points in (0, 1, 17, 39, 40):
        layer = scene.until(points / 40).layers[0]
        assert set(layer.times.tolist()) <= set(range(points))
        assert layer.raster is not None
        assert whole.raster is not None
        wanted = whole.raster.until(points + 1).pixels
        assert np.abs(layer.raster.pixels.astype(int) - wanted).max() <= 2
        assert layer.raster.pixels.any() == (points > 0)


def test_until_rejects_fractions_outside_0_to_1() -> None:
    scene = draw(make_ink(20), "pdf", resolution=64).scene
    for t in (-0.01, 1.01, float("nan")):
        with pytest.raises(RenderError, match="time cannot be"):
            scene.until(t)
    assert Drawing(scene.until(1), Page()).svg() == Drawing(scene, Page()).svg()
