"""The style window: colours show which character of the text each stroke belongs to."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colour_vision import BLIND
from hwcli.ink_io.formats import parse
from inks import make_ink
from renderers import Ink, Page, RenderError, draw
from renderers.ink import InkError, Trace
from renderers.registry import style
from renderers.scene.colors import oklab, to_rgb
from renderers.scene.scene import Bounds, Label, Layer, Scene
from renderers.scene.text import em
from renderers.styles.letters import spread
from renderers.styles.window import NOBODYS, PALETTE, SKIPPED

SVG = "{http://www.w3.org/2000/svg}"
ANSI = re.compile(r"\x1b\[[\d;]*m")
ACROSS, DOWN, HIGH = 60.0, 300.0, 80.0  # distance of characters, of lines; height of a character


def zigzags(text: str, skip: tuple[int, ...] = (), **about: Any) -> Ink:
    """Return ink with one zigzag stroke per character of `text`, except blanks and those at `skip`."""
    strokes, characters = [], []
    line = column = 0
    for k, character in enumerate(text):
        if not character.isspace() and k not in skip:
            x = ACROSS * column + np.linspace(0, 40, 5)
            strokes.append(np.stack([x, DOWN * line + HIGH * np.array([1.0, 0, 1, 0, 1])], axis=-1))
            characters += 5 * [k]
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
    return Ink(tuple(strokes), text=text, trace=Trace(characters), **about)


def place(text: str, k: int) -> float:
    """Return the x of the middle of character k of `text` in `zigzags`, drawn or skipped."""
    return ACROSS * len(text[:k].rpartition("\n")[2]) + 20


def labels(scene: Scene) -> list[Label]:
    """Return the letters of a scene, line by line, from left to right."""
    found = [label for layer in scene.layers for label in layer.labels]
    return sorted(found, key=lambda label: (label.y, label.x))


def box(label: Label) -> Bounds:
    """Return the largest box that a letter may cover."""
    half = sum(map(em, label.text)) * label.size / 2
    return Bounds(label.x - half, label.y - 0.75 * label.size, label.x + half, label.y + 0.25 * label.size)


def overlap(one: Bounds, two: Bounds, slack: float) -> bool:
    across = min(one.right, two.right) - max(one.left, two.left)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > slack and down > slack


def colors(layer: Layer) -> dict[int, set[str]]:
    """Map the end point of each segment to its colours."""
    found: dict[int, set[str]] = {}
    for k, pen in enumerate(layer.pen):
        first, end = layer.starts[k : k + 2].tolist()
        for vertex in range(min(first + 1, end - 1), end):
            found.setdefault(int(layer.times[vertex]), set()).add(layer.pens[pen].color)
    return found


@pytest.mark.parametrize("more", [{}, {"smooth": True}], ids=str)
def test_segment_has_the_color_of_the_character_where_it_ends(more: dict[str, Any]) -> None:
    ink = make_ink(200, text="a window moves on")
    found = colors(draw(ink, "window", **more).scene.layers[0])
    first = np.concatenate([[True], ink.ends[:-1]])
    assert sorted(found) == np.flatnonzero(~first | ink.ends).tolist()
    for point, those in found.items():
        assert those == {PALETTE[ink.trace.characters.tolist()[point] % len(PALETTE)]}


def test_stroke_changes_color_between_characters() -> None:
    line = np.stack([np.arange(6.0), np.zeros(6)], axis=-1)
    ink = Ink((line,), text="ab", trace=Trace([0, 0, 0, 1, 1, 1]))
    layer = draw(ink, "window").scene.layers[0]
    assert [layer.pens[p].color for p in layer.pen] == list(PALETTE[:2])
    assert layer.vertices[:, 0].tolist() == [0, 1, 2, 2, 3, 4, 5]


def test_points_of_no_character_are_grey() -> None:
    ink = zigzags("ab c")
    points = ink.trace.characters.tolist()
    for wrong in (-1, len("ab c")):
        changed = [wrong] * 5 + points[5:-5] + [len("ab c")] * 5
        layer = draw(Ink(ink.strokes, text=ink.text, trace=Trace(changed)), "window").scene.layers[0]
        assert [layer.pens[p].color for p in layer.pen] == [NOBODYS, PALETTE[1], NOBODYS]


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


def ink_with(characters: Any, text: Any = "abc") -> Ink:
    trace = None if characters is None else Trace(characters)
    return Ink((np.zeros((3, 2)), np.ones((1, 2))), text=text, trace=trace)


@pytest.mark.parametrize(
    "characters",
    [
        [0, 1, 2],
        [0, 1, 2, 2, 2],
        [0, 1, -2, 2],
        [0, 1, 2, 4],
        [0, 1, 2, 10**50],
        [0, 1, 1.5, 2],
        [0, "1", 1, 2],
        [0, None, 1, 2],
        [[0], [1], [1], [2]],
        [[0], 1, 1, 2],
        4,
        "0112",
        np.zeros(4),
        np.zeros((4, 1), int),
    ],
    ids=str,
)
def test_invalid_characters_are_refused(characters: Any) -> None:
    with pytest.raises(InkError, match="characters"):
        ink_with(characters)


@pytest.mark.parametrize("ink", [ink_with(None), make_ink(9, text=None)])
def test_ink_without_a_trace_gets_a_hint(ink: Ink) -> None:
    with pytest.raises(RenderError, match="the style window cannot draw this ink") as caught:
        draw(ink, "window")
    assert caught.value.hint is not None
    assert "--text" in caught.value.hint
    with pytest.raises(RenderError, match=r"line 2 \(b\): the style window cannot draw this ink"):
        draw([zigzags("ab"), Ink(ink.strokes, text=ink.text, id="b")], "window")


def test_characters_may_be_an_array() -> None:
    ink = ink_with(np.array([0, 1, 2, 2], np.int16))
    assert draw(ink, "window").svg() == draw(ink_with([0, 1, 2, 2]), "window").svg()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200)
@given(
    json_values | st.lists(st.integers(-2, 6), min_size=4, max_size=4),
    st.none() | st.text(max_size=6),
    st.booleans(),
)
@example([0, 1, 2, 3], "\x1b[2\x07", True)
def test_any_json_is_drawn_or_refused_in_one_line(characters: Any, text: Any, color: bool) -> None:
    row = {"hw": 1, "strokes": [[[0, 0], [5, 9], [9, 0]], [[12, 4]]], "text": text, "characters": characters}
    (ink,) = parse(json.dumps(row).encode(), "row", "ndjson")
    try:
        drawing = draw(ink, "window")
    except RenderError as error:
        refused = error
        assert refused.hint is not None
        assert refused.message.isprintable()
        return
    ET.fromstring(drawing.svg())
    shown = ANSI.sub("", drawing.terminal(40, color=color)).replace("\n", "")
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs")]


def test_svg_has_letters_in_their_colors() -> None:
    ink = zigzags("a b<&c", (4,))
    root = ET.fromstring(draw(ink, "window").svg())
    found = {one.text: one.attrib["fill"] for one in root.iter(f"{SVG}text")}
    assert found == {"a": PALETTE[0], "b": PALETTE[2], "<": PALETTE[3], "&": SKIPPED, "c": PALETTE[0]}


def test_lone_combining_marks_stand_on_a_dotted_circle() -> None:
    found = labels(draw(zigzags("e\u0301\u200dz"), "window").scene)
    assert [label.text for label in found] == ["e", "◌\u0301", "◌\u200d", "z"]


@pytest.mark.cairo
@pytest.mark.parametrize("background", ["white", "none", "navy"])
def test_png_and_gif_show_letters(background: str) -> None:
    ink = zigzags("abcde", (2,))
    page = Page(width=300, background=background)
    with_, without = (draw(ink, "window", page, labels=labels) for labels in (True, False))
    assert with_.png(width=300) != without.png(width=300)
    assert with_.gif(duration=0.2, fps=10).startswith(b"GIF89a")


def test_terminal_shows_letters_below_their_ink() -> None:
    text = "hello world"
    lines = draw(zigzags(text, (4,)), "window").terminal(110).split("\n")
    (row,) = (n for n, line in enumerate(lines) if re.search("h +e +l +l", line))
    assert re.sub(r"[\u2800-\u28ff ]", "", lines[row]) == "helloworld"
    assert any(0x2800 < ord(c) <= 0x28FF for line in lines[:row] for c in line)
    assert any(0x2800 < ord(c) <= 0x28FF for c in lines[row] + "".join(lines[row + 1 :]))  # the underline
    shown = draw(zigzags(text, (4,)), "window").terminal(110, color=True)
    assert len(set(ANSI.findall(shown))) > len(PALETTE)


@pytest.mark.parametrize("page", [Page(), Page(plotter=True)], ids=["page", "plotter"])
@pytest.mark.parametrize("labels", [True, False])
def test_plotters_and_labels_no_get_no_letters(page: Page, labels: bool) -> None:
    inks = [zigzags("abc", (1,)), zigzags("de")]
    root = ET.fromstring(draw(inks, "window", page, labels=labels).svg())
    assert bool(list(root.iter(f"{SVG}text"))) == (labels and not page.plotter)
    underlined = labels and not page.plotter
    assert len(root.findall(f"{SVG}g")) == 2 + underlined
    assert (SKIPPED in ET.tostring(root, "unicode")) == underlined


def test_bounds_without_letters_are_those_of_the_ink() -> None:
    ink = zigzags("abc", (1,))
    assert draw(ink, "window", labels=False).scene.bounds == draw(ink).scene.bounds


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_each_ink_of_a_sheet_has_its_own_letters(columns: int) -> None:
    words = ["first", "second", "third", "with a\nbreak"]
    inks = [zigzags(word, (1,), id=word) for word in words]
    scene = draw(inks, "window", columns=columns, caption="id").scene
    drawn = [layer for layer in scene.layers if layer.count]
    for word, layer, other in zip(words, drawn, [*drawn[1:], None], strict=True):
        own = [label for label in layer.labels if label.color != Label.color]
        assert "".join(sorted(label.text for label in own)) == "".join(sorted("".join(word.split())))
        for label in own:
            assert layer.bounds.left <= box(label).left
            assert box(label).right <= layer.bounds.right
            assert layer.vertices[:, 1].min() < label.y < layer.bounds.bottom
        if other is not None:
            assert not overlap(layer.bounds, other.bounds, 1e-6)
    every = [box(label) for layer in drawn for label in layer.labels]
    for one, two in pairwise(every):
        assert not overlap(one, two, 1e-6)
    # underlines are as wide on a sheet as in a single picture
    (alone,) = (layer for layer in draw(inks[0], "window").scene.layers if not layer.count)
    beside = [layer for layer in scene.layers if not layer.count]
    assert [layer.pens[-1].width for layer in beside] == pytest.approx(len(words) * [alone.pens[-1].width])


def test_options_set_letter_size_and_colors() -> None:
    ink = zigzags("abcd", (1,))
    small, large = (labels(draw(ink, "window", letters=size).scene) for size in ("0.2", "0.6"))
    assert large[0].size == pytest.approx(3 * small[0].size)
    found = draw(ink, "window", palette="red,blue", skipped="#00ff00").scene
    assert [label.color for label in labels(found)] == ["#ff0000", "#00ff00", "#ff0000", "#0000ff"]
    for wrong in (
        {"letters": 0},
        {"letters": 5},
        {"labels": "perhaps"},
        {"skipped": "reddish"},
        {"palette": "red"},
    ):
        with pytest.raises(RenderError):
            draw(ink, "window", **wrong)


def test_letters_are_shown_from_the_first_frame() -> None:
    scene = draw(zigzags("abcd", (1,)), "window").scene
    assert labels(scene.until(0)) == labels(scene)
    assert len(scene.until(0).layers[1].vertices) == len(scene.layers[1].vertices)


def test_lacks_names_what_the_ink_is_missing() -> None:
    one = style("window")
    assert one.lacks(zigzags("ab")) == []
    assert one.lacks(Ink((np.zeros((2, 2)),))) == ["text", "trace"]
    assert one.lacks(ink_with(None)) == ["trace"]
    assert style("plain").lacks(Ink((np.zeros((2, 2)),))) == []


@pytest.mark.parametrize("eyes", BLIND, ids=["normal", "red-blind", "green-blind", "blue-blind"])
def test_colors_are_distinct_for_color_blind_eyes(eyes: list[list[float]]) -> None:
    c = np.array([to_rgb(color) for color in (*PALETTE, SKIPPED, NOBODYS)]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(eyes).T, 0, 1)
    srgb = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = oklab(255 * srgb)
    far = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    count = len(PALETTE)
    assert far[:count, :count][np.triu_indices(count, 1)].min() > 0.14
    assert far[count, :count].min() > 0.1
    assert far[count + 1, : count + 1].min() > 0.08
    contrast = 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    assert contrast.min() >= 3


def test_long_ink_has_all_its_letters() -> None:
    count = 100_000
    ink = make_ink(count, text=2000 * "a line of words \n")
    found = draw(ink, "window").scene.layers[0]
    assert len(found.labels) == 2000 * len("alineofwords")
