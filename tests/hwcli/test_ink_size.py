"""The size of handwriting and the density of its points, in any units."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handmade import dataset_of, offsets_of, wander
from hwcli.dataset.rescale import SURVEY, size_of_lines
from hwcli.ink_size import DENSER, Size, fitted, resampled
from inks import make_ink
from renderers.ink import Ink

HAND = Size(100.0, 20.0)


def moved(ink: Ink, scale: float = 1.0, by: tuple[float, float] = (0.0, 0.0), turn: float = 0.0) -> Ink:
    """Return `ink` turned by `turn` radians, scaled and moved."""
    c, s = math.cos(turn), math.sin(turn)
    return Ink(strokes=tuple(scale * (stroke @ [[c, s], [-s, c]]) + by for stroke in ink.strokes))


def subdivided(stroke: np.ndarray, times: int) -> np.ndarray:
    """Return `stroke` with each of its straight lines in `times` equal parts."""
    at, here = np.linspace(0, len(stroke) - 1, times * (len(stroke) - 1) + 1), np.arange(len(stroke))
    return np.column_stack([np.interp(at, here, stroke[:, axis]) for axis in (0, 1)])


def wave(points: int = 2000, width: float = 50.0, lift: int = 100) -> Ink:
    """Return a line of even loops, `width` wide, between y = -1 and 1, in strokes of `lift` points."""
    t = np.linspace(0, 40 * np.pi, points)
    xy = np.column_stack([width * t / t[-1], np.sin(t)])
    return Ink(strokes=tuple(xy[k : k + lift] for k in range(0, points, lift)))


def test_the_size_of_a_vertical_stroke():
    """Evenly spread from 0 to 12, its standard deviation is 12 / sqrt(12)."""
    for step in (1, 3, 12):
        size = Size.of(Ink(strokes=([(3, y) for y in range(0, 13, step)],)))
        assert size.height == pytest.approx(math.sqrt(12))
        assert size.spacing == step
    zigzag = Size.of(Ink(strokes=([(k, 4 * (k % 2)) for k in range(3)],)))
    assert zigzag.height == pytest.approx(4 / math.sqrt(12))


@given(seed=st.integers(0, 99), times=st.integers(2, 5), turn=st.floats(0, 6.3))
def test_the_height_does_not_depend_on_the_density_of_points(seed, times, turn):
    ink = moved(Ink(strokes=tuple(np.array(stroke) for stroke in wander(9, seed))), turn=turn)
    size, denser = Size.of(ink), Size.of(Ink(strokes=tuple(subdivided(s, times) for s in ink.strokes)))
    assert denser.height == pytest.approx(size.height, rel=1e-9)
    assert denser.spacing == pytest.approx(size.spacing / times, rel=1e-9)


def test_segments_are_weighted_by_length():
    """Two horizontal strokes: three quarters of the path at y = 0, one quarter at y = 8."""
    size = Size.of(Ink(strokes=([(0, 0), (1, 0), (2, 0), (3, 0)], [(0.5, 8), (1.0, 8), (1.5, 8)])))
    assert size.height == pytest.approx(8 * math.sqrt(0.75 * 0.25))
    assert size.spacing == pytest.approx(4 / 5)


def test_jumps_between_strokes_and_dots_do_not_count():
    strokes = [(0, 0), (1, 3), (2, 0)], [(60, 1), (61, 5), (60, 2)]
    size = Size.of(Ink(strokes=strokes))
    assert size.spacing == pytest.approx((2 * math.sqrt(10) + math.sqrt(17) + math.sqrt(10)) / 4)
    assert Size.of(Ink(strokes=(strokes[0], [(30, 99)], strokes[1]))) == size


@given(
    scale=st.floats(1e-12, 1e12),
    x=st.floats(-1e3, 1e3),
    y=st.floats(-1e3, 1e3),
    seed=st.integers(0, 99),
)
def test_a_size_scales_with_the_units_and_ignores_the_position(scale, x, y, seed):
    ink = make_ink(60, seed)
    size, other = Size.of(ink), Size.of(moved(ink, scale, (x * scale, y * scale)))
    assert other.height == pytest.approx(scale * size.height, rel=1e-6)
    assert other.spacing == pytest.approx(scale * size.spacing, rel=1e-6)


@pytest.mark.parametrize("turn", [-0.3, -0.05, 0.01, 0.3])
def test_the_slope_of_a_line_of_writing_is_removed(turn):
    level, sloped = Size.of(wave()), Size.of(moved(wave(), turn=turn))
    assert sloped.height == pytest.approx(level.height, rel=0.1)
    assert sloped.spacing == pytest.approx(level.spacing)
    # with its slope it would be far higher
    if abs(turn) == 0.3:
        assert np.std(moved(wave(), turn=turn).points[:, 1]) > 3 * level.height


def test_the_slope_of_a_single_letter_is_kept():
    """Ink about as wide as high has no baseline."""
    slash = Ink(strokes=([(k, 2 * k) for k in range(100)],))
    assert Size.of(slash).height == pytest.approx(2 * 100 / math.sqrt(12), rel=0.05)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "strokes",
    {
        "nothing": (),
        "a point": ([(1, 2)],),
        "dots": ([(1, 2)], [(3, 9)], [(5, 5)]),
        "one point repeated": ([(0.1, 0.7)] * 9,),
        "two points": ([(0, 3), (5, 3)],),
        "horizontal": ([(0, 5), (3, 5), (4, 5)],),
        "horizontal, rounded": ([(0, 0.1), (0.7, 0.1), (3, 0.1), (3.3, 0.1)],),
        "straight": ([(0, 0.3), (10, 1.3), (17, 2.0), (33, 3.6)],),
        "tremor": ([(k, 1e-4 * (k % 3)) for k in range(100)],),
        "tiny": ([(0, 0), (1e-300, 1e-300), (2e-300, 0), (3e-300, 4e-300)],),
    }.items(),
    ids=lambda item: item[0],
)
def test_ink_without_an_extent_has_no_size(strokes):
    assert Size.of(Ink(strokes=strokes[1])) is None
    assert fitted(Ink(strokes=strokes[1]), HAND) is None


@pytest.mark.parametrize(
    "row",
    [{}, {"height": 1.0}, {"height": 0, "spacing": 1}, {"height": 1, "spacing": -1},
     {"height": "x", "spacing": 1}, {"height": float("nan"), "spacing": 1},
     {"height": 1, "spacing": float("inf")}, {"height": None, "spacing": 1}, "size", [1, 2], 7],
    ids=str,
)  # fmt: skip
def test_a_bad_size_in_a_file_is_refused(row):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Size.from_json(row)


@given(points=st.integers(1, 150), seed=st.integers(0, 99), factor=st.floats(0.02, 20))
def test_resampled_strokes_keep_their_ends_and_lie_on_the_spline_through_the_old_points(points, seed, factor):
    ink = make_ink(points, seed)
    new = resampled(ink, factor)
    assert len(new.strokes) == len(ink.strokes)
    for old, stroke in zip(ink.strokes, new.strokes, strict=True):
        np.testing.assert_array_equal(stroke[[0, -1]], old[[0, -1]])
        pieces = len(old) - 1
        assert len(stroke) == (1 if pieces == 0 else max(round(pieces * factor), 1) + 1)
        if pieces == 0:
            continue
        # cubic Hermite curves whose tangents are the central differences, one-sided at the ends
        tangents = np.gradient(old, axis=0)
        for index, point in enumerate(stroke):
            at = index * pieces / (len(stroke) - 1)
            k = min(int(at), pieces - 1)
            t = at - k
            expected = (1 + 2 * t) * (1 - t) ** 2 * old[k] + t * (1 - t) ** 2 * tangents[k]
            expected += t * t * (3 - 2 * t) * old[k + 1] + t * t * (t - 1) * tangents[k + 1]
            np.testing.assert_allclose(point, expected, atol=1e-6)


def test_resampled_curves_stay_curves():
    """Half the points of a circle are restored to a twentieth of what straight lines would be off."""
    t = np.linspace(0, 2 * np.pi, 41)
    circle = np.column_stack([np.cos(t), np.sin(t)])
    restored = resampled(Ink(strokes=(circle[::2],)), 2.0).strokes[0]
    assert len(restored) == len(circle)
    off = np.hypot(*(restored - circle)[3:-3].T).max()
    straight = 1 - np.cos(np.pi / 20)
    assert off < straight / 20


def test_resampling_scales_the_spacing_and_keeps_the_height():
    ink = wave()
    for old, new in zip(ink.strokes, resampled(ink, 1.0).strokes, strict=True):
        np.testing.assert_array_equal(old, new)
    assert Size.of(resampled(ink, 0.5)).spacing == pytest.approx(2 * Size.of(ink).spacing, rel=0.05)
    assert Size.of(resampled(ink, 3.0)).spacing == pytest.approx(Size.of(ink).spacing / 3, rel=0.05)
    assert Size.of(resampled(ink, 3.0)).height == pytest.approx(Size.of(ink).height, rel=0.01)


@settings(max_examples=60)
@given(scale=st.floats(1e-6, 1e6), density=st.floats(0.1, 8.0), seed=st.integers(0, 9))
def test_fitted_ink_has_the_model_s_size_and_about_its_density(scale, density, seed):
    given_ink = moved(resampled(wave(2000 + seed), density), scale)
    ink, factor = fitted(given_ink, HAND)
    size = Size.of(ink)
    assert size.height == pytest.approx(HAND.height, rel=0.03)  # sparser points cut corners
    assert HAND.spacing / DENSER / 1.05 < size.spacing < HAND.spacing * DENSER * 1.05
    assert factor == pytest.approx(HAND.height / Size.of(given_ink).height)
    np.testing.assert_allclose(ink.points[[0, -1]], factor * given_ink.points[[0, -1]], rtol=1e-12)
    assert len(ink.strokes) == len(given_ink.strokes)


@pytest.mark.parametrize(("density", "untouched"), [(0.6, False), (0.7, True), (1.4, True), (1.6, False)])
def test_ink_near_the_model_s_density_is_not_resampled(density, untouched):
    size = Size.of(wave())
    hand = Size(size.height * 7, size.spacing * 7 / density)
    ink, factor = fitted(wave(), hand)
    assert factor == pytest.approx(7)
    assert (len(ink) == len(wave())) is untouched
    if untouched:
        np.testing.assert_array_equal(ink.points, wave().points * factor)


def test_ink_that_would_need_too_many_points_is_not_fitted():
    """At the density of a word, a scribble a million times as wide would take all memory."""
    wide = [(1e6 * (k % 2), 900.0 * k) for k in range(100)]
    assert Size.of(Ink(strokes=(wide,))) is not None
    assert fitted(Ink(strokes=(wide,)), Size(100.0, 1e-4)) is None


def test_the_size_of_a_dataset_is_the_median_of_its_lines_without_dots(tmp_path):
    lines = [
        offsets_of(n, n) * np.array([k, k, 1], np.int16) for k, n in ((1, 30), (9, 31), (2, 32), (3, 33))
    ]
    dots = np.array([(0, 0, 1), (5, 5, 1), (9, 1, 1)], np.int16)
    data = dataset_of(tmp_path / "d", [*lines, dots])
    sizes = [Size.of(Ink.from_offsets(line)) for line in lines]
    found = size_of_lines(data, range(5))
    assert found.height == pytest.approx(np.median([s.height for s in sizes]))
    assert found.spacing == pytest.approx(np.median([s.spacing for s in sizes]))
    assert size_of_lines(data, [1]).height == pytest.approx(sizes[1].height)
    assert size_of_lines(data, [4]) is None
    assert size_of_lines(data, []) is None


def test_the_size_of_many_lines_is_measured_on_an_even_choice(tmp_path, monkeypatch):
    """The last third of the lines is larger, and a third of the measured ones."""
    small = np.array([(0, 0, 0), (1, 3, 0), (2, -3, 0), (1, 4, 1)], np.float32)
    large = small * np.array([5, 5, 1], np.float32)
    data = dataset_of(tmp_path / "d", [small] * 2 * SURVEY + [large] * SURVEY)
    measured = []
    of_points = Size.of_points
    monkeypatch.setattr(
        Size, "of_points", lambda *points: measured.append(of_points(*points)) or measured[-1]
    )
    found = size_of_lines(data, range(len(data)))
    assert len(measured) == SURVEY
    assert found == Size.of(Ink.from_offsets(small))
    part = np.mean([size.height > 2 * found.height for size in measured])
    assert part == pytest.approx(1 / 3, abs=0.01)
