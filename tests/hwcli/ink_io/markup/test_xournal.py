"""Notes of Xournal and Xournal++, packed and not."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.ink_io.formats import detect, parse, read_each

HEAD = '<?xml version="1.0" standalone="no"?>\n<xournal creator="x" fileversion="4"><title>t</title>'


def note(*pages: str) -> bytes:
    inside = "".join(
        f'<page width="595" height="842"><background type="solid"/>{page}</page>' for page in pages
    )
    return f"{HEAD}{inside}</xournal>".encode()


def stroke(points: str, tool: str = "pen", width: str = "1.41 0.8") -> str:
    return f'<stroke tool="{tool}" color="#000000ff" width="{width}">{points}</stroke>'


TWO = note(
    f"<layer>{stroke('1 2 3 4')}</layer><layer>{stroke('5 6 7 8.5')}{stroke('9 9')}</layer>",
    "<layer></layer>",
    f"<layer>{stroke('0 0 1 1')}</layer>",
)


@pytest.mark.parametrize("data", [TWO, gzip.compress(TWO)], ids=["plain", "gzip"])
def test_each_page_with_strokes_is_an_ink_with_its_layers_in_order(data):
    assert detect(data) == "xournal"
    inks = parse(data, "a.xopp")
    assert [[s.tolist() for s in ink.strokes] for ink in inks] == [
        [[[1, 2], [3, 4]], [[5, 6], [7, 8.5]], [[9, 9]]],
        [[[0, 0], [1, 1]]],
    ]


def test_other_tools_typed_text_pictures_and_pdf_pages_are_passed_over_and_told():
    page = (
        '<background type="pdf" filename="/etc/passwd" pageno="1"/><layer><text font="Sans">typed</text>'
        f"<image>iVBORw0KGgo=</image><teximage>x</teximage>{stroke('1 2 3 4', 'highlighter')}"
        f"{stroke('1 2 3 4', 'eraser')}{stroke('5 6 7 8')}{stroke('')}</layer>"
    )
    (found,) = read_each(note(page), "a.xopp", "xournal")
    assert found.ink.points.tolist() == [[5, 6], [7, 8]]
    assert found.note == (
        "passed over: 1 formula, 1 pdf background, 1 picture, 1 stroke of the eraser, "
        "1 stroke of the highlighter, 1 typed text"
    )


REFUSED = {
    "only text": (note("<layer><text>a</text></layer>"), "without strokes of a pen (it has 1 typed text)"),
    "nothing": (note(), "without strokes of a pen"),
    "no numbers": (note(f"<layer>{stroke('1 x')}</layer>"), "line 2: a stroke has coordinates"),
    "half a point": (note(f"<layer>{stroke('1 2 3')}</layer>"), "which are not pairs"),
    "an infinite number": (note(f"<layer>{stroke('1e400 2')}</layer>"), "page 1: "),
    "no number": (note(f"<layer>{stroke('nan 2')}</layer>"), "page 1: "),
    "cut": (TWO[:-30], "incomplete or invalid XML"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_notes_are_one_error(data, words):
    (error,) = read_each(gzip.compress(data), "a.xopp", "xournal")
    assert error.message.startswith("a.xopp")
    assert words in error.message


def test_a_bomb_is_refused():
    packer = zlib.compressobj(9, wbits=31)
    data = packer.compress(HEAD.encode())
    data += b"".join(packer.compress(b" " * (1 << 20)) for _ in range(80)) + packer.flush()
    assert detect(data) == "xournal"
    (error,) = read_each(data, "a.xopp", "xournal")
    assert "more than the limit" in error.message


NUMBERS = st.floats(-1e15, 1e15)


@given(st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), min_size=1, max_size=5))
def test_points_are_read_bit_for_bit(strokes):
    texts = (" ".join(f"{x!r} {y!r}" for x, y in points) for points in strokes)
    (ink,) = parse(note("<layer>" + "".join(map(stroke, texts)) + "</layer>"), "a.xml")
    assert [[tuple(point) for point in one.tolist()] for one in ink.strokes] == strokes
