"""Tables of points: any order of columns, with a header or without, and tables of something else."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io import formats
from hwcli.ink_io.found_ink import NoInkError
from renderers.ink import Ink

STROKES = [[[1, 2], [3, 4]], [[5, 5], [6, 6], [7, 8]]]
NUMBERS = st.floats(-1e9, 1e9)
INKS = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4), min_size=1, max_size=4)


def read(text: str | bytes) -> list[Ink]:
    return formats.parse(text if isinstance(text, bytes) else text.encode(), "x.csv")


def lists(ink: Ink) -> list:
    return [stroke.tolist() for stroke in ink.strokes]


def table(rows, delimiter=",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def rows_of(strokes):
    return [(k, x, y) for k, stroke in enumerate(strokes) for x, y in stroke]


@given(INKS, st.permutations(["stroke", "x", "y", "note"]), st.sampled_from(",;\t"))
def test_columns_come_in_any_order(strokes, order, delimiter):
    values = [dict(zip(("stroke", "x", "y"), row, strict=True), note="é") for row in rows_of(strokes)]
    text = table([order, *([value[key] for key in order] for value in values)], delimiter)
    (ink,) = read(text)
    assert lists(ink) == [[[*p] for p in s] for s in strokes]


TABLES = {
    "stroke first": table(rows_of(STROKES)),
    "stroke last": table([(x, y, k) for k, x, y in rows_of(STROKES)]),
    "lifts": table([(*p, int(p is s[-1])) for s in STROKES for p in s]),
    "empty lines": "1,2\n3,4\n\n5,5\n6,6\n7,8\n",
    "tabs": table(rows_of(STROKES), "\t"),
    "decimal commas": "stroke;x;y\n0;1,0;2,0\n0;3,0;4\n1;5;5\n1;6;6\n1;7;8,0\n",
    "a mark": "\ufeffstroke,x,y\n" + table(rows_of(STROKES)),
    "pen": "x,y,pen\n" + table([(*p, 1) for p in STROKES[0]] + [(0, 0, 0)] + [(*p, 1) for p in STROKES[1]]),
    "names": "Stroke ID,Pos X,Pos Y,Time (ms)\n" + table([(*r, k) for k, r in enumerate(rows_of(STROKES))]),
    "quotes": '"x","y","stroke"\n' + table([(x, y, f"s{k}") for k, x, y in rows_of(STROKES)]),
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_tables_of_every_kind_are_read(text):
    (ink,) = read(text)
    assert lists(ink) == STROKES


def test_a_column_of_lines_makes_several_inks():
    text = "line_id,text,writer,x,y,t\nb,two words,Ann,1,2,0\nb,two words,Ann,2,3,5\na,é,Ann,1,1,9\n"
    found = list(formats.read_each(text.encode(), "x", "csv"))
    about = [(one.ink.id, one.ink.text, one.writer, len(one.ink), one.ink.extra["t"]) for one in found]
    assert about == [("b", "two words", "Ann", 2, [0, 5]), ("a", "é", "Ann", 1, [9])]


def test_a_column_that_numbers_points_makes_no_inks():
    (ink,) = read("id,text,x,y\n1,hi,1,2\n2,hi,3,4\n3,hi,5,6\n")
    assert (len(ink), ink.text) == (3, "hi")


BAD = {
    "another table": ("name,age\nAnn,5\n", "its columns are name, age, and x or y is not among them"),
    "no number": ("x,y\n1,2\n1,abc\n", "x.csv, line 3: 'abc' is not a number"),
    "a short row": ("x,y\n1,2\n1\n", "x.csv, line 3: 1 columns, the first line has 2"),
    "no rows": ("x,y\n", "a table without rows"),
    "NaN": ("x,y\n1,nan\n", "a coordinate is not a number"),
    "infinity": ("x,y\n1,1e400\n", "a coordinate is not a number"),
    "a huge field": ("x,y\n1," + "1" * 200_000 + "\n", "field larger than field limit"),
    "one column": ("hello\nyou\n", "its first line has one column"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_damaged_and_other_tables_are_one_line_that_names_the_place(text, message):
    (error,) = formats.read_each(text.encode(), "x.csv", "csv")
    assert isinstance(error, HwError)
    assert message in error.message
    assert "\n" not in error.message


def test_a_table_of_something_else_is_no_ink_and_named():
    assert formats.detect(b"name,age\nAnn,5\n") is None
    (error,) = formats.read_each(b"name,age\nAnn,5\n", "x.csv", "csv")
    assert isinstance(error, NoInkError)


def test_texts_are_not_taken_for_tables():
    others = (
        "Dear Anna,\n\nhow are you?\n",
        "a01-000u\na01-001u\n",
        "one, two\n",
        "1\n2\n",
        "",
        "<x,y>",
        "5, 6",
    )
    assert [formats.detect(text.encode()) for text in others] == [None] * len(others)
