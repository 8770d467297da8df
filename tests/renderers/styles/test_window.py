"""The style window: colours show which character of the text each stroke belongs to."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colour_vision import BLIND
from hwcli.ink_io.formats import parse
from inks import make_ink
from letter_cases import box, labels, overlap, zigzags
from renderers import Ink, Page, RenderError, draw
from renderers.ink import InkError, Trace
from renderers.registry import style
from renderers.scene.colors import oklab, to_rgb
from renderers.scene.scene import Label, Layer
from renderers.styles.window import NOBODYS, PALETTE, SKIPPED

SVG = "{http://www.w3.org/2000/svg}"
ANSI = re.compile(r"\x1b\[[\d;]*m")


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
