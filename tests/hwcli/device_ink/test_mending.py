"""Measuring and mending what devices do to ink."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwcli.device_ink.grid import grid_step
from hwcli.device_ink.mending import mended
from hwcli.device_ink.smoothing import smoothed
from hwcli.device_ink.upright import turned_over
from hwcli.ink_size import Size
from renderers.ink import Ink, Prediction

SCALES = st.sampled_from([1.0, 0.75, 1 / 3, 0.909, 12.5, 1e-3, 1e5])


def loops(seed=1, height=82.0):
    """Return smooth ink of one hand, without a grid, as dense as handwriting."""
    random = np.random.default_rng(seed)
    t = np.arange(40)
    strokes = []
    for k in range(12):
        a, b, c, d = random.uniform(0.8, 1.2, 4)
        x = 300 * k + 7 * t + 40 * a * np.sin(0.35 * b * t + 6 * c)
        strokes.append(np.column_stack([x, 110 * c * np.sin(0.3 * d * t + 6 * a)]) + np.sqrt(2))
    size = Size.of(Ink(strokes=tuple(strokes))).height
    return Ink(strokes=tuple(s * (height / size) for s in strokes))


def in_pixels(ink, units):
    return Ink(strokes=tuple(np.rint(s / units) for s in ink.strokes), text=ink.text)


def apart(a, b):
    return float(np.sqrt(((a.points - b.points) ** 2).mean()))


@settings(max_examples=15)
@given(st.integers(0, 30), SCALES, st.floats(-1e3, 1e3))
def test_the_grid_is_found_at_any_scale_and_place(seed, scale, shift):
    points = (np.random.default_rng(seed).integers(0, 200, (300, 2)) + shift) * scale
    assert grid_step(points) == pytest.approx(scale, rel=1e-5)
    assert grid_step(points.astype(np.float32).astype(float)) == pytest.approx(scale, rel=1e-2)


@given(st.integers(0, 99), st.integers(10, 400))
def test_ink_without_a_grid_has_none(seed, points):
    assert grid_step(np.random.default_rng(seed).standard_normal((points, 2))) == 0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 50), st.sampled_from([20.0, 60.0, 300.0]))
def test_clean_ink_stays_the_same_object(seed, height):
    ink = loops(seed, height)
    (same,), notes = mended([ink])
    assert same is ink
    assert notes == []


@pytest.mark.parametrize("units", [4, 7, 14])
def test_mended_ink_is_nearer_to_what_was_rounded_and_off_the_grid(units):
    ink = loops(height=82.0)
    pixels = in_pixels(ink, units)
    (made,), (note,) = mended([pixels])
    assert "1 line lies on whole pixels" in note
    assert apart(Ink(strokes=tuple(s * units for s in made.strokes)), ink) < 0.95 * units * apart(
        pixels, Ink(strokes=tuple(s / units for s in ink.strokes))
    )
    assert np.abs(made.points - pixels.points).max() <= 0.5
    inner = np.concatenate([s[1:-1] for s in made.strokes])
    assert (inner == np.rint(inner)).mean() < 0.05
    assert grid_step(made.points) == 0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 20), SCALES, st.integers(-1000, 1000))
def test_mending_does_not_depend_on_units_or_place(seed, scale, shift):
    pixels = in_pixels(loops(seed), 7)
    moved = Ink(strokes=tuple((s + shift) * scale for s in pixels.strokes))
    (made,), _ = mended([pixels])
    (other,), _ = mended([moved])
    np.testing.assert_allclose(other.points / scale - shift, made.points, atol=1e-3)
    assert [len(s) for s in made.strokes] == [len(s) for s in pixels.strokes]
    for old, new in zip(pixels.strokes, made.strokes, strict=True):
        np.testing.assert_array_equal(old[[0, -1]], new[[0, -1]])


def test_mending_twice_is_mending_once():
    once, _ = mended([in_pixels(loops(k), 7) for k in range(3)])
    twice, notes = mended(once)
    assert [a is b for a, b in zip(once, twice, strict=True)] == [True] * 3
    assert notes == []


def test_straight_strokes_and_dots_stay_what_they_are():
    slope = np.column_stack([np.arange(60), np.rint(np.arange(60) / 7)])
    dot, pair = np.array([[3.0, 4.0]]), np.array([[3.0, 4.0], [5.0, 4.0]])
    line, *others = smoothed([slope, dot, pair], 1.0)
    assert np.abs(line[:, 1] - np.linspace(0, slope[-1, 1], 60)).max() < 0.5
    assert np.abs(np.diff(line, n=2, axis=0)).max() < 0.1
    np.testing.assert_array_equal(others[0], dot)
    np.testing.assert_array_equal(others[1], pair)


def test_only_ink_on_the_grid_is_smoothed():
    fine = loops(1)
    inks = [Ink(strokes=tuple(s * 7 for s in in_pixels(loops(k), 7).strokes)) for k in range(3, 6)]
    made, (note,) = mended([fine, *inks])
    assert made[0] is fine
    assert all(new is not old for new, old in zip(made[1:], inks, strict=True))
    assert note.startswith("3 lines lie on a grid of 7 units")


def test_points_that_a_device_repeats_are_dropped():
    ink = loops()
    twice = tuple(np.repeat(s, 2, axis=0) for s in ink.strokes)
    doubled = Ink(strokes=twice, extra={"pressure": [1] * 2 * len(ink)})
    (made,), (note,) = mended([doubled])
    np.testing.assert_array_equal(made.points, ink.points)
    assert "repeats points" in note
    assert made.extra == {}  # it was of the points that are gone


def test_points_that_a_coarse_grid_repeats_stay_for_they_tell_the_pace():
    pixels = in_pixels(loops(height=82.0), 30)
    (made,), notes = mended([pixels])
    assert len(made) == len(pixels)
    assert not any("repeats" in note for note in notes)


def waves(hooked):
    """Return ink of twelve strokes that begin upwards, `hooked` of them with a little way down."""
    wave = np.column_stack([5 * np.arange(30), -80 * np.sin(np.linspace(0, 9, 30))])
    hook, places = np.array([[0.0, -4.0], [0.0, -2.0]]), np.array([300.1, 0.37])
    strokes = [np.concatenate([hook, wave]) if k < hooked else wave for k in range(12)]
    return Ink(strokes=tuple(s + k * places for k, s in enumerate(strokes)))


def test_hooks_are_cut_off_where_most_strokes_have_one():
    (made,), (note,) = mended([waves(12)])
    assert note == "100% of the strokes begin with a hook: cut off"
    np.testing.assert_array_equal(made.points, waves(0).points)


def test_a_few_hooks_are_handwriting():
    few = waves(5)
    (same,), notes = mended([few])
    assert same is few
    assert notes == []


def timed(seed, rate=16.0, points=400):
    """Return a wave written at an even pace, at uneven times, and its true y at a place."""
    times = np.sort(np.random.default_rng(seed).uniform(0, points * rate, points))
    x = times / rate * 3
    stroke = np.column_stack([x, 100 * np.sin(x / 30)])
    return Ink(strokes=(stroke,), extra={"t": times.tolist(), "pressure": [1.0] * points})


def test_uneven_times_become_even():
    ink = timed(1)
    (made,), notes = mended([ink])
    assert notes == ["1 line has uneven times: resampled at even ones"]
    steps = np.diff(made.points[:, 0])
    assert np.ptp(np.quantile(steps, [0.1, 0.9])) < 0.3 * np.median(steps)
    assert np.abs(made.points[:, 1] - 100 * np.sin(made.points[:, 0] / 30)).max() < 3
    np.testing.assert_array_equal(made.points[[0, -1]], ink.points[[0, -1]])
    assert made.extra == {}


def test_even_times_change_nothing():
    ink = loops()
    even = Ink(strokes=ink.strokes, extra={"t": [16.7 * k for k in range(len(ink))]})
    (same,), notes = mended([even])
    assert same is even
    assert notes == []


@pytest.mark.parametrize(
    "times", [[1], [None] * 480, ["5"] * 480, [10**400] * 480, [float("nan")] * 480, [0] * 480,
              list(range(480, 0, -1)), [True] * 480, [1e300] * 480, "soon", {}]
)  # fmt: skip
def test_times_that_are_none_are_ignored(times):
    ink = Ink(strokes=loops().strokes, extra={"t": times})
    (same,), _ = mended([ink])
    assert len(ink) == 480
    assert len(same) in (len(ink), 24)  # points of one time become one


def test_a_pause_within_a_stroke_does_not_fill_the_ink_with_points():
    ink = timed(1)
    times = np.array(ink.extra["t"])
    times[200:] += 1e9
    (made,), _ = mended([Ink(strokes=ink.strokes, extra={"t": times.tolist()})])
    assert len(made) < 3 * len(ink)


HOSTILE = {
    "no stroke": Ink(strokes=()),
    "one point": Ink(strokes=([(0, 0)],)),
    "equal points": Ink(strokes=(np.zeros((50, 2)),)),
    "largest numbers": Ink(strokes=(1e18 * np.sign(np.random.default_rng(1).standard_normal((50, 2))),)),
    "tiny numbers": Ink(strokes=(1e-300 * np.random.default_rng(1).standard_normal((500, 2)),)),
    "one far point": Ink(strokes=(np.vstack([[1e18, -1e18], np.rint(loops().points)]),)),
    "a long stroke": Ink(
        strokes=(np.rint(np.random.default_rng(1).standard_normal((100_000, 2)).cumsum(0)),)
    ),
    "many strokes": Ink(
        strokes=tuple(np.random.default_rng(1).integers(0, 60, (20_000, 3, 2)).astype(float))
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ink_ends_soon_and_stays_finite(name):
    began = time.process_time()
    (made,), _ = mended([HOSTILE[name]])
    assert np.isfinite(made.points).all()
    assert len(made.strokes) == len(HOSTILE[name].strokes)
    assert time.process_time() - began < 5


def test_no_ink_needs_no_mending():
    assert mended([]) == ([], [])


def test_turned_over_twice_is_as_before():
    n, m = 4, 2
    generator = np.random.default_rng(3)
    prediction = Prediction(
        eos=np.full(n, 0.5), pi=np.full((n, m), 0.5), mu=generator.standard_normal((n, m, 2)),
        sigma=np.ones((n, m, 2)), rho=np.full((n, m), 0.3),
    )  # fmt: skip
    ink = Ink(strokes=([(0, 0), (3, 4), (5, 4)], [(1, 1)]), prediction=prediction, text="hi")
    once = turned_over(ink)
    np.testing.assert_array_equal(once.points, ink.points * (1, -1))
    np.testing.assert_array_equal(once.prediction.rho, -prediction.rho)
    twice = turned_over(once)
    np.testing.assert_array_equal(twice.points, ink.points)
    np.testing.assert_array_equal(twice.prediction.mu, prediction.mu)
