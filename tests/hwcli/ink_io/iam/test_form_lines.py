"""Whole forms of IAM-OnDB: split into their lines, with id, writer and text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import handwriting_line, iam_form_xml
from hwcli.errors import HwError
from hwcli.ink_io.formats import parse, read_each
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.iam.form_lines import line_of_each

LINES = [handwriting_line(500 * k, words, seed=k) for k, words in enumerate((6, 7, 3, 6))]
STROKES = [stroke for line in LINES for stroke in line]
TEXTS = {f"a01-000z-{k:02d}": f"line {k}" for k in (1, 2, 3, 4)}
PATH = "original/a01/a01-000/strokesz.xml"


def read(data: bytes, name: str = PATH) -> list[FoundInk]:
    found = list(read_each(data, name, "iam"))
    assert all(isinstance(one, FoundInk) for one in found), found
    return found


def strokes_of(found: list[FoundInk]) -> list[list[list[tuple[float, float]]]]:
    return [[[tuple(p) for p in stroke.tolist()] for stroke in one.ink.strokes] for one in found]


def test_a_form_is_its_lines_with_id_text_form_and_writer():
    found = read(iam_form_xml(STROKES, TEXTS, "a01-000z", "10001"))
    assert strokes_of(found) == LINES
    assert {one.ink.id: one.ink.text for one in found} == TEXTS
    assert {(one.format, one.form, one.writer, one.cut_out) for one in found} == {
        ("iam", "a01-000z", "10001", True)
    }
    assert {(one.note, one.defect) for one in found} == {(None, None)}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (PATH, "a01-000z"),
        ("x.tar.gz/original/a01/a01-000/strokes.xml", "a01-000"),
        ("strokesz.xml", "strokesz"),
    ],
)
def test_a_form_that_says_nothing_has_the_id_in_its_path_and_as_many_lines_as_it_looks_like(name, form):
    found = read(iam_form_xml(STROKES), name)
    assert strokes_of(found) == LINES
    assert [(one.form, one.writer, one.ink.id, one.ink.text) for one in found] == [
        (form, None, f"{form}-{k:02d}", None) for k in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize("number", [3, 5])
def test_a_form_with_another_number_of_lines_than_its_text_is_kept_without_text(number):
    texts = {f"a01-000z-{k:02d}": "?" for k in range(1, number + 1)}
    found = read(iam_form_xml(STROKES, texts, "a01-000z", "10001"))
    assert strokes_of(found) == LINES
    assert [(one.ink.id, one.ink.text, one.writer) for one in found] == [
        (f"a01-000z-{k:02d}", None, "10001") for k in (1, 2, 3, 4)
    ]
    assert {one.note for one in found} == {
        f"kept without text: its form has {number} lines of text, and the ink does not look like it"
    }


def test_characters_escaped_twice_are_read_as_one():
    texts = {**TEXTS, "a01-000z-02": "&amp;quot;Rock &amp;amp; Roll&amp;quot;"}
    assert read(iam_form_xml(STROKES, texts, "a01-000z"))[1].ink.text == '"Rock & Roll"'


def test_a_form_is_drawn_and_primed_from_as_its_lines():
    assert [ink.id for ink in parse(iam_form_xml(STROKES, TEXTS, "a01-000z"), "form.xml")] == list(TEXTS)


def test_the_known_bad_form_is_not_learned_from():
    found = read(iam_form_xml(STROKES), "original/z01/z01-000/strokesz.xml")
    assert all("known bad" in (one.defect or "") for one in found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (iam_form_xml(STROKES, TEXTS).replace(b' text="line 2"', b""), ["a text line has no text"]),
        (iam_form_xml(STROKES, TEXTS)[:-300], ["invalid XML", "line"]),
        (iam_form_xml([], TEXTS, "a01-000z"), ["no points"]),
        (iam_form_xml([[(0, "deep")]], TEXTS, "a01-000z"), ["line", "'deep' is not a coordinate"]),
    ],
    ids=["a line without text", "cut", "no ink", "not a number"],
)
def test_a_damaged_form_is_one_error(data, words):
    (error,) = read_each(data, PATH, "iam")
    assert isinstance(error, HwError)
    assert error.message.startswith(PATH)
    assert all(word in error.message for word in words)


def in_lines(lines, known):
    """The strokes of `lines`, in order, and the line that each was given to."""
    strokes = [np.array(stroke, float) for line in lines for stroke in line]
    return line_of_each(strokes, known), [k for k, line in enumerate(lines) for _ in line]


@given(
    st.lists(st.integers(2, 7), min_size=2, max_size=12),
    st.integers(350, 900),
    st.integers(-8, 8),
    st.booleans(),
    st.sampled_from([0.01, 1, 300]),
)
def test_lines_are_found_at_any_spacing_slope_and_scale(words, spacing, slope, known, scale):
    lines = [
        [[(scale * x, scale * (y + slope * x // 100)) for x, y in stroke] for stroke in
         handwriting_line(spacing * k, n, seed=k)]
        for k, n in enumerate(words)
    ]  # fmt: skip
    (found, agrees), right = in_lines(lines, len(lines) if known else None)
    assert found.tolist() == right
    assert agrees


@given(st.data())
def test_strokes_added_later_are_given_to_the_line_that_they_lie_on(data):
    lines = [handwriting_line(500 * k, 6, seed=k) for k in range(5)]
    strokes = [(k, np.array(stroke, float)) for k, line in enumerate(lines) for stroke in line]
    for _ in range(data.draw(st.integers(1, 4))):
        dots = [i for i, (_, stroke) in enumerate(strokes) if len(stroke) == 2]
        dot = strokes.pop(data.draw(st.sampled_from(dots)))
        later = [i for i, (k, _) in enumerate(strokes) if k > dot[0]]
        strokes.insert(data.draw(st.sampled_from([*later, len(strokes)])), dot)
    known = data.draw(st.sampled_from([5, None]))
    found, agrees = line_of_each([stroke for _, stroke in strokes], known)
    assert found.tolist() == [k for k, _ in strokes]
    assert agrees


@pytest.mark.parametrize(
    "strokes",
    [[[(5, 5)]], [[(5, 5)], [(5, 5)]], [[(0, 0), (9, 0)]] * 3, [[(0, k)] for k in range(40)]],
    ids=["a point", "a point twice", "flat strokes", "a column of points"],
)
@pytest.mark.parametrize("known", [None, 1, 3])
def test_any_ink_has_lines(strokes, known):
    found, _ = line_of_each([np.array(stroke, float) for stroke in strokes], known)
    assert len(found) == len(strokes)
    assert set(found) == set(range(found.max() + 1))
    assert found.max() < min(known or 20, len(strokes))
