"""Charts: lines cut to the plot, words that keep out of each other's way, and every format."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from renderers import Drawing, Page, RenderError, Scene
from renderers.axes import Range
from renderers.chart import Chart, Curve, Key, Level, Mark, chart_scene
from renderers.formats.terminal import DARKEST, LIGHTEST
from renderers.polyline import clipped, dashes, pieces, sampled, thinned
from renderers.scene.colors import oklab, relit, to_rgb
from renderers.scene.scene import Label
from renderers.sheet import PALETTE, Sheet, page_sheet, terminal_sheet

ANSI = re.compile(r"\x1b\[[\d;]*m")
SVG = "{http://www.w3.org/2000/svg}"
X = np.arange(1, 31.0)


def chart(lines: int = 2, **more: Any) -> Chart:
    """So many lines that fall, each with dots and its least value marked, and a reference."""
    curves, marks = [], []
    for k in range(lines):
        y = -1.6 + (0.5 + 0.1 * k) / np.sqrt(X) + 2e-4 * (X - 15) ** 2
        curves.append(Curve(X, y, k, bold=True, dots=True))
        curves.append(Curve(X, y - 0.05 + 0.02 * np.sin(7 * X), k, faded=True))
        least = int(y.argmin())
        marks.append(Mark(float(X[least]), float(y[least]), f"−{abs(y[least]):.4f}", k))
    given: dict[str, Any] = {
        "x_label": "epochs",
        "y_label": "nats a point",
        "x_range": Range(0, 30),
        "y_range": Range(-1.7, -1.1),
        "curves": tuple(curves),
        "marks": tuple(marks),
        "levels": (Level(-1.65, "Graves −1.65"),),
        "keys": tuple(Key(f"run {k}: best", k, bold=True, dots=True) for k in range(lines)),
        "notes": (Key("training, mean over 50 steps", None),),
    }
    return Chart(**{**given, **more})


def drawing(what: Chart, page: Page | None = None) -> Drawing:
    page = page or Page()
    return Drawing(chart_scene(what, page_sheet(page)), page)


def words(scene: Scene) -> list[Label]:
    return [label for layer in scene.layers for label in layer.labels]


# lines


LINES = st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=1, max_size=30).map(np.array)


@given(LINES, st.floats(-50, 0), st.floats(1, 50))
def test_a_clipped_line_is_all_of_the_line_that_lies_between(
    points: np.ndarray, low: float, high: float
) -> None:
    parts = clipped(points, low, high)
    for part in parts:
        assert low <= part[:, 1].min()
        assert part[:, 1].max() <= high
    # every point of the line within the limits is near a point of some part, and no other is
    every = sampled(points, 0.5)
    inside = every[(every[:, 1] > low + 1e-6) & (every[:, 1] < high - 1e-6)]
    drawn = np.concatenate([np.zeros((0, 2)), *(sampled(part, 0.5) for part in parts)])
    for point in inside[::7]:
        assert np.hypot(*(drawn - point).T).min() < 0.6
    for point in drawn[::7]:
        assert np.hypot(*(every - point).T).min() < 0.6


def test_a_line_that_leaves_and_comes_back_is_in_two_parts_that_reach_the_edge() -> None:
    points = np.array([[0, 0], [1, 4], [2, 4], [3, 0]], dtype=float)
    left, right = clipped(points, -1, 2)
    assert left.tolist() == [[0, 0], [0.5, 2]]
    assert right.tolist() == [[2.5, 2], [3, 0]]
    assert clipped(points, 5, 6) == []
    (across,) = clipped(np.array([[0.0, -9.0], [3.0, 9.0]]), -3, 3)
    assert across.tolist() == [[1, -3], [2, 3]]


def test_gaps_part_a_line_and_leave_single_points() -> None:
    y = np.array([np.nan, 1, 2, np.inf, 3, np.nan, 4, 5])
    found = pieces(np.column_stack([np.arange(8.0), y]))
    assert [piece[:, 1].tolist() for piece in found] == [[1, 2], [3], [4, 5]]


@given(st.integers(1, 5000), st.integers(10, 400))
def test_a_thinned_line_keeps_its_ends_and_its_extremes(count: int, most: int) -> None:
    points = np.column_stack([np.arange(count), np.random.default_rng(count).normal(size=count)])
    thin = thinned(points, most)
    assert len(thin) <= max(1.5 * most, 12)
    assert thin[0].tolist() == points[0].tolist()
    assert thin[-1].tolist() == points[-1].tolist()
    whole = points[: count // 50 * 50]
    if len(whole):  # a needle anywhere is still there
        needle = points.copy()
        needle[count // 2, 1] = 99
        assert thinned(needle, most)[:, 1].max() == 99


def test_dashes_stay_between_their_ends() -> None:
    found = np.concatenate(dashes(1.0, 10.0, 5.0, 2.0, 1.5))
    assert found[:, 0].min() == 1
    assert found[:, 0].max() <= 10
    assert (found[:, 1] == 5).all()


# layout


SHEETS = [
    page_sheet(Page()),
    page_sheet(Page(width="85mm")),
    page_sheet(Page(width=3000, height=700)),
    page_sheet(Page(paper="a5")),
    terminal_sheet(80, 24),
    terminal_sheet(200, 50),
    terminal_sheet(50, 16),
]


@pytest.mark.parametrize("sheet", SHEETS, ids=range(len(SHEETS)))
@pytest.mark.parametrize(("lines", "end"), [(1, 30), (2, 30), (4, 30), (1, 9_400_000)])
def test_no_word_lies_over_another_or_beyond_the_sheet(sheet: Sheet, lines: int, end: float) -> None:
    boxes = [
        (
            sheet.box(label.fitted() if not sheet.characters else label.text, label.x, label.y, label.anchor),
            label,
        )
        for label in words(chart_scene(chart(lines, x_range=Range(0, end)), sheet))
        if label.text not in "●■▲◆"
    ]
    assert len(boxes) > 8
    for box, label in boxes:
        slack = 0.5 * sheet.letter  # widths are of the widest letters
        assert box.left >= -slack, label
        assert box.right <= sheet.width + slack + 3, label
        assert box.top >= -slack, label
        assert box.bottom <= sheet.height + slack, label
    for (one, a), (other, b) in combinations(boxes, 2):
        apart = (
            one.right <= other.left
            or other.right <= one.left
            or one.bottom <= other.top + 1e-6
            or other.bottom <= one.top + 1e-6
        )
        assert apart, (a, b)


@pytest.mark.parametrize("sheet", SHEETS, ids=range(len(SHEETS)))
def test_everything_drawn_lies_on_the_sheet(sheet: Sheet) -> None:
    for layer in chart_scene(chart(), sheet).layers:
        assert (layer.vertices >= -sheet.dot).all()
        assert (layer.vertices <= np.array([sheet.width, sheet.height]) + sheet.dot).all()


def test_values_beyond_the_range_of_y_are_neither_drawn_nor_marked() -> None:
    wild = Curve(X, np.where(X == 15, 1e90, -1.4), 0, bold=True, dots=True)
    mark, levels = Mark(15.0, 1e90, "never", 0), (Level(-1057.7, "nor this"), Level(-1.5, "but this"))
    scene = chart_scene(chart(curves=(wild,), marks=(mark,), levels=levels), SHEETS[0])
    said = {label.text for label in words(scene)}
    assert not {"never", "nor this"} & said
    assert "but this" in said
    assert np.abs(scene.layers[1].vertices).max() < 2000


def test_a_value_in_a_thicket_of_lines_is_left_to_the_legend() -> None:
    def texts(lines: int) -> list[str]:
        curves = [Curve(X, -1.4 + 0.02 * (k - lines / 2) + 0 * X, k, bold=True) for k in range(lines)]
        what = chart(curves=tuple(curves), marks=(Mark(15.0, -1.4, "value", 0),), levels=())
        return [label.text for label in words(chart_scene(what, SHEETS[0]))]

    assert "value" in texts(1)
    assert "value" not in texts(30)


def test_dots_that_would_hide_their_line_are_left_out() -> None:
    def dots(count: int) -> int:
        x = np.linspace(0, 30, count)
        curve = Curve(x, np.full(count, -1.4), 0, bold=True, dots=True)
        layer = chart_scene(chart(curves=(curve,), marks=(), levels=()), SHEETS[0]).layers[1]
        return int((np.diff(layer.starts) == 1).sum())

    assert dots(30) == 30
    assert dots(1000) == 0


def test_a_film_draws_all_lines_from_left_to_right_together() -> None:
    layer = chart_scene(chart(levels=()), SHEETS[0]).layers[1]
    for start, end in zip(layer.starts, layer.starts[1:], strict=False):
        assert (np.diff(layer.times[start:end]) >= 0).all()
    half = layer.until(layer.count // 2).vertices[:, 0]
    assert half.max() < 700
    assert set(layer.times.tolist()) == set(range(layer.count))


@pytest.mark.parametrize("sheet", [terminal_sheet(12, 24), terminal_sheet(80, 5), page_sheet(Page(width=90))])
def test_no_room_is_said(sheet: Sheet) -> None:
    with pytest.raises(RenderError, match="no room"):
        chart_scene(chart(), sheet)


# formats


def test_an_svg_has_its_texts_and_a_page_of_the_size_asked_for() -> None:
    root = ET.fromstring(drawing(chart(), Page(width=700, height=500)).svg())
    assert (root.get("width"), root.get("height")) == ("700px", "500px")
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"epochs", "nats a point", "Graves −1.65", "run 1: best", "0", "10", "−1.5"} <= texts


def test_letters_keep_their_size_on_narrow_pages() -> None:
    narrow, wide = (page_sheet(Page(width=width)) for width in (300, 1200))
    assert narrow.letter >= 10
    assert wide.letter / wide.width < narrow.letter / narrow.width


@pytest.mark.cairo
def test_png_and_gif_show_the_chart() -> None:
    still = Image.open(io.BytesIO(drawing(chart(), Page(width=500)).png())).convert("RGB")
    film = drawing(chart(), Page(width=500)).gif(duration=0.4, hold=0.1, fps=10)
    assert still.width == 500
    for number in (0, 1):
        assert to_rgb(PALETTE[number]) in {color for _, color in still.getcolors(1 << 20) or []}
    frames = Image.open(io.BytesIO(film))
    assert frames.n_frames > 2  # type: ignore[attr-defined]  # of GIF images alone


@pytest.mark.parametrize("columns", [40, 80, 133])
def test_a_terminal_gets_its_columns_and_rows_and_every_word(columns: int) -> None:
    scene = chart_scene(chart(), terminal_sheet(columns, 24))
    lines = Drawing(scene, Page()).terminal(columns).split("\n")
    assert len(lines) == 24
    assert columns - 3 <= max(map(len, lines)) <= columns
    text = "\n".join(lines)
    for word in (
        "run 0: best",
        "run 1: best",
        "nats a point",
        "epochs",
        "Graves −1.65",
        "−1.5",
        "10",
        "●",
        "■",
    ):
        assert word in text


def test_words_of_a_color_have_it_in_a_terminal_and_others_its_own() -> None:
    scene = chart_scene(chart(), terminal_sheet(80, 24))
    colored = Drawing(scene, Page()).terminal(80, color=True)
    plain = Drawing(scene, Page()).terminal(80)
    assert [ANSI.sub("", line).rstrip() for line in colored.split("\n")] == plain.split("\n")
    before = {"●": set(), "■": set(), "e": set()}  # type: dict[str, set[str]]
    now = ""
    for sequence, character in re.findall(r"\x1b\[([\d;]*)m|(.)", colored):
        if not character:
            now = sequence
        elif character in before:
            before[character].add(now)
    assert len(before["●"]) == 1
    assert len(before["■"]) == 1
    assert not before["■"] & before["●"]
    assert all("38;2" in color for color in before["■"])
    assert not any("38;2" in color for color in before["e"])


# Machado, Oliveira and Fernandes 2009, severity 1.0: linear sRGB as red-, green- and blue-blind eyes see it.
BLIND = [
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
]


def linear(rgb: np.ndarray) -> np.ndarray:
    c = np.asarray(rgb) / 255
    return np.asarray(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4))


@pytest.mark.parametrize("eyes", BLIND, ids=["normal", "red-blind", "green-blind", "blue-blind"])
def test_the_lines_colors_can_be_told_apart_on_paper_and_in_a_terminal(eyes: list[list[float]]) -> None:
    paper = np.array([to_rgb(color) for color in PALETTE])
    for rgb, least, two in ((paper, 0.08, 0.2), (relit(paper, DARKEST, LIGHTEST), 0.05, 0.2)):
        seen = np.clip(linear(rgb) @ np.array(eyes).T, 0, 1)
        srgb = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
        lab = oklab(255 * srgb)
        far = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
        assert far[np.triu_indices(len(PALETTE), 1)].min() > least
        assert far[0, 1] > two


@pytest.mark.parametrize("background", ["white", "#14181f", "ivory", "black"])
def test_lines_and_words_stand_out_from_the_paper(background: str) -> None:
    sheet = page_sheet(Page(background=background))
    paper = linear(np.array(to_rgb(Page(background=background).background or ""))) @ [0.2126, 0.7152, 0.0722]
    for color in [sheet.ink, sheet.muted, *(sheet.color(k) for k in range(6))]:
        light = float(linear(np.array(to_rgb(color))) @ [0.2126, 0.7152, 0.0722])
        low, high = sorted([light, float(paper)])
        assert (high + 0.05) / (low + 0.05) >= (2.7 if math.isclose(paper, 1) else 2.6), color
