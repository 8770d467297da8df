"""JSON of recorders in all its arrangements, drawings of Quick, Draw!, and JSON that is no ink."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io import formats, ndjson
from hwcli.ink_io.found_ink import NoInkError
from renderers.ink import Ink

STROKES = [[[1, 2], [3, 4]], [[5, 5], [6, 6], [7, 8]]]
NUMBERS = st.integers(-(2**31), 2**31) | st.floats(-1e9, 1e9)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def objects(stroke, **names):
    x, y = names.get("x", "x"), names.get("y", "y")
    return [{x: a, y: b} for a, b in stroke]


def timed(stroke, start=0):
    return [[x, y, start + k] for k, (x, y) in enumerate(stroke)]


def read(value) -> list[Ink]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return formats.parse(data, "x.json")


def lists(ink: Ink) -> list:
    return [stroke.tolist() for stroke in ink.strokes]


ARRANGEMENTS = {
    "lists": STROKES,
    "objects": [objects(s) for s in STROKES],
    "objects with capitals": [objects(s, x="X", y="Y") for s in STROKES],
    "strokes with points": {"strokes": [{"points": objects(s)} for s in STROKES]},
    "strokes with columns": {"paths": [{"x": [p[0] for p in s], "y": [p[1] for p in s]} for s in STROKES]},
    "flat coordinates": {"lines": [{"points": [v for p in s for v in p]} for s in STROKES]},
    "one level more": {"version": 2, "data": {"strokes": STROKES}},
    "one list with numbers of strokes": [
        {"x": x, "y": y, "stroke": k} for k, s in enumerate(STROKES) for x, y in s
    ],
    "one list with lifts": [[*p, int(p is s[-1])] for s in STROKES for p in s],
    "one list with the pen's state": {
        "points": [o for s in STROKES for o in [*({"x": x, "y": y, "down": True} for x, y in s),
                                                {"x": 0, "y": 0, "down": False}]]
    },
    "events": [
        {"x": x, "y": y, "type": "pointer" + ("down" if k == 0 else "up" if k == len(s) - 1 else "move")}
        for s in STROKES for k, (x, y) in enumerate(s)
    ],
    "columns with numbers of strokes": {
        "x": [p[0] for s in STROKES for p in s], "y": [p[1] for s in STROKES for p in s],
        "stroke_id": [k for k, s in enumerate(STROKES) for _ in s],
    },
    "empty strokes": [[], *STROKES, []],
}  # fmt: skip


@pytest.mark.parametrize("value", ARRANGEMENTS.values(), ids=ARRANGEMENTS)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_arrangement_of_points_is_read(value, indent):
    (ink,) = read(json.dumps(value, indent=indent).encode())
    assert lists(ink) == STROKES


@given(
    st.lists(POINTS, min_size=1, max_size=4), TEXTS, st.sampled_from(["text", "transcription", "label", "gt"])
)
def test_points_of_objects_are_read_as_they_are(strokes, text, key):
    (ink,) = read({key: text, "id": 7, "strokes": [objects(stroke) for stroke in strokes]})
    assert (lists(ink), ink.text, ink.id) == ([[[*p] for p in s] for s in strokes], text, "7")


def test_times_and_pressures_are_kept_one_for_each_point():
    points = [[{"x": x, "y": y, "time": 5 * x, "force": 0.5} for x, y in s] for s in STROKES]
    for value in ({"strokes": points}, {"strokes": [timed(STROKES[0]), timed(STROKES[1], 9)]}):
        (ink,) = read(value)
        assert len(ink.extra["t"]) == len(ink)
        (back,) = read(ndjson.dump(ink))
        assert back.extra == ink.extra
    (first,) = read({"strokes": points})
    assert (first.extra["t"], first.extra["pressure"]) == ([5, 15, 25, 30, 35], [0.5] * 5)


def test_a_writer_keeps_the_lines_of_a_file_together():
    value = {
        "author": "Ann",
        "samples": [{"text": "one", "strokes": STROKES}, {"text": "two", "strokes": STROKES}],
    }
    found = list(formats.read_each(json.dumps(value).encode(), "x", "json"))
    assert [(one.ink.text, one.writer, one.format) for one in found] == [
        ("one", "Ann", "json"),
        ("two", "Ann", "json"),
    ]


def test_inks_named_by_their_keys_have_these_as_ids():
    inks = read({"first": {"strokes": STROKES}, "second": {"strokes": STROKES}})
    assert [ink.id for ink in inks] == ["first", "second"]


@pytest.mark.parametrize("key", ["seed", "model", "page", "characters", "hw_version", "prediction"])
def test_keys_of_others_that_hw_uses_do_no_harm(key):
    (ink,) = read({"strokes": STROKES, key: "anything", "device": "tablet"})
    (back,) = read(ndjson.dump(ink))
    assert lists(back) == STROKES
    assert back.extra["device"] == "tablet"


def test_lines_of_recorders_and_of_hw_may_follow_each_other():
    lines = [{"text": "a", "strokes": STROKES}, {"hw": 1, "strokes": STROKES, "text": "b"}]
    data = "\n".join(map(json.dumps, lines)).encode()
    assert [ink.text for ink in read(data)] == ["a", "b"]


def test_hw_ink_that_jq_printed_on_many_lines_is_read():
    lines = [{"hw": 1, "strokes": STROKES, "text": text} for text in "ab"]
    data = "\n".join(json.dumps(line, indent=2) for line in lines).encode()
    assert [ink.text for ink in read(data)] == ["a", "b"]


DRAWING = {"word": "line", "countrycode": "NL", "recognized": True, "key_id": "12"}


@pytest.mark.parametrize("times", [[], [[0, 5]]], ids=["simplified", "raw"])
def test_drawings_keep_their_word_but_it_is_no_text(times):
    line = json.dumps({**DRAWING, "drawing": [[[1, 3], [2, 4], *times], [[5, 6], [5, 6], *times]]}).encode()
    one, two = formats.read_each(line + b"\n" + line, "x", formats.detect(line))
    assert (one.format, lists(one.ink)) == ("quickdraw", [[[1, 2], [3, 4]], [[5, 5], [6, 6]]])
    assert (one.ink.text, one.ink.id, one.ink.extra["word"]) == (None, "12", "line")
    assert one.ink.extra.get("t") == ([0, 5, 0, 5] if times else None)
    assert lists(two.ink) == lists(one.ink)


def test_a_damaged_drawing_does_not_hide_the_others():
    good = json.dumps({**DRAWING, "drawing": [[[1, 3], [2, 4]]]})
    bad = json.dumps({**DRAWING, "drawing": [[[1, 3], [2]]]})
    found = list(formats.read_each(f"{good}\n{bad}\n{good}".encode(), "x", "quickdraw"))
    assert [isinstance(one, HwError) for one in found] == [False, True, False]
    assert found[1].message == "x, line 2: a stroke has lists of x and y of different lengths, or empty ones"


NO_INK = {
    "a package": ({"name": "x", "lines": 5, "data": {"a": 1}}, "with the keys name, lines, data"),
    "empty strokes": ({"strokes": []}, "with the keys strokes"),
    "a matrix": ([[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]], "a list of 2"),
}


@pytest.mark.parametrize(("value", "message"), NO_INK.values(), ids=NO_INK)
def test_json_that_is_no_ink_says_what_it_is(value, message):
    (error,) = formats.read_each(json.dumps(value).encode(), "x", "json")
    assert isinstance(error, NoInkError)
    assert message in error.message


BAD = {
    "a point without y": ({"strokes": [[{"x": 1, "y": 2}, {"x": 1}]]}, "point 2 has no x or no y"),
    "a text as number": ({"strokes": [[{"x": "1", "y": 2}]]}, "point 1: x is '1', not a number"),
    "a truth value": ({"strokes": [[[True, 2]]]}, "not a number"),
    "nothing": ({"strokes": [[{"x": None, "y": 2}]]}, "point 1: x is 'None'"),
    "ragged points": ({"strokes": [[[1, 2], [3]]]}, "point 2 is [3]"),
    "columns of two lengths": ({"strokes": [{"x": [1, 2], "y": [1]}]}, "2 values of x and 1 of y"),
    "too large": ({"strokes": [[[1e300, 2]]]}, "a coordinate is not a number up to 1e+18"),
    "far too large": (b'{"strokes": [[[1e400, 2]]]}', "not JSON"),
    "too large a whole number": (b'{"strokes": [[[' + b"9" * 30 + b', 2]]]}', "a coordinate"),
    "NaN": (b'{"strokes": [[[NaN, 2]]]}', "not JSON"),
    "half of a character": (b'{"strokes": [[[1, 2]]], "text": "\\ud800"}', "not JSON"),
    "nesting": (b'{"strokes": ' + b"[" * 3000 + b"]" * 3000 + b"}", "not JSON"),
    "cut off": (b'{"strokes": [[[1, 2]', "not JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "message"), BAD.values(), ids=BAD)
def test_damaged_json_is_one_line_that_names_the_place(value, message):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    for format_ in ("json", "ndjson"):
        (error,) = formats.read_each(data, "x.json", format_)
        assert message in error.message
        assert error.message.startswith("x.json")
        assert "\n" not in error.message


def test_times_that_are_no_numbers_are_left_out():
    (ink,) = read([[1, 2, 0], [1, 2, {}]])
    assert (lists(ink), ink.extra) == ([[[1, 2], [1, 2]]], {})
