"""Hostile text in SVG, raster images and a terminal."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from inks import make_ink, make_inks
from renderers import Drawing, Ink, Page, RenderError, Scene, draw
from renderers.scene.scene import Label

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
ANSI = re.compile(r"\x1b\[[\d;]*m")
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def width_of(line: str) -> int:
    """Return the number of terminal columns that a line takes."""
    wide = 0
    for character in line:
        if not unicodedata.combining(character) and unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            wide += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return wide


SENTENCE = "A move to stop Mr. Gaitskell from nominating any more Labour life Peers is to be made "


# Text of an ink, and what of it is drawn.
HOSTILE = [
    ('</title></text><script>alert("x")</script>', '</title></text><script>alert("x")</script>'),
    (
        "a & b < c > d \" ' ]]> <!-- --> &amp; &#0; &bogus;",
        "a & b < c > d \" ' ]]> <!-- --> &amp; &#0; &bogus;",
    ),
    (
        '"/><image href="http://a.test/b.png" onload="x"/>',
        '"/><image href="http://a.test/b.png" onload="x"/>',
    ),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("bell\x07 null\x00 red\x1b[31m title\x1b]0;x\x07\x9b2J", "bell null red [31m title ]0;x 2J"),
    (" tab\tline\r\nnext\x85sep\u2028para\u2029 ", "tab line next sep para"),
    ("abc\u202edcba\u202c \u2066isolated\u2069", "abc dcba isolated"),
    ("lone " + chr(0xD800) + " and " + chr(0xDFFF) + chr(0xD83D), "lone and"),
    ("not \ufffe a \uffff character \U0001ffff", "not a character"),
    ("שלום עולם, مرحبا", "שלום עולם, مرحبا"),
    ("😀 👍🏽 👨‍👩‍👧 🇳🇴", "😀 👍🏽 👨‍👩‍👧 🇳🇴"),
    ("e\u0301 a\u0308\u0323\u0302 \u0301start", "e\u0301 a\u0308\u0323\u0302 \u0301start"),
    ("漢字かな 한글 ｆｕｌｌ", "漢字かな 한글 ｆｕｌｌ"),
    ("%s {0} \\n $HOME `id` ../../etc", "%s {0} \\n $HOME `id` ../../etc"),
]


@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["plain", "pdf", "eos"])
def test_hostile_text_stays_text_in_svg(name: str, text: str, left: str) -> None:
    more = {"legend": True} if name == "eos" else {}
    drawing = draw(
        [make_ink(500, text=text, id=text), make_ink(40, text=None, id=text)], name, caption=["id"], **more
    )
    root = ET.fromstring(drawing.svg().encode())
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles == [left, left]
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert [word for word in words if word == left] == [left, left]
    assert len(words) == 2 + (2 * 5 if more else 0)
    allowed = {"svg", "rect", "g", "path", "title", "text"} | ({"image"} if name == "pdf" else set())
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in allowed
        assert not [key for key in element.attrib if key.lower().startswith("on")]
        for key, value in element.attrib.items():
            assert "javascript" not in value
            assert not key.endswith("href") or (key == HREF and value.startswith("data:image/png;base64,"))


@pytest.mark.parametrize("page", [Page(), Page(plotter=True)], ids=["page", "plotter"])
@pytest.mark.parametrize("length", [1, 10_000])
def test_title_is_complete_at_any_length(length: int, page: Page) -> None:
    text = length * "<"
    root = ET.fromstring(draw(make_ink(30, text=text), page=page, caption="text").svg())
    assert [title.text for title in root.iter(f"{SVG}title")] == [text]
    assert max((len(t.text or "") for t in root.iter(f"{SVG}text")), default=0) < 250


def test_plotter_page_has_no_text() -> None:
    for name, more in (("plain", {}), ("eos", {"legend": True})):
        drawing = draw(make_inks(3, id="a"), name, Page(plotter=True), columns=2, caption="id", **more)
        assert not list(ET.fromstring(drawing.svg()).iter(f"{SVG}text"))


@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("color", [False, True])
def test_hostile_text_cannot_control_a_terminal(text: str, left: str, color: bool) -> None:
    drawing = draw([make_ink(400, text=text), make_ink(90, seed=1, text=text)], "color", caption="text")
    shown = drawing.terminal(100, color=color)
    assert ("\x1b" in shown) == color
    bare = ANSI.sub("", shown)
    assert not [c for c in bare if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not set(bare) & TURNING
    assert left in bare
    assert max(map(width_of, bare.split("\n"))) <= 100


@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_stay_text(text: str, left: str) -> None:
    layer = draw(make_ink(300)).scene.layers[0]
    label = Label(text, layer.bounds.left, layer.bounds.bottom, layer.size / 4)
    drawing = Drawing(Scene((replace(layer, labels=(label,)),)), Page(width=300))
    (word,) = ET.fromstring(drawing.svg().encode()).iter(f"{SVG}text")
    assert word.text == left
    shown = drawing.terminal(100)
    assert left in shown
    assert not [c for c in shown if c in TURNING or (unicodedata.category(c) in ("Cc", "Cs") and c != "\n")]


@pytest.mark.cairo
@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_can_be_rasterised(text: str, left: str) -> None:
    drawing = draw(make_ink(60, text=text), page=Page(width=200), caption="text")
    assert drawing.png().startswith(b"\x89PNG")
    assert drawing.gif(duration=0.1).startswith(b"GIF89a")


def test_error_with_hostile_id_is_one_printable_line() -> None:
    with pytest.raises(RenderError) as caught:
        draw([make_ink(20), Ink((np.eye(2),), id="a\x1b[31m\nb")], "eos")
    assert "line 2" in caught.value.message
    assert caught.value.message.isprintable()


def test_terminal_captions_are_below_their_ink() -> None:
    several = [make_ink(120, seed=k, id=f"no. {k}") for k in range(6)]
    lines = draw(several, columns=3, caption="id").terminal(90).split("\n")
    first, second = (next(n for n, line in enumerate(lines) if f"no. {k}" in line) for k in (0, 3))
    for row, start in ((first, 0), (second, 3)):
        places = [lines[row].index(f"no. {start + k}") for k in range(3)]
        assert [place // 30 for place in places] == [0, 1, 2]
    assert any(ord(c) > 0x2800 for line in lines[:first] for c in line)
    assert any(ord(c) > 0x2800 for line in lines[first + 1 : second] for c in line)


@pytest.mark.parametrize("columns", [2, 3])
def test_terminal_captions_do_not_overlap(columns: int) -> None:
    several = [make_ink(120, seed=k, text=f"{k} " + SENTENCE) for k in range(columns)]
    shown = draw(several, columns=columns, caption="text").terminal(80)
    (words,) = (line for line in shown.split("\n") if "0 A move" in line)
    for k in range(1, columns):
        assert f" {k} A move" in words
    assert words.count("…") == columns


def test_wide_characters_do_not_exceed_the_terminal_width() -> None:
    several = [make_ink(120, seed=k, text=20 * "漢字") for k in range(3)]
    for columns in range(70, 90):
        shown = draw(several, columns=3, caption="text").terminal(columns)
        assert max(map(width_of, shown.split("\n"))) <= columns


def test_leading_combining_mark_does_not_shift_a_terminal_caption() -> None:
    def places(text: str) -> list[int]:
        shown = draw(
            [make_ink(120, seed=k, text=text) for k in range(3)], columns=3, caption="text"
        ).terminal(80)
        (line,) = (line for line in shown.split("\n") if "abc" in line)
        return [width_of(line[: found.start()]) for found in re.finditer("abc", line)]

    assert places("\u0301abc") == places("abc")


@pytest.mark.parametrize("color", [False, True])
def test_truncated_terminal_captions_leave_no_trailing_spaces(color: bool) -> None:
    drawing = draw(make_ink(200, text=40 * "word "), caption="text")
    for columns in range(20, 45):
        for line in drawing.terminal(columns, color=color).split("\n"):
            assert line == line.rstrip()
