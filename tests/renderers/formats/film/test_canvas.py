"""Densities that grow with the ink: heat maps painted step by step, and ellipses against the predictions."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inks import make_ink, make_prediction
from renderers import Drawing, Ink, Page, Prediction, RenderError, draw
from renderers.scene.colors import to_rgb
from renderers.scene.scene import Ellipses, Raster

COMBINE = ("sum", "max")


def raster_of(ink: Ink, **options: Any) -> Raster:
    raster = draw(ink, "pdf", **options).scene.layers[0].raster
    assert raster is not None
    return raster


def ellipses_of(ink: Ink, **options: Any) -> Ellipses:
    ellipses = draw(ink, "pdf", vector=True, **options).scene.layers[0].ellipses
    assert ellipses is not None
    return ellipses


def certain(ink: Ink, sigma: float, rho: float = 0.0) -> Ink:
    """The ink with every offset predicted by one component around it."""
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
    combine=st.sampled_from(COMBINE),
    seed=st.integers(0, 5),
    count=st.integers(2, 60),
    spread=st.sampled_from([0.2, 1.0, 4.0]),
    resolution=st.integers(40, 400),
    steps=st.lists(st.integers(0, 25), max_size=12),
)
def test_a_map_painted_step_by_step_is_the_whole_map(
    combine: str, seed: int, count: int, spread: float, resolution: int, steps: list[int]
) -> None:
    bare = make_ink(count, seed)
    ink = Ink(bare.strokes, make_prediction(bare, seed, scale=spread))
    raster = raster_of(ink, combine=combine, resolution=resolution)
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


@pytest.mark.parametrize("combine", COMBINE)
def test_what_is_painted_is_not_painted_again(combine: str) -> None:
    raster = raster_of(make_ink(40), combine=combine, resolution=200)
    painting = raster.begin()
    assert painting.advance(0) is None
    assert painting.advance(1) is None  # nothing is predicted of the first point
    assert painting.advance(20) is not None
    half = np.array(painting.pixels)
    for points in (20, 7, 0):
        assert painting.advance(points) is None
    assert painting.advance(40) is not None
    assert painting.advance(1000) is None
    assert (painting.pixels > half).any()
    assert not raster.begin().pixels.any()  # another painting is another


@pytest.mark.parametrize("combine", COMBINE)
def test_a_step_shows_where_it_is_expected_and_nowhere_else(combine: str) -> None:
    points = np.array([[0.0, 0.0], [100.0, 0.0], [200.0, 40.0], [300.0, 0.0]])
    raster = raster_of(certain(Ink((points,)), 8.0), combine=combine, resolution=330)
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
def test_a_raster_until_a_point_is_the_painting_until_it(count: int, t: float) -> None:
    raster = raster_of(make_ink(count), resolution=120)
    points = round(t * count)
    painting = raster.begin()
    painting.advance(points)
    assert np.array_equal(raster.until(points).pixels, painting.pixels)
    assert raster.until(points).bounds == raster.bounds


@pytest.mark.parametrize("vector", [False, True])
def test_a_scene_until_a_time_has_what_is_expected_of_the_next_point(vector: bool) -> None:
    ink = make_ink(40)
    scene = draw(ink, "pdf", vector=vector, resolution=200).scene
    whole = scene.layers[0]
    for points in (0, 1, 17, 39, 40):
        layer = scene.until(points / 40).layers[0]
        assert set(layer.times.tolist()) <= set(range(points))
        if vector:
            assert layer.ellipses is not None
            assert whole.ellipses is not None
            expected = whole.ellipses.times[whole.ellipses.times <= points]
            assert np.array_equal(layer.ellipses.times, expected)
            assert set(expected.tolist()) == set(range(1, min(points, 39) + 1))
        else:
            assert layer.raster is not None
            assert whole.raster is not None
            wanted = whole.raster.until(points + 1).pixels
            assert np.abs(layer.raster.pixels.astype(int) - wanted).max() <= 2
            assert layer.raster.pixels.any() == (points > 0)


def chosen(prediction: Prediction, light: float = 0.1) -> list[tuple[int, int]]:
    """(step, component) of all but each step's lightest, which together weigh less than `light`."""
    found = []
    for step in range(1, len(prediction)):
        total, left_out = prediction.pi[step].sum(), 0.0
        for k in np.argsort(prediction.pi[step], kind="stable").tolist():
            left_out += float(prediction.pi[step, k])
            if left_out >= light * total and prediction.pi[step, k] > 0:
                found.append((step, k))
    return sorted(found)


@pytest.mark.parametrize("seed", [0, 1])
def test_an_ellipse_is_a_component_with_its_center_and_its_full_covariance(seed: int) -> None:
    bare = make_ink(60, seed)
    ink = Ink(bare.strokes, make_prediction(bare, seed, scale=0.5))
    p = ink.prediction
    assert p is not None
    ellipses = ellipses_of(ink)
    near = []
    for step, k in chosen(p):
        center = ink.points[step - 1] + p.mu[step, k]
        sx, sy = p.sigma[step, k]
        cov = np.array([[sx * sx, p.rho[step, k] * sx * sy], [p.rho[step, k] * sx * sy, sy * sy]])
        (at,) = np.flatnonzero(np.abs(ellipses.centers - center).max(axis=1) < 1e-6)
        assert ellipses.times[at] == step
        assert ellipses.axes[at] @ ellipses.axes[at].T / 4 == pytest.approx(cov, rel=1e-9)
        near.append(at)
    assert sorted(near) == list(range(len(ellipses.times)))


def test_denser_ellipses_lie_over_fainter_ones_and_are_more_opaque() -> None:
    bare = make_ink(60)
    ink = Ink(bare.strokes, make_prediction(bare, scale=0.5))
    p = ink.prediction
    assert p is not None
    ellipses = ellipses_of(ink)
    weight = dict.fromkeys(chosen(p), 0.0)
    for step, k in weight:
        # what is left out of a step is the others'
        weight[step, k] = p.pi[step, k] / sum(p.pi[s, j] for s, j in weight if s == step)
    centers = {key: ink.points[key[0] - 1] + p.mu[key] for key in weight}
    peaks = np.empty(len(weight))
    for (step, k), center in centers.items():
        (at,) = np.flatnonzero(np.abs(ellipses.centers - center).max(axis=1) < 1e-6)
        area = 2 * np.pi * p.sigma[step, k].prod() * np.sqrt(1 - p.rho[step, k] ** 2)
        peaks[at] = weight[step, k] / area
    assert (np.diff(ellipses.fill) >= 0).all()
    order = np.argsort(peaks)
    assert (np.diff(ellipses.fill[order]) >= 0).all()
    opacities = [opacity for _, opacity in ellipses.fills]
    assert opacities == sorted(opacities)
    assert 0 < opacities[0] < opacities[-1] < 1
    # within one fill, in time order
    same = np.diff(ellipses.fill) == 0
    assert (np.diff(ellipses.times)[same] >= 0).all()


def test_nothing_is_predicted_of_the_first_point() -> None:
    assert 0 not in ellipses_of(make_ink(40)).times
    with_one = Ink((np.array([[3.0, 4.0]]),))
    alone = draw(Ink(with_one.strokes, make_prediction(with_one)), "pdf", vector=True).scene.layers[0]
    assert alone.ellipses is None or not len(alone.ellipses.times)


def test_ellipses_far_from_the_ink_are_left_out_and_the_bounds_hold_the_others() -> None:
    bare = Ink((np.array([[0.0, 0.0], [50.0, 60.0], [100.0, 0.0]]),))
    ink = certain(bare, 5.0)
    assert ink.prediction is not None
    ink.prediction.mu[1] = [[1e6, 0.0]]
    scene = draw(ink, "pdf", vector=True).scene
    ellipses = scene.layers[0].ellipses
    assert ellipses is not None
    assert ellipses.times.tolist() == [2]
    assert scene.bounds.width < 400
    assert ellipses.centers[0, 0] + 10 <= scene.bounds.right


def test_thin_ridges_are_thin_ellipses() -> None:
    ellipses = ellipses_of(certain(make_ink(20), 5.0, rho=0.9999999))
    assert np.isfinite(ellipses.axes).all()
    lengths = np.linalg.svd(ellipses.axes)[1]
    assert lengths[:, 0] == pytest.approx(np.full(len(lengths), 10 * np.sqrt(2)), rel=1e-3)
    assert (lengths[:, 1] < 0.02).all()
    assert (lengths[:, 1] > 0).all()


@pytest.mark.cairo
@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.8])
def test_an_ellipse_is_drawn_where_its_component_is(rho: float) -> None:
    """The filled pixels' own covariance is a quarter of the squared half axes: the component's, 2 σ far."""
    bare = Ink((np.array([[0.0, 0.0], [60.0, 40.0]]), np.array([[-60.0, -40.0]])))
    ink = certain(bare, 9.0, rho)
    assert ink.prediction is not None
    ink.prediction.mu[1] = [[30.0, -20.0]]
    ink.prediction.sigma[1] = [[9.0, 14.0]]
    ink.prediction.mu[2] = [[1e6, 0.0]]
    page = Page(width=600)
    drawing = draw(ink, "pdf", page, vector=True, palette="#ff0000,#f80000", color="#0000ff", width=0.001)
    place = page.place(drawing.scene.bounds, drawing.scene.size)
    rgb = np.asarray(Image.open(io.BytesIO(drawing.png())).convert("RGB")).astype(int)
    y, x = np.nonzero((rgb[..., 0] > 240) & (rgb[..., 1] < 230))
    middle = place.apply(np.array([[30.0, -20.0]]))[0]
    assert (x.mean() + 0.5, y.mean() + 0.5) == pytest.approx(tuple(middle), abs=1)
    wanted = np.array([[81, rho * 126], [rho * 126, 196]]) * place.scale**2
    assert np.cov(x, y) == pytest.approx(wanted, rel=0.05, abs=0.02 * wanted.max())


@pytest.mark.cairo
def test_both_pictures_of_a_density_show_it_in_one_place() -> None:
    ink = make_ink(60)
    dark = {}
    for vector in (False, True):
        drawing = draw(ink, "pdf", Page(width=300, height=200), vector=vector)
        scene = drawing.scene
        place = drawing.page.place(scene.bounds, scene.size)
        rgb = np.asarray(Image.open(io.BytesIO(drawing.png())).convert("RGB")).astype(int)
        at = place.apply(ink.points[1:]).astype(int)
        near = rgb[np.clip(at[:, 1] + 2, 0, 199), np.clip(at[:, 0] + 2, 0, 299)]
        dark[vector] = float((near.min(axis=1) < 220).mean())
        assert (rgb[:, 0] > 250).all()
    assert min(dark.values()) > 0.85


def test_a_palette_colors_ellipses_from_faint_to_dense() -> None:
    fills = ellipses_of(make_ink(40), palette="white,#333333").fills
    greys = [to_rgb(color) for color, _ in fills]
    assert greys[0] == (255, 255, 255)
    assert greys[-1] == (51, 51, 51)
    assert all(one[0] > two[0] for one, two in pairwise(greys))


@pytest.mark.parametrize("vector", [False, True])
def test_a_time_outside_the_ink_is_refused(vector: bool) -> None:
    scene = draw(make_ink(20), "pdf", vector=vector, resolution=64).scene
    for t in (-0.01, 1.01, float("nan")):
        with pytest.raises(RenderError, match="time is"):
            scene.until(t)
    assert Drawing(scene.until(1), Page()).svg() == Drawing(scene, Page()).svg()
