"""The size of a page in every format of ink that hw writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.ink_io.formats import parse
from hwcli.ink_io.writers import dump
from renderers.ink import Frame, Ink, Paper

STROKES = ([(0.0, 0.0), (3.0, 4.0)], [(5.0, 1.0)])
FRAME = {"left": 0, "top": 0, "width": 30, "height": 40}
PAPER = {"width": 148, "height": 210, "margin": 6.35, "mm_per_unit": 0.1}
sides = st.none() | st.floats(min_value=50, max_value=1e5)
scales = st.none() | st.floats(min_value=1e-9, max_value=1e9)


def read_one(data: bytes) -> Ink:
    (ink,) = parse(data, "a")
    return ink


def row(**keys: Any) -> bytes:
    return json.dumps({"hw": 1, "strokes": STROKES, **keys}).encode() + b"\n"


@pytest.mark.parametrize("format_", ["ndjson", "inkml", "npz"])
@given(
    width=sides,
    height=sides,
    margin=st.none() | st.floats(0, 20),
    scale=scales,
    framed=st.booleans(),
    ruling=st.sampled_from([None, "lines", "squares", "dots"]),
    lines=st.just((None, None)) | st.tuples(st.floats(-50, 50), st.floats(1e-9, 1e9)),
)
@example(width=160, height=None, margin=6.35, scale=0.02, framed=True, ruling="dots", lines=(1.5, 2.5))
@example(width=None, height=None, margin=0, scale=None, framed=False, ruling=None, lines=(None, None))
def test_page_is_the_same_after_writing_and_reading(
    format_, width, height, margin, scale, framed, ruling, lines
):
    frame = Frame(0.0, -2.0, 30.0, 40.0, scale, *lines) if framed else None
    paper = Paper(width, height, margin, ruling)
    ink = Ink(STROKES, frame=frame, paper=None if paper == Paper() else paper)
    back = read_one(b"".join(dump([ink], format_)))
    assert (back.frame, back.paper, back.extra) == (ink.frame, ink.paper, {})


def test_pages_of_earlier_versions_are_read():
    """They have no key `paper`."""
    back = read_one(row(page=FRAME))
    assert (back.frame, back.paper, back.extra) == (Frame(0, 0, 30, 40), None, {})


def test_paper_has_a_key_of_its_own_so_that_earlier_versions_read_the_frame():
    """They read a `page` of exactly four keys, and keep unknown keys."""
    ink = Ink(STROKES, frame=Frame(**FRAME, mm_per_unit=0.1), paper=Paper(148, 210, 6.35))
    keys = json.loads(b"".join(dump([ink])))
    assert (keys["page"], keys["paper"]) == (FRAME, PAPER)


OTHER_PAPERS: list[Any] = [
    None, {}, "a5", ["a5"], 148, {"name": "a5"}, PAPER | {"colour": "red"}, PAPER | {"width": "148mm"},
    PAPER | {"width": None}, PAPER | {"width": True}, PAPER | {"width": 0}, PAPER | {"width": -148},
    PAPER | {"width": 1e300}, PAPER | {"width": 1e7}, PAPER | {"margin": -1}, PAPER | {"margin": 74},
    PAPER | {"margin": 80}, PAPER | {"mm_per_unit": 0}, PAPER | {"mm_per_unit": -0.1},
    PAPER | {"mm_per_unit": 1e300}, PAPER | {"ruling": "waves"}, PAPER | {"ruling": 5},
    PAPER | {"ruling": None},
]  # fmt: skip


@pytest.mark.parametrize("paper", OTHER_PAPERS, ids=str)
def test_anything_else_called_paper_is_kept(paper):
    line = row(page=FRAME, paper=paper)
    back = read_one(line)
    assert (back.frame, back.paper, back.extra) == (Frame(0, 0, 30, 40), None, {"paper": paper})
    assert json.loads(b"".join(dump([back]))) == json.loads(line)


@pytest.mark.parametrize(
    "lines",
    [
        None, [], "ruled", {"baseline": 1}, {"baseline": 1, "line_height": 0},
        {"baseline": 1, "line_height": -2}, {"baseline": "1", "line_height": 2},
        {"baseline": 1, "line_height": 2, "x": 3},
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_called_lines_is_kept(lines):
    back = read_one(row(page=FRAME, lines=lines))
    assert (back.frame, back.extra) == (Frame(0, 0, 30, 40), {"lines": lines})
    assert read_one(row(lines={"baseline": 1, "line_height": 2})).extra["lines"]  # without a page


def test_scale_without_a_frame_is_kept_as_another_key():
    back = read_one(row(paper=PAPER))
    assert (back.paper, back.extra) == (None, {"paper": PAPER})
    assert read_one(row(paper={"width": 148})).paper == Paper(width=148)


def test_two_papers_differ_by_any_side():
    paper = Paper(148, 210, 6.35)
    assert len({paper, replace(paper, width=149), replace(paper, margin=None), Paper(148.0, 210, 6.35)}) == 3
