"""The flat NDJSON keys of a trace and a frame: read as Ink.trace and Ink.frame, written back unchanged."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse
from inks import traced
from renderers.ink import Fault, Frame, Ink, Trace

STROKES = ([[0, 0], [3, 4]], [[9, 2]])  # three points
CHARACTERS = [0, -1, 2]
FAULT = {"kind": "skipped", "place": 1, "character": "b"}
PAGE = {"left": 0.0, "top": -1.5, "width": 30, "height": 40.25}

FINITE = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
PLACES = st.integers(-(2**63), 2**63 - 1)
FAULTS = st.lists(st.builds(Fault, TEXTS, PLACES, TEXTS), max_size=3).map(tuple)


@st.composite
def traced_inks(choose: st.DrawFn) -> Ink:
    text = choose(TEXTS)
    characters = choose(st.lists(st.integers(-1, len(text)), min_size=3, max_size=3))
    tries = choose(st.none() | st.integers(1, 1000))
    trace = Trace(characters, tries, choose(FAULTS), choose(st.none() | TEXTS))
    return Ink(STROKES, text=text, trace=trace)


def row_of(**keys: Any) -> bytes:
    row = {"hw": 1, "strokes": [[[0.0, 0.0], [3.0, 4.0]], [[9.0, 2.0]]], "text": "abc"}
    return orjson.dumps(row | keys, option=orjson.OPT_APPEND_NEWLINE)


def read_one(line: bytes) -> Ink:
    (ink,) = parse(line, "ink", "ndjson")
    return ink


@given(ink=traced_inks())
def test_trace_round_trips(ink):
    line = ndjson.dump(ink)
    back = read_one(line)
    assert traced(back) == traced(ink)
    assert back.extra == {}
    assert ndjson.dump(back) == line


@given(numbers=st.tuples(FINITE, FINITE, FINITE, FINITE))
def test_frame_round_trips(numbers):
    ink = Ink(STROKES, frame=Frame(*numbers))
    line = ndjson.dump(ink)
    back = read_one(line)
    assert back.frame == ink.frame
    assert back.extra == {}
    assert ndjson.dump(back) == line


def test_trace_and_frame_are_flat_keys():
    trace = Trace(np.array(CHARACTERS), 4, (Fault(**FAULT),), "too short")
    ink = Ink(STROKES, text="abc", trace=trace, frame=Frame(**PAGE), extra={"writer": 7})
    row = json.loads(ndjson.dump(ink))
    flat = {
        "characters": CHARACTERS, "tries": 4, "page": PAGE, "faults": [FAULT], "prime_trouble": "too short",
        "writer": 7,
    }  # fmt: skip
    assert {key: row[key] for key in row.keys() - {"hw", "strokes", "text"}} == flat
    back = read_one(row_of(**flat))
    assert (traced(back), back.frame, back.extra) == (traced(ink), ink.frame, {"writer": 7})
    assert ndjson.dump(back) == row_of(**flat)


def test_keys_without_a_value_are_left_out():
    row = json.loads(ndjson.dump(Ink(STROKES, text="abc", trace=Trace(CHARACTERS))))
    assert row.keys() == {"hw", "strokes", "text", "characters"}
    assert json.loads(ndjson.dump(Ink(STROKES))).keys() == {"hw", "strokes"}


OTHER_TRACES: list[tuple[str, dict[str, Any]]] = [
    ("too few characters", {"characters": [0, 1]}),
    ("too many characters", {"characters": [0, 1, 2, 2]}),
    ("beyond the text", {"characters": [0, 1, 4]}),
    ("below -1", {"characters": [-2, 0, 1]}),
    ("booleans", {"characters": [False, True, True]}),
    ("floats", {"characters": [0.0, 1.0, 2.0]}),
    ("strings", {"characters": ["a", "b", "c"]}),
    ("a text", {"characters": "abc"}),
    ("nested", {"characters": [[0], [1], [2]]}),
    ("null among numbers", {"characters": [0, None, 2]}),
    ("null", {"characters": None}),
    ("an object", {"characters": {"0": 1}}),
    ("a huge number", {"characters": [0, 1, 2**64 - 1]}),
    ("no text", {"characters": CHARACTERS, "text": None}),
    ("no characters", {"tries": 3, "faults": [FAULT], "prime_trouble": "too short"}),
    *(
        (f"{key} {json.dumps(value)}", {"characters": CHARACTERS, key: value})
        for key, values in {
            "tries": ["3", 2.5, True, [1], {}],
            "prime_trouble": [1, True, ["too short"], {}],
            "faults": [
                None, "", "none", 0, {}, FAULT, [1], ["skipped"], [[]], [None],
                [{"kind": "skipped"}], [FAULT | {"note": 1}], [FAULT | {"kind": 1}],
                [FAULT | {"place": True}], [FAULT | {"place": 1.0}],
                [FAULT | {"character": None}], [FAULT, {}],
            ],
        }.items()
        for value in values
    ),
]  # fmt: skip


@pytest.mark.parametrize("keys", [row[1] for row in OTHER_TRACES], ids=[row[0] for row in OTHER_TRACES])
def test_keys_that_hold_something_else_stay_in_extra(keys):
    line = row_of(**keys)
    ink = read_one(line)
    assert ink.trace is None
    assert ink.extra == {key: value for key, value in keys.items() if key != "text"}
    assert json.loads(ndjson.dump(ink)) == {
        k: v for k, v in json.loads(line).items() if (k, v) != ("text", None)
    }


OTHER_PAGES: list[tuple[str, Any]] = [
    *((f"without {key}", {k: v for k, v in PAGE.items() if k != key}) for key in PAGE),
    ("an extra key", PAGE | {"right": 1}),
    ("null", None),
    ("a number", 2),
    ("a text", "a4"),
    ("a list", [0, 0, 30, 40]),
    ("an empty object", {}),
    *((f"width {json.dumps(value)}", PAGE | {"width": value}) for value in ("30", True, None, [30], {})),
]


@pytest.mark.parametrize("page", [row[1] for row in OTHER_PAGES], ids=[row[0] for row in OTHER_PAGES])
def test_page_that_holds_something_else_stays_in_extra(page):
    line = row_of(page=page)
    ink = read_one(line)
    assert ink.frame is None
    assert ink.extra == {"page": page}
    assert ndjson.dump(ink) == line


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_frame_that_is_not_finite_is_not_read_as_one(number):
    """JSON has no such number: it is written as null, which stays in extra."""
    line = ndjson.dump(Ink(STROKES, frame=Frame(0, 0, number, 40)))
    ink = read_one(line)
    assert ink.frame is None
    assert ink.extra == {"page": {"left": 0, "top": 0, "width": None, "height": 40}}
    assert ndjson.dump(ink) == line


def test_extra_and_trace_are_independent():
    ink = read_one(row_of(characters=CHARACTERS, page="a4"))
    assert (ink.trace.characters.tolist(), ink.extra) == (CHARACTERS, {"page": "a4"})
    ink = read_one(row_of(characters="abc", page=PAGE))
    assert (ink.frame, ink.extra) == (Frame(**PAGE), {"characters": "abc"})
