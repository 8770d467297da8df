"""Catmull-Rom curves: their mathematics, and how styles and formats draw them."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inks import make_ink, make_prediction, written
from renderers import Ink, Page, draw
from renderers.registry import style_names
from renderers.scene.splines import catmull_rom, flatten, flatten_within

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+)")


def controls_of(*strokes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the concatenated points and control points of all strokes."""
    ink = Ink(tuple(np.array(s, dtype=float) for s in strokes))
    return ink.points, catmull_rom(ink.points, ink.ends)


def bezier(p0: np.ndarray, controls: np.ndarray, p3: np.ndarray, t: float) -> np.ndarray:
    """Evaluate a cubic Bézier curve by de Casteljau's algorithm."""
    row = [p0, controls[0], controls[1], p3]
    while len(row) > 1:
        row = [(1 - t) * a + t * b for a, b in pairwise(row)]
    return row[0]


def barry_goldman(p: np.ndarray, s: float) -> np.ndarray:
    """Evaluate the centripetal Catmull-Rom spline of four points at the fraction s of its middle segment."""
    k = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    t = k[1] + s * (k[2] - k[1])

    def between(i: int, j: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return ((k[j] - t) * a + (t - k[i]) * b) / (k[j] - k[i])

    a = [between(i, i + 1, p[i], p[i + 1]) for i in range(3)]
    b = [between(i, i + 2, a[i], a[i + 1]) for i in range(2)]
    return between(1, 2, b[0], b[1])


coordinate = st.floats(-1000, 1000).map(lambda v: round(v, 2))
points_of_a_stroke = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=12)
apart = points_of_a_stroke.filter(lambda ps: all(a != b for a, b in pairwise(ps)))


@given(st.lists(apart, min_size=1, max_size=4), st.floats(0, 1))
def test_curve_equals_barry_goldman_evaluation(strokes: list[Any], s: float) -> None:
    points, controls = controls_of(*strokes)
    at = 0
    for stroke in strokes:
        p = np.array(stroke, dtype=float)
        if len(p) > 1:
            # beyond the ends, neighbours are mirrored
            whole = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
            for j in range(1, len(p)):
                mine = bezier(points[at + j - 1], controls[at + j], points[at + j], s)
                assert mine == pytest.approx(barry_goldman(whole[j - 1 : j + 3], s), abs=1e-7)
        at += len(p)


@given(st.lists(points_of_a_stroke, min_size=1, max_size=4))
def test_curve_passes_through_all_points_in_order(strokes: list[Any]) -> None:
    ink = Ink(tuple(np.array(s, dtype=float) for s in strokes))
    starts = np.concatenate([[0], np.cumsum([len(s) for s in strokes])])
    vertices, cuts = flatten(ink.points, starts, catmull_rom(ink.points, ink.ends))
    assert np.isfinite(vertices).all()
    for p, first, end in zip(ink.strokes, cuts[:-1], cuts[1:], strict=True):
        path = vertices[first:end]
        each = (len(path) - 1) // max(len(p) - 1, 1)
        assert (each > 1) == (len(p) > 1)
        assert len(path) == 1 + each * (len(p) - 1)
        assert np.array_equal(path[:: max(each, 1)], p)


@given(apart.filter(lambda ps: len(ps) > 2))
def test_tangent_is_continuous_at_inner_points(stroke: list[Any]) -> None:
    points, controls = controls_of(stroke)
    arriving, leaving = points[1:-1] - controls[1:-1, 1], controls[2:, 0] - points[1:-1]
    lengths = np.linalg.norm(arriving, axis=1) * np.linalg.norm(leaving, axis=1)
    turn = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
    assert turn == pytest.approx(np.zeros(len(turn)), abs=1e-9 + 1e-9 * lengths.max())
    assert ((arriving * leaving).sum(axis=1) >= -1e-9).all()


@given(
    st.lists(st.floats(0.01, 100), min_size=1, max_size=10),
    st.floats(0, 2 * np.pi),
)
def test_straight_lines_stay_straight(steps: list[float], angle: float) -> None:
    along = np.concatenate([[0.0], np.cumsum(steps)])
    direction = np.array([np.cos(angle), np.sin(angle)])
    points, controls = controls_of(along[:, None] * direction + [5.0, -7.0])
    away = (controls.reshape(-1, 2) - points[0]) @ [-direction[1], direction[0]]
    assert away == pytest.approx(np.zeros(len(away)), abs=1e-9)
    # and the pen does not move backwards
    path, _ = flatten(points, np.array([0, len(points)]), controls)
    assert (np.diff(path @ direction) > -1e-9).all()


def test_evenly_spaced_points_give_a_uniform_spline() -> None:
    """Equal chords make centripetal splines uniform: tangents are a sixth of the neighbours' distance."""
    p = np.array([[0.0, 0.0], [3.0, 4.0], [8.0, 4.0], [11.0, 8.0]])
    _, controls = controls_of(p)
    assert controls[2, 0] == pytest.approx(p[1] + (p[2] - p[0]) / 6)
    assert controls[2, 1] == pytest.approx(p[2] - (p[3] - p[1]) / 6)


@pytest.mark.parametrize(
    "strokes",
    [
        [[[5, 5]]],
        [[[5, 5]], [[6, 5]]],
        [[[5, 5]] * 4],
        [[[0, 0], [0, 0], [10, 0], [10, 0], [10, 0], [10, 10]]],
        [[[0, 0], [10, 0], [0, 0], [10, 0]]],
        [[[0, 0], [10, 5]]],
        [[[1e12, -1e12], [1e12 + 3, -1e12 + 4], [1e12, -1e12]]],
        [[[0, 0], [1e12, 1e12], [0, 1e-12], [1e-300, 0]]],
        [[[0, 0], [5e-324, 0], [0, 5e-324]]],
    ],
    ids=str,
)
def test_degenerate_strokes_have_finite_curves_near_their_points(strokes: list[Any]) -> None:
    points, controls = controls_of(*strokes)
    assert np.isfinite(controls).all()
    reach = np.ptp(points, axis=0).max()
    assert (np.abs(controls - points[:, None]) <= 2 * reach).all()
    assert draw(Ink(tuple(np.array(s, dtype=float) for s in strokes)), smooth=True).svg().count("<path") >= 1


def test_repeated_points_make_no_loop() -> None:
    points, controls = controls_of([[0, 0], [10, 0], [10, 0], [20, 0]])
    path, _ = flatten(points, np.array([0, 4]), controls)
    assert (np.diff(path[:, 0]) >= 0).all()
    assert not path[:, 1].any()


def commands(svg: str) -> list[tuple[str, np.ndarray]]:
    """Return (command, absolute points (n, 2), including control points) of every subpath."""
    found = []
    for path in ET.fromstring(svg).iter(f"{SVG}path"):
        for part in path.attrib["d"].split("M")[1:]:
            letter = next(c for c in part if c.isalpha())
            begin, _, rest = part.partition(letter)
            at = np.array([float(n) for n in NUMBER.findall(begin)])
            if letter == "h":
                found.append((letter, at[None]))
                continue
            assert not any(c.isalpha() for c in rest)
            numbers = np.array([float(n) for n in NUMBER.findall(rest)])
            if letter == "l":
                found.append((letter, np.concatenate([[at], at + np.cumsum(numbers.reshape(-1, 2), axis=0)])))
                continue
            points = [at]
            for piece in numbers.reshape(-1, 3, 2):
                points += list(points[-1] + piece)
            found.append((letter, np.array(points)))
    return found


@pytest.mark.parametrize("name", style_names())
@pytest.mark.parametrize("smooth", [False, True])
def test_svg_has_curves_only_with_smooth(name: str, smooth: bool) -> None:
    kinds = {kind for kind, _ in commands(draw(make_ink(80), name, smooth=smooth).svg())}
    assert kinds == {"c" if smooth else "l", "h"}


def test_smooth_strokes_pass_through_the_same_points(ink: Ink) -> None:
    page = Page(width="400px")
    scene = draw(ink, page=page, smooth=True).scene
    place = page.place(scene.bounds, scene.size)
    found = commands(draw(ink, page=page, smooth=True).svg())
    assert len(found) == len(ink.strokes)
    for (kind, points), stroke in zip(found, ink.strokes, strict=True):
        through = points[::3] if kind == "c" else points
        assert through == pytest.approx(place.apply(stroke), abs=0.0051)


def test_svg_curves_are_the_splines(ink: Ink) -> None:
    page = Page(width="400px")
    drawing = draw(ink, page=page, smooth=True)
    place = page.place(drawing.scene.bounds, drawing.scene.size)
    wanted = catmull_rom(ink.points, ink.ends)
    first = np.concatenate([[True], ink.ends[:-1]])
    drawn = [points for kind, points in commands(drawing.svg()) if kind == "c"]
    arms = np.concatenate([np.stack([p[1::3], p[2::3]], axis=1) for p in drawn])
    assert arms.reshape(-1, 2) == pytest.approx(place.apply(wanted[~first].reshape(-1, 2)), abs=0.0051)


def test_bounds_contain_the_curves() -> None:
    stroke = np.array([[0.0, 0.0], [0.0, 100.0], [100.0, 100.0], [100.0, 0.0]])
    layer = draw(Ink((stroke,)), smooth=True).scene.layers[0]
    path, _ = flatten(layer.vertices, layer.starts, layer.controls)
    assert path[:, 1].max() > 101
    half = layer.nib / 2
    assert path.min(axis=0)[0] - half >= layer.bounds.left
    assert path.max(axis=0)[1] + half <= layer.bounds.bottom


def test_long_smooth_stroke_is_split_without_a_gap() -> None:
    t = np.arange(2500.0)
    ink = Ink((np.stack([t, 50 * np.sin(t / 7)], axis=-1),))
    found = commands(draw(ink, smooth=True).svg())
    assert len(found) > 2
    for (_, one), (_, two) in pairwise(found):
        assert np.array_equal(np.round(one[-1], 6), np.round(two[0], 6))
    assert sum(len(points) // 3 for _, points in found) == 2499


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("name", style_names())
def test_every_style_draws_smooth_ink_as_svg_and_text(name: str, smooth: bool) -> None:
    ink = make_ink(90)
    part = Ink(ink.strokes[:4], make_prediction(Ink(ink.strokes[:4])))
    drawing = draw([ink, written(part)], name, smooth=smooth)
    drawn = commands(drawing.svg())
    assert sum(len(points) > 1 for _, points in drawn) >= 3
    text = drawing.terminal(60)
    plain = draw([ink, Ink(ink.strokes[:4])]).terminal(60)
    assert sum(0x2800 < ord(c) <= 0x28FF for c in text) > 0.6 * sum(0x2800 < ord(c) <= 0x28FF for c in plain)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=9), st.sampled_from([1e-3, 0.1, 5.0]))
def test_flattened_curve_is_within_the_tolerance(points: list[tuple[float, float]], tolerance: float) -> None:
    """The chord of each piece is compared with the curve at the same times, which bounds the distance."""
    vertices, controls = controls_of(points)
    flat, starts = flatten_within(vertices, np.array([0, len(vertices)]), controls, tolerance)
    assert starts.tolist() == [0, len(flat)]
    assert flat[0].tolist() == vertices[0].tolist()
    at = 0
    for p0, inner, p3 in zip(vertices, controls[1:], vertices[1:], strict=False):
        bend = np.hypot(*np.diff([p0, *inner, p3], 2, axis=0).T).max()
        pieces = max(math.ceil(np.sqrt(0.75 * bend / tolerance)), 1)
        lines = flat[at : at + pieces + 1]
        for k in range(pieces):
            for share in (0, 0.25, 0.5, 0.75, 1):
                curve = bezier(p0, inner, p3, (k + share) / pieces)
                chord = (1 - share) * lines[k] + share * lines[k + 1]
                assert np.hypot(*(curve - chord)) <= (tolerance if share not in (0, 1) else 0) + 1e-9
        at += pieces
    assert at == len(flat) - 1


def test_straight_lines_and_several_paths_are_kept_by_flatten_within() -> None:
    vertices, controls = controls_of([[0, 0], [3, 0], [6, 0]], [[9, 9]], [[0, 5], [0, 9]])
    starts = np.array([0, 3, 4, 6])
    flat, found = flatten_within(vertices, starts, controls, 0.01)
    assert flat.tolist() == vertices.tolist()
    assert found.tolist() == starts.tolist()
    assert flatten_within(vertices, starts, None, 0.01)[0] is vertices
