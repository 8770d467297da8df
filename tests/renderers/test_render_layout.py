"""Pages of several inks: grids, captions, legends, papers and resolutions, whatever the inks are called."""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inks import make_ink
from renderers import Drawing, Ink, Page, RenderError, Scene, draw
from renderers.lengths import PAPERS
from renderers.registry import style_names
from renderers.scene import Bounds, Label, Layer

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
ANSI = re.compile(r"\x1b\[[\d;]*m")
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What Adobe's metrics say of Helvetica, in thousandths of an em.
HELVETICA = {
    **dict.fromkeys("abdeghnopquL", 556),
    **dict.fromkeys("cksvxyzJ", 500),
    **dict.fromkeys("ft .I", 278),
    **dict.fromkeys("ijl", 222),
    **dict.fromkeys("ABEKPSVXY", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("GOQ", 778),
    **{"m": 833, "M": 833, "W": 944, "r": 333, "…": 1000},
}


def inks(count: int, points: int = 60, **about: Any) -> list[Ink]:
    """Inks of different lengths, the longest in the middle."""
    return [make_ink(points + 11 * min(k, count - k), seed=k, **about) for k in range(count)]


def overlap(one: Bounds, two: Bounds) -> bool:
    across = min(one.right, two.right) - max(one.left, two.left)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > 1e-6 and down > 1e-6


def drawn_box(layer: Layer) -> Bounds:
    return Bounds(*layer.vertices.min(axis=0), *layer.vertices.max(axis=0))


def width_of(line: str) -> int:
    """How many columns of a terminal a line takes."""
    wide = 0
    for character in line:
        if not unicodedata.combining(character) and unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            wide += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return wide


@pytest.mark.parametrize("captions", [(), ("id",)], ids=["bare", "captions"])
@pytest.mark.parametrize(("count", "columns"), [(7, 1), (7, 2), (7, 3), (4, 4), (6, 3)])
def test_a_grid_has_the_rows_and_columns_asked_for(
    count: int, columns: int, captions: tuple[str, ...]
) -> None:
    several = inks(count, id="a")
    layers = draw(several, columns=columns, caption=captions).scene.layers
    assert len(layers) == count
    for k, one in enumerate(layers):
        assert not any(overlap(one.bounds, two.bounds) for two in layers[k + 1 :])
    middles = np.array([[(b.left + b.right) / 2, (b.top + b.bottom) / 2] for b in map(drawn_box, layers)])
    # pens and labels belong to the cell too, so ink is about in the middle of it
    size = layers[0].size
    for k in range(count):
        row, column = divmod(k, columns)
        assert middles[k, 1] == pytest.approx(middles[row * columns, 1], abs=0.4 * size)
        if column:
            assert layers[k].bounds.left > layers[k - 1].bounds.right
            assert middles[k, 0] == pytest.approx(middles[column, 0], abs=0.2 * size)
        elif row:
            above = max(layer.bounds.bottom for layer in layers[k - columns : k])
            assert min(layer.bounds.top for layer in layers[k : k + columns]) > above


@pytest.mark.parametrize("name", style_names())
def test_a_page_has_one_scale_and_one_pen(name: str) -> None:
    several = [
        Ink(tuple(f * s for s in i.strokes), i.prediction)
        for i, f in zip(inks(4), (1, 2, 0.7, 1), strict=True)
    ]
    layers = draw(several, name, columns=2, caption="id").scene.layers
    for ink, layer in zip(several, layers, strict=True):
        moved = layer.vertices - ink.points[layer.times]
        assert moved == pytest.approx(np.broadcast_to(moved[0], moved.shape), abs=1e-6)
    assert len({tuple(round(pen.width, 9) for pen in layer.pens) for layer in layers}) == 1


def test_more_columns_than_inks_are_as_many_as_inks() -> None:
    assert draw(inks(3), columns=99).svg() == draw(inks(3), columns=3).svg()
    assert draw(inks(3), columns=1).svg() == draw(inks(3)).svg()
    assert draw(inks(1), columns=5).svg() == draw(inks(1)).svg()


@pytest.mark.parametrize("columns", [0, -1, 1.5, True, "2", None])
def test_columns_are_a_whole_number(columns: Any) -> None:
    with pytest.raises(RenderError, match="columns") as caught:
        draw(inks(2), columns=columns)
    assert "at least 1" in (caught.value.hint or "")


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("name", ["plain", "pdf"])
def test_captions_stand_below_their_ink_and_above_the_next(name: str, columns: int) -> None:
    several = [make_ink(80, seed=k, id=f"number {k}") for k in range(6)]
    layers = draw(several, name, columns=columns, caption="id").scene.layers
    for k, layer in enumerate(layers):
        (label,) = layer.labels
        assert label.text == f"number {k}"
        box = drawn_box(layer)
        assert label.y - 0.75 * label.size > box.bottom
        assert label.y < layer.bounds.bottom
        if k + columns < len(layers):
            assert label.y + 0.25 * label.size < layers[k + columns].bounds.top
        if columns > 1:
            assert label.anchor == "middle"
            assert label.x == pytest.approx((box.left + box.right) / 2, abs=0.6 * layer.size)
        else:
            assert label.anchor == "start"
            assert label.x == pytest.approx(layers[0].bounds.left)
    assert len({layer.labels[0].size for layer in layers}) == 1


@pytest.mark.parametrize("columns", [1, 3])
def test_captions_leave_as_much_room_between_rows_as_there_is_without(columns: int) -> None:
    rooms = []
    for caption in ((), ("id",)):
        layers = draw([make_ink(80, seed=0, id="a")] * 6, columns=columns, caption=caption).scene.layers
        rooms.append(layers[columns].bounds.top - layers[0].bounds.bottom)
    assert rooms[1] == pytest.approx(rooms[0])


@pytest.mark.parametrize(
    ("about", "parts", "said"),
    [
        ({"id": "a01", "text": "A move", "seed": 3}, "id", "a01"),
        ({"id": "a01", "text": "A move", "seed": 3}, ["text", "seed", "id"], "A move · seed 3 · a01"),
        ({"id": "a01", "seed": 0}, ["id", "text", "seed"], "a01 · seed 0"),
        ({"text": "A move"}, ["id", "text", " seed "], "A move"),
        ({"text": "\x07 \n", "id": ""}, ["id", "text"], None),
        ({}, ["id", "text", "seed"], None),
        ({"id": "a01"}, [], None),
    ],
    ids=str,
)
def test_a_caption_says_the_parts_that_there_are(about: dict[str, Any], parts: Any, said: str | None) -> None:
    drawing = draw(replace(make_ink(300), **about), caption=parts)
    assert [label.text for layer in drawing.scene.layers for label in layer.labels] == (
        [said] if said else []
    )
    assert [t.text for t in ET.fromstring(drawing.svg()).iter(f"{SVG}text")] == ([said] if said else [])


def test_an_ink_without_a_caption_keeps_its_place_among_those_with() -> None:
    several = [make_ink(80, seed=0, id="one"), make_ink(80, seed=1), make_ink(80, seed=2, id="three")]
    layers = draw(several, columns=3, caption="id").scene.layers
    assert [len(layer.labels) for layer in layers] == [1, 0, 1]
    assert layers[0].labels[0].y == layers[2].labels[0].y


@pytest.mark.parametrize(
    ("part", "near"), [("sed", "seed"), ("txt", "text"), ("ID", "id"), ("id,text", "id")]
)
def test_a_caption_of_what_inks_do_not_say_names_the_nearest(part: str, near: str) -> None:
    with pytest.raises(RenderError, match="part of a caption") as caught:
        draw(make_ink(30), caption=[part])
    assert near in (caught.value.hint or "")


SENTENCE = "A move to stop Mr. Gaitskell from nominating any more Labour life Peers is to be made "


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(3 * SENTENCE, id="prose"),
        pytest.param(200 * "x", id="a word"),
        pytest.param(3 * SENTENCE.upper(), id="capitals"),
        pytest.param(200 * "m", id="m"),
    ],
)
@pytest.mark.parametrize("columns", [1, 3])
def test_a_caption_too_long_for_its_cell_ends_with_dots(text: str, columns: int) -> None:
    layers = draw(
        [make_ink(200, seed=k, text=text) for k in range(3)], columns=columns, caption="text"
    ).scene.layers
    room = max(layer.bounds.width for layer in layers)
    for layer in layers:
        (label,) = layer.labels
        shown = label.fitted()
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])
        wide = sum(HELVETICA[c] for c in shown) / 1000 * label.size
        assert wide > 0.6 * room
        assert wide < 1.05 * room  # so much lies between two columns


def test_a_dot_with_a_long_caption_is_still_a_page() -> None:
    drawing = draw(Ink((np.array([[1.0, 1.0]]),), text=10_000 * "x"), caption="text")
    (text,) = ET.fromstring(drawing.svg()).iter(f"{SVG}text")
    assert (text.text or "").endswith("…")
    assert len(text.text or "") < 10
    assert "…" in drawing.terminal(40)


# What an ink says of itself, and what is left of it as text.
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
def test_words_of_the_ink_stay_words_in_svg(name: str, text: str, left: str) -> None:
    more = {"legend": True} if name == "eos" else {}
    drawing = draw([make_ink(500, text=text, id=text), make_ink(40, id=text)], name, caption=["id"], **more)
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
def test_a_title_is_whole_however_long(length: int, page: Page) -> None:
    text = length * "<"
    root = ET.fromstring(draw(make_ink(30, text=text), page=page, caption="text").svg())
    assert [title.text for title in root.iter(f"{SVG}title")] == [text]
    assert max((len(t.text or "") for t in root.iter(f"{SVG}text")), default=0) < 250


def test_a_plotter_writes_no_words() -> None:
    for name, more in (("plain", {}), ("eos", {"legend": True})):
        drawing = draw(inks(3, id="a"), name, Page(plotter=True), columns=2, caption="id", **more)
        assert not list(ET.fromstring(drawing.svg()).iter(f"{SVG}text"))


@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("color", [False, True])
def test_words_of_the_ink_do_nothing_to_a_terminal(text: str, left: str, color: bool) -> None:
    drawing = draw([make_ink(400, text=text), make_ink(90, seed=1, text=text)], "color", caption="text")
    shown = drawing.terminal(100, color=color)
    assert ("\x1b" in shown) == color
    bare = ANSI.sub("", shown)
    assert not [c for c in bare if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not set(bare) & TURNING
    assert left in bare
    assert max(map(width_of, bare.split("\n"))) <= 100


@pytest.mark.parametrize(("text", "left"), HOSTILE, ids=range(len(HOSTILE)))
def test_labels_of_any_style_are_only_words(text: str, left: str) -> None:
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
def test_words_of_the_ink_can_be_painted(text: str, left: str) -> None:
    drawing = draw(make_ink(60, text=text), page=Page(width=200), caption="text")
    assert drawing.png().startswith(b"\x89PNG")
    assert drawing.gif(duration=0.1).startswith(b"GIF89a")


def test_an_error_about_a_line_is_one_line_whatever_its_id() -> None:
    with pytest.raises(RenderError) as caught:
        draw([make_ink(20), Ink((np.eye(2),), id="a\x1b[31m\nb")], "eos")
    assert "line 2" in caught.value.message
    assert caught.value.message.isprintable()


def test_a_terminals_captions_lie_below_their_ink() -> None:
    several = [make_ink(120, seed=k, id=f"no. {k}") for k in range(6)]
    lines = draw(several, columns=3, caption="id").terminal(90).split("\n")
    first, second = (next(n for n, line in enumerate(lines) if f"no. {k}" in line) for k in (0, 3))
    for row, start in ((first, 0), (second, 3)):
        places = [lines[row].index(f"no. {start + k}") for k in range(3)]
        assert [place // 30 for place in places] == [0, 1, 2]
    assert any(ord(c) > 0x2800 for line in lines[:first] for c in line)
    assert any(ord(c) > 0x2800 for line in lines[first + 1 : second] for c in line)


@pytest.mark.parametrize("columns", [2, 3])
def test_a_terminals_captions_keep_apart(columns: int) -> None:
    several = [make_ink(120, seed=k, text=f"{k} " + SENTENCE) for k in range(columns)]
    shown = draw(several, columns=columns, caption="text").terminal(80)
    (words,) = (line for line in shown.split("\n") if "0 A move" in line)
    for k in range(1, columns):
        assert f" {k} A move" in words
    assert words.count("…") == columns


def test_a_terminals_lines_are_never_too_long_for_wide_characters() -> None:
    several = [make_ink(120, seed=k, text=20 * "漢字") for k in range(3)]
    for columns in range(70, 90):
        shown = draw(several, columns=3, caption="text").terminal(columns)
        assert max(map(width_of, shown.split("\n"))) <= columns


def test_a_leading_combining_mark_moves_nothing_in_a_terminal() -> None:
    def places(text: str) -> list[int]:
        shown = draw(
            [make_ink(120, seed=k, text=text) for k in range(3)], columns=3, caption="text"
        ).terminal(80)
        (line,) = (line for line in shown.split("\n") if "abc" in line)
        return [width_of(line[: found.start()]) for found in re.finditer("abc", line)]

    assert places("\u0301abc") == places("abc")


@pytest.mark.parametrize("color", [False, True])
def test_a_terminals_lines_do_not_end_in_blanks_where_a_caption_is_cut(color: bool) -> None:
    drawing = draw(make_ink(200, text=40 * "word "), caption="text")
    for columns in range(20, 45):
        for line in drawing.terminal(columns, color=color).split("\n"):
            assert line == line.rstrip()


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("paper", PAPERS)
def test_papers_have_their_sizes(paper: str, landscape: bool) -> None:
    page = Page(paper=paper.upper() if landscape else paper, landscape=landscape, plotter=True)
    root = ET.fromstring(draw(make_ink(30), page=page).svg())
    sizes = [float(root.attrib[side].removesuffix("mm")) for side in ("width", "height")]
    assert sizes == sorted(PAPERS[paper], reverse=landscape)


def test_well_known_papers_are_what_they_are() -> None:
    assert PAPERS["a4"] == (210, 297)
    assert PAPERS["letter"] == pytest.approx((8.5 * 25.4, 11 * 25.4))
    assert PAPERS["legal"] == pytest.approx((8.5 * 25.4, 14 * 25.4))
    for larger, smaller in pairwise(("a0", "a1", "a2", "a3", "a4", "a5", "a6")):
        assert PAPERS[smaller] == (PAPERS[larger][1] // 2, PAPERS[larger][0])


def test_a_paper_on_screen_is_in_px_and_holds_the_ink() -> None:
    page = Page(paper="letter", landscape=True)
    drawing = draw(inks(4), page=page, columns=2)
    root = ET.fromstring(drawing.svg())
    assert (root.attrib["width"], root.attrib["height"]) == ("1056px", "816px")
    place = page.place(drawing.scene.bounds, drawing.scene.size)
    corners = place.apply(np.array(drawing.scene.bounds).reshape(2, 2))
    assert (corners >= 23.999).all()
    assert (corners <= np.array([1056, 816]) - 23.999).all()


@pytest.mark.parametrize(
    ("about", "message", "hint"),
    [
        ({"paper": "a44"}, "unknown paper 'a44'", "did you mean a4?"),
        ({"paper": "leter"}, "unknown paper 'leter'", "did you mean letter?"),
        ({"paper": "foolscap"}, "unknown paper 'foolscap'", "known: a6"),
        ({"paper": ""}, "unknown paper ''", "known: a6"),
        ({"paper": 4}, "unknown paper '4'", "a4"),
        (
            {"paper": "a4", "width": "100mm"},
            "has a width and a height already",
            "give the paper, or the sizes",
        ),
        ({"paper": "a4", "height": 100}, "has a width and a height already", "give the paper, or the sizes"),
        ({"landscape": True}, "landscape turns a paper, and none is given", "--paper a4"),
        (
            {"landscape": True, "width": 300, "height": 100},
            "landscape turns a paper",
            "the width and the height",
        ),
        ({"paper": "a6", "margin": "53mm"}, "no room", "smaller margin"),
    ],
    ids=str,
)
def test_pages_that_cannot_be_say_why(about: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(RenderError) as caught:
        Page(**about)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found[kind] = png[at + 8 : at + 8 + length]
        at += 12 + length
    return found


@pytest.mark.cairo
@pytest.mark.parametrize(
    ("options", "size", "metre"),
    [
        ({}, (816, 1056), None),
        ({"scale": 0.25}, (204, 264), None),
        ({"dpi": 96}, (816, 1056), 3780),
        ({"dpi": 100}, (850, 1100), 3937),
        ({"dpi": "150"}, (1275, 1650), 5906),
        ({"dpi": 72}, (612, 792), 2835),
        ({"dpi": "auto", "scale": "auto"}, (816, 1056), None),
    ],
    ids=str,
)
def test_a_png_has_its_resolutions_pixels_and_says_them(
    options: dict[str, Any], size: tuple[int, int], metre: int | None
) -> None:
    png = draw(make_ink(30), page=Page(paper="letter")).png(**options)
    image = Image.open(io.BytesIO(png))
    image.load()
    assert image.size == size
    physical = chunks(png).get(b"pHYs")
    assert physical == (None if metre is None else struct.pack(">IIB", metre, metre, 1))
    if metre is not None:
        assert list(chunks(png))[:2] == [b"IHDR", b"pHYs"]
        assert image.info["dpi"][0] == pytest.approx(float(options["dpi"]), abs=0.02)


@pytest.mark.cairo
@pytest.mark.parametrize("options", [{"scale": 2, "dpi": 200}, {"width": 300, "dpi": 96}], ids=str)
def test_a_png_has_one_resolution(options: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="scale and dpi"):
        draw(make_ink(30)).png(**options)


@pytest.mark.cairo
@pytest.mark.parametrize("background", ["none", "transparent", "", None])
def test_a_clear_png_is_clear_but_for_the_ink(background: str | None) -> None:
    drawing = draw(make_ink(60), page=Page(width=300, background=background), color="#ff0000")
    rgba = np.asarray(Image.open(io.BytesIO(drawing.png())))
    assert rgba.shape[2] == 4
    assert (rgba[0, :, 3] == 0).all()
    assert 0.01 < (rgba[..., 3] == 255).mean() < 0.3
    seen = rgba[rgba[..., 3] > 40]
    assert seen[:, 0].min() > 240
    assert seen[:, 1:3].max() < 15


@pytest.mark.parametrize("count", [1, 2])
def test_eos_has_a_legend_where_asked_for(count: int) -> None:
    several = inks(count)
    assert not list(ET.fromstring(draw(several, "eos").svg()).iter(f"{SVG}text"))
    drawing = draw(several, "eos", legend=True)
    texts = list(ET.fromstring(drawing.svg()).iter(f"{SVG}text"))
    assert len(texts) == 5 * count
    for k, ink in enumerate(several):
        heading, *below = texts[5 * k : 5 * k + 5]
        assert "probability" in (heading.text or "")
        marks = [mark.text or "" for mark in sorted(below, key=lambda mark: float(mark.get("x", "nan")))]
        assert ink.prediction is not None
        first = np.concatenate([[True], ink.ends[:-1]])
        arrived_at = ~first | ink.ends
        eos = ink.prediction.eos[arrived_at]
        values = [float(mark) for mark in marks]
        assert values == sorted(values)
        assert values[0] == pytest.approx(eos.min(), rel=0.05)
        assert values[-1] == pytest.approx(eos.max(), rel=0.05)


def test_a_legend_lies_below_the_ink_and_is_no_ink(ink: Ink) -> None:
    scene = draw(ink, "eos", legend=True).scene
    layer, legend = scene.layers
    assert legend.bounds.top > layer.bounds.bottom
    assert legend.bounds.left == pytest.approx(layer.bounds.left)
    assert scene.count == layer.count == len(ink)
    box = drawn_box(legend)
    for label in legend.labels:
        assert legend.bounds.top < label.y < legend.bounds.bottom
        assert box.left <= label.x <= box.right
    # every pen of the ink, in order of the probabilities
    assert legend.pen.tolist() == list(range(len(layer.pens)))
    assert (np.diff(legend.vertices[::2, 0]) > 0).all()
    assert scene.until(0).layers[1].labels == legend.labels


@pytest.mark.parametrize(
    ("eos", "words"),
    [(np.full(200, 0.25), ["0.25"]), (np.linspace(0, 1, 200), ["< 0.001", "0.11", "0.44", "1"])],
    ids=["equal", "all"],
)
def test_a_legend_names_the_range_of_the_inks_probabilities(eos: np.ndarray, words: list[str]) -> None:
    ink = make_ink(200)
    object.__setattr__(ink.prediction, "eos", np.where(np.arange(200) == 1, eos.min(), eos))
    _, legend = draw(ink, "eos", legend=True).scene.layers
    assert [label.text for label in sorted(legend.labels[1:], key=lambda label: label.x)] == words


def test_a_plotter_plots_no_legend() -> None:
    for page, count in ((Page(), 2), (Page(plotter=True), 1)):
        root = ET.fromstring(draw(make_ink(60), "eos", page, legend=True).svg())
        assert len([child for child in root if child.tag == f"{SVG}g"]) == count
