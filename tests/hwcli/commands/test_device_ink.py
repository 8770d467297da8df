"""Whole-pixel and upside-down ink, as a user meets it."""

import json

import numpy as np
import pytest

from handmade import hw_here
from hwcli.ink_io.files import read_ink, read_inks, write_ink
from renderers.ink import Ink


@pytest.fixture
def hw(tmp_path):
    def run(*arguments):
        return hw_here(*arguments, cwd=tmp_path, HW_HANDS=str(tmp_path / "hands"))

    return run


@pytest.fixture(scope="module")
def lines():
    """The bundled hands: lines of ink with their texts."""
    from hwcli.hands import library

    return [library.load(name) for name, path in library.names().items() if path.parent == library.BUNDLED]


def in_pixels(ink, high, up=1):
    """Return ink in whole pixels, that many to its height."""
    factor = high / np.ptp(ink.points[:, 1])
    return Ink(strokes=tuple(np.rint(s * factor) * (1, up) for s in ink.strokes), text=ink.text)


def test_fitting_mends_whole_pixel_ink_and_says_so(hw, lines, tmp_path):
    write_ink([in_pixels(ink, 60) for ink in lines], tmp_path / "px.ndjson")
    plain = hw("preprocess", tmp_path / "px.ndjson", "-o", tmp_path / "plain")
    assert "lies on a grid of" in plain.err
    assert "--fit MODEL smooths it" in plain.err
    fitted = hw("preprocess", tmp_path / "px.ndjson", "--fit", "unipen-synthesis", "-o", tmp_path / "fitted")
    assert f"{len(lines)} lines lie on whole pixels" in fitted.err
    assert "grid of" not in fitted.err
    (entry,) = json.loads((tmp_path / "fitted" / "report.json").read_text())["mended"]
    assert (entry["lines"], entry["step"]) == (len(lines), 1.0)


def test_uneven_times_do_not_hide_the_grid(hw, lines, tmp_path):
    ink = in_pixels(lines[0], 60)
    steps = np.random.default_rng(1).choice([4.0, 8.0, 24.0], len(ink))
    timed = Ink(strokes=ink.strokes, text=ink.text, extra={"t": steps.cumsum().tolist()})
    path = write_ink(timed, tmp_path / "timed.ndjson")
    said = hw("preprocess", path, "--fit", "unipen-synthesis", "-o", tmp_path / "fitted")
    assert "uneven times" in said.err
    report = json.loads((tmp_path / "fitted" / "report.json").read_text())
    assert report["notes"][0]["note"] == "uneven times: resampled at even ones, and mended"


def test_upside_down_sources_are_told_and_turned_over(hw, lines, tmp_path):
    path = write_ink([in_pixels(ink, 400, -1) for ink in lines], tmp_path / "up.ndjson")
    told = hw("preprocess", path, "-o", tmp_path / "a")
    assert "the ink of ink seems to be upside down: its y may grow upwards; add --y-up" in told.err
    right = hw("preprocess", path, "--y-up", "-o", tmp_path / "b")
    assert "upside down" not in right.err


def test_a_saved_hand_is_smooth_and_the_right_way_up(hw, lines, tmp_path):
    path = write_ink(in_pixels(lines[0], 60, -1), tmp_path / "one.ndjson")
    said = hw("hand", "save", "mine", path, "--y-up")
    assert f"{path}: 1 line lies on whole pixels" in said.err
    assert "upside down" not in said.err
    saved = read_ink(tmp_path / "hands" / "mine.ndjson")
    assert np.abs(saved.points - in_pixels(lines[0], 60).points).max() <= 0.5
    assert (saved.points != np.rint(saved.points)).any(axis=1).mean() > 0.8


def test_fine_ink_is_saved_as_it_is(hw, lines, tmp_path):
    path = write_ink(lines[0], tmp_path / "one.ndjson")
    said = hw("hand", "save", "mine", path)
    assert "smoothed" not in said.err
    np.testing.assert_array_equal(read_inks(tmp_path / "hands" / "mine.ndjson")[0].points, lines[0].points)


def test_rendering_turns_ink_over(hw, tmp_path):
    path = write_ink(Ink(strokes=([(0, 0), (30, 40)],)), tmp_path / "a.ndjson")
    down, up = (hw("render", path, "-f", "svg", *more).out for more in ((), ("--y-up",)))
    assert down != up


def test_y_up_needs_ink(hw):
    said = hw("sample", "--text", "a", "--y-up")
    assert said.status == 2
    assert "--y-up only applies to --prime, --hand and --score" in said.err
