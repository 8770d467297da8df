"""The layout of letters below ink: each under its strokes, none over another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inks import make_ink
from letter_cases import DOWN, HIGH, box, labels, overlap, place, zigzags
from renderers import Ink, draw
from renderers.ink import Trace
from renderers.styles.letters import spread
from renderers.styles.window import PALETTE, SKIPPED


def test_letters_stand_below_their_ink_in_its_color() -> None:
    text = "two words and an end"
    ink = zigzags(text)
    found = labels(draw(ink, "window", letters=0.3).scene)
    printed = [k for k, c in enumerate(text) if c != " "]
    assert [label.text for label in found] == [text[k] for k in printed]
    assert [label.x for label in found] == pytest.approx([place(text, k) for k in printed])
    assert [label.color for label in found] == [PALETTE[k % len(PALETTE)] for k in printed]
    assert len({label.y for label in found}) == 1
    assert all(label.anchor == "middle" and box(label).top > HIGH for label in found)
    assert len(draw(ink, "window").scene.layers) == 1  # nothing is underlined


@pytest.mark.parametrize("skip", [(1,), (1, 2), (0,), (0, 1), (4,), (3, 4), (0, 2, 4), (0, 1, 2, 3)], ids=str)
def test_skipped_character_stands_between_its_neighbours_underlined(skip: tuple[int, ...]) -> None:
    scene = draw(zigzags("abcde", skip), "window", letters=0.3).scene
    found = labels(scene)
    assert "".join(label.text for label in found) == "abcde"
    for k, label in enumerate(found):
        assert label.color == (SKIPPED if k in skip else PALETTE[k])
        if k not in skip or (min(skip) > 0 and max(skip) < 4):
            assert label.x == pytest.approx(place("abcde", k))
    ink, lines = scene.layers
    assert lines.count == 0
    assert {lines.pens[p].color for p in lines.pen} == {SKIPPED}
    assert len(lines.pen) == len(skip)
    for k, (left, right) in zip(skip, lines.vertices.reshape(-1, 2, 2), strict=True):
        assert box(found[k]).left < left[0] < found[k].x < right[0] < box(found[k]).right
        assert found[k].y < left[1] == right[1] < found[k].y + 0.3 * found[k].size
    # skipped letters come first: a narrow terminal leaves out the later ones
    assert [label.color for label in ink.labels[: len(skip)]] == len(skip) * [SKIPPED]


def test_blank_is_never_marked_as_skipped() -> None:
    scene = draw(zigzags("a b\tc \n d"), "window").scene
    assert [label.color == SKIPPED for label in labels(scene)] == 4 * [False]
    assert "".join(label.text for label in labels(scene)) == "abcd"


@pytest.mark.parametrize("value", [-1, 6])
def test_text_without_ink_is_all_skipped(value: int) -> None:
    ink = Ink((np.array([[0.0, 0.0], [9.0, 50.0]]),), text="ab\ncd ", trace=Trace([value, value]))
    found = labels(draw(ink, "window").scene)
    assert [label.text for label in found] == ["a", "b", "c", "d"]
    assert {label.color for label in found} == {SKIPPED}
    assert found[0].y == found[1].y < found[2].y == found[3].y


def test_letters_stand_below_their_own_line() -> None:
    text = "upper line\nin the middle\n\nlower"
    found = labels(draw(zigzags(text), "window", letters=0.3).scene)
    rows: dict[float, str] = {}
    for label in found:
        rows[label.y] = rows.get(label.y, "") + label.text
    assert list(rows.values()) == ["upperline", "inthemiddle", "lower"]
    for row, line in zip(rows, (0, 1, 3), strict=True):
        assert DOWN * line + HIGH < row < DOWN * (line + 1)
    # characters at the same position in their lines have the same x
    assert found[0].x == pytest.approx(found[len("upperline")].x)


@pytest.mark.parametrize(("missed", "after"), [(0, 1), (1, 0), (2, 1)])
def test_unwritten_line_stands_beside_its_neighbour(missed: int, after: int) -> None:
    words = ["one", "two", "six"]
    start = 4 * missed
    scene = draw(zigzags("\n".join(words), tuple(range(start, start + 3))), "window", letters=0.3).scene
    found = labels(scene)
    assert "".join(label.text for label in found) == "onetwosix"
    assert {label.text for label in found if label.color == SKIPPED} == set(words[missed])
    row = {word: next(label.y for label in found if label.text == word[0]) for word in words}
    assert abs(row[words[missed]] - row[words[after]]) < 1.5 * found[0].size


def test_overlapping_lines_have_separate_rows() -> None:
    strokes = tuple(np.array([[x, 0.0], [x + 9, 60.0]]) for x in (0.0, 30.0, 0.0, 30.0))
    ink = Ink(strokes, text="ab\ncd", trace=Trace([0, 0, 1, 1, 3, 3, 4, 4]))
    found = labels(draw(ink, "window").scene)
    assert "".join(label.text for label in found) == "abcd"
    assert found[2].y - found[0].y > found[0].size


texts = st.text(st.sampled_from("abWM.i \n漢e\u0301\u0302\u200b"), min_size=1, max_size=25)


@st.composite
def explained(draw_: st.DrawFn) -> Ink:
    """Return any ink with any text and trace."""
    text = draw_(texts)
    points = draw_(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=40))
    characters = draw_(st.lists(st.integers(-1, len(text)), min_size=len(points), max_size=len(points)))
    ends = draw_(st.lists(st.booleans(), min_size=len(points), max_size=len(points)))
    return Ink.from_points(np.array(points), ends, text=text, trace=Trace(characters))


@settings(max_examples=150)
@given(explained(), st.sampled_from([0.05, 0.4, 4.0]))
@example(Ink(strokes=([(0, 2.75e-155), (1, 0)],), text="M\nM", trace=Trace([0, 0])), 0.05)  # nearly flat
def test_letters_never_overlap_and_lie_within_the_bounds(ink: Ink, letters: float) -> None:
    scene = draw(ink, "window", letters=letters).scene
    found = labels(scene)
    slack = 1e-9 * (1 + max(map(abs, scene.bounds)))
    for one, two in combinations(map(box, found), 2):
        assert not overlap(one, two, slack)
    bounds = scene.bounds
    for label in found:
        across, down = box(label)[::2], box(label)[1::2]
        assert bounds.left - slack <= min(across)
        assert max(across) <= bounds.right + slack
        assert bounds.top - slack <= min(down)
        assert max(down) <= bounds.bottom + slack
    assert ink.text is not None
    printed = [c for c in ink.text if not c.isspace()]
    assert sorted(label.text.removeprefix("◌") for label in found) == sorted(printed)
    skipped = {k for k, c in enumerate(ink.text) if not c.isspace()} - set(ink.trace.characters.tolist())
    assert sum(label.color == SKIPPED for label in found) == len(skipped)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 20)), max_size=30))
def test_neighbours_are_spread_no_further_than_needed(rows: list[tuple[float, float]]) -> None:
    wanted, widths = (np.array([row[k] for row in rows]) for k in (0, 1))
    found = spread(wanted, widths)
    least = (widths[1:] + widths[:-1]) / 2
    assert (np.diff(found) >= least - 1e-9).all()
    # each group of touching letters is centred on the mean of its wanted places
    cuts = np.flatnonzero(np.diff(found) > least + 1e-9) + 1
    for which in np.split(np.arange(len(rows)), cuts):
        assert len(which) == 0 or found[which].mean() == pytest.approx(wanted[which].mean(), abs=1e-6)
    if (np.diff(wanted) >= least).all():
        assert found == pytest.approx(wanted, abs=1e-9)


def test_crowded_letters_keep_the_order_of_the_text() -> None:
    ink = Ink((np.zeros((40, 2)),), text=8 * "words", trace=Trace(list(range(40))))
    assert "".join(label.text for label in labels(draw(ink, "window").scene)) == 8 * "words"


def test_lone_combining_marks_stand_on_a_dotted_circle() -> None:
    found = labels(draw(zigzags("e\u0301\u200dz"), "window").scene)
    assert [label.text for label in found] == ["e", "◌\u0301", "◌\u200d", "z"]


def test_long_ink_has_all_its_letters() -> None:
    count = 100_000
    ink = make_ink(count, text=2000 * "a line of words \n")
    found = draw(ink, "window").scene.layers[0]
    assert len(found.labels) == 2000 * len("alineofwords")
