"""Pictures by hw become the inks that they show again."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handmade import hw_here
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse, read_each
from inks import make_ink, make_inks, make_prediction
from renderers import Ink, draw
from renderers.drawing import Drawing

STYLES = {
    "plain": {},
    "color": {},
    "multi": {},
    "multi by time": {"order": "time"},
    "eos": {},
    "eos with a legend": {"legend": True},
    "pdf": {},
    "window": {},
}


def drawn(ink: Ink, style: str, **options: object) -> Drawing:
    return draw(ink, style.split()[0], **STYLES[style], **options)


def placed(drawing: Drawing, ink: Ink) -> list[np.ndarray]:
    """Return the strokes of an ink where they are in its picture."""
    place = drawing.page.place(drawing.scene.bounds, drawing.scene.size, drawing.scene.frame)
    return [place.apply(stroke) for stroke in ink.strokes]


def same(read: Ink, strokes: list[np.ndarray]) -> bool:
    return [len(stroke) for stroke in read.strokes] == [len(stroke) for stroke in strokes] and all(
        np.abs(one - other).max() < 0.011 for one, other in zip(read.strokes, strokes, strict=True)
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("points", [1, 2, 31, 40, 200, 1500])
def test_strokes_are_whole_and_in_the_order_of_writing(style, points):
    ink = make_ink(points, seed=points, text="by hand")
    drawing = drawn(ink, style)
    (read,) = parse(drawing.svg().encode(), "a.svg")
    assert read.text == "by hand"
    wanted = placed(drawing, ink)
    if "eos" in style:  # its colours do not tell the whole order
        wanted.sort(key=_first)
        read = Ink(tuple(sorted(read.strokes, key=_first)))
    assert same(read, wanted)


def _first(stroke: np.ndarray) -> tuple[float, ...]:
    return tuple(stroke[0].round(1))


def test_strokes_by_probability_are_in_order_if_the_writing_goes_to_the_right():
    letter = np.array([[0, 0], [5, 40], [9, 0], [14, 41], [20, 3]])
    strokes = [letter + np.array([30 * k, 0]) for k in range(40)]
    bare = Ink(tuple(strokes))
    drawing = draw(Ink(bare.strokes, make_prediction(bare)), "eos")
    assert same(parse(drawing.svg().encode(), "a.svg")[0], placed(drawing, bare))


@pytest.mark.parametrize("style", ["plain", "color", "multi"])
def test_curves_go_through_the_points(style):
    ink = make_ink(120)
    drawing = drawn(ink, style, smooth=True)
    (read,) = parse(drawing.svg().encode(), "a.svg")
    assert len(read.strokes) == len(ink.strokes)
    for curve, stroke in zip(read.strokes, placed(drawing, ink), strict=True):
        distances = np.hypot(*(curve[:, None] - stroke[None]).T)
        assert distances.min(axis=1).max() < 0.011


def test_a_stroke_of_thousands_of_points_is_one():
    t = np.arange(3500.0)
    ink = Ink((np.stack([t, 80 * np.sin(t / 9)], -1), np.array([[3600.0, 0], [3600, 50]])))
    for style in ("plain", "color"):
        drawing = draw(ink, style)
        assert same(parse(drawing.svg().encode(), "a.svg")[0], placed(drawing, ink))


def test_two_dots_in_one_place_are_two_strokes():
    ink = Ink((np.array([[5.0, 5]]), np.array([[5.0, 5]]), np.array([[20.0, 5], [30, 9]])))
    assert len(parse(draw(ink, "color").svg().encode(), "a.svg")[0].strokes) == 3


STROKES = st.lists(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=9),
    min_size=1,
    max_size=60,
)


@given(strokes=STROKES, style=st.sampled_from(["plain", "color"]))
@example(strokes=[[(0, 0)], [(0, 0), (0, 1)]], style="color")
def test_whole_strokes_of_any_shape_are_read_back(strokes, style):
    """None begins where another one ends: a dot and a line from it might be pieces of one stroke."""
    ink = Ink(tuple(np.add(stroke, [100.0 * k, 0.0]) for k, stroke in enumerate(strokes)))
    drawing = drawn(ink, style)
    (read,) = parse(drawing.svg().encode(), "a.svg")
    wanted = [one if np.ptp(one, axis=0).max() > 0 else one[:1] for one in placed(drawing, ink)]  # dots
    assert same(read, wanted)


@given(strokes=STROKES, style=st.sampled_from(["multi", "multi by time", "eos"]), seed=st.integers(0, 99))
@example(strokes=[[(0, 0)], [(1, 0), (1, 0), (2, 2)]], style="multi", seed=0)
def test_segments_become_strokes_with_nothing_lost(strokes, style, seed):
    """Strokes that begin where another one ends may be joined; all else is as it was."""
    bare = Ink(tuple(np.array(stroke, float) + 1000 * k for k, stroke in enumerate(strokes)))
    drawing = drawn(Ink(bare.strokes, make_prediction(bare, seed)), style)
    (read,) = parse(drawing.svg().encode(), "a.svg")
    wanted = placed(drawing, bare)
    grid = {tuple(np.rint(100 * point).astype(int)) for stroke in wanted for point in stroke}
    found = {tuple(np.rint(100 * point).astype(int)) for stroke in read.strokes for point in stroke}
    assert found == grid
    assert sum(map(_length, read.strokes)) == pytest.approx(sum(map(_length, wanted)), abs=0.03 * len(bare))


def _length(stroke: np.ndarray) -> float:
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())


def test_every_layer_is_an_ink_with_its_text_or_id_and_captions_are_passed_over(tmp_path):
    inks = [make_ink(40, seed=1, text="a line <1>"), make_ink(50, seed=2, text=None, id="a01-000u-01"),
            make_ink(60, seed=3, text=None)]  # fmt: skip
    lines = b"".join(map(ndjson.dump, inks))
    sheet = hw_here("render", "--style", "color", "--caption", "text,id", cwd=tmp_path, stdin=lines).out
    found = list(read_each(sheet, "a.svg", "svg"))
    about = [(one.ink.text, one.ink.id) for one in found]
    assert about == [("a line <1>", None), (None, "a01-000u-01"), (None, None)]
    assert [len(one.ink) for one in found] == [40, 50, 60]
    assert found[0].note == "passed over: 1 background, 2 texts"
    assert found[1].note is None


def test_a_sheet_in_millimetres_and_a_plotter_file_are_read(tmp_path):
    lines = b"".join(map(ndjson.dump, make_inks(3)))
    for more in (["--paper", "a5"], ["--plotter", "--paper", "a5"], ["--plotter", "--style", "multi"]):
        sheet = hw_here("render", *more, "-o", "a.svg", cwd=tmp_path, stdin=lines)
        assert sheet.status == 0, sheet
        inks = parse((tmp_path / "a.svg").read_bytes(), "a.svg")
        assert len(inks) == 3
        assert [len(ink.strokes) for ink in inks] == [len(ink.strokes) for ink in make_inks(3)]


def test_a_picture_says_what_was_passed_over_on_stderr(tmp_path):
    (tmp_path / "a.svg").write_text(draw(make_ink(90), "pdf").svg())
    done = hw_here("render", "a.svg", "--style", "plain", "-o", "b.svg", cwd=tmp_path)
    assert done.status == 0, done
    assert "a.svg: passed over: 1 background, 1 picture" in done.err
    again = hw_here("render", "b.svg", cwd=tmp_path).out.decode()
    assert re.findall("<title>.*?</title>", again) == ["<title>by hand</title>"]
