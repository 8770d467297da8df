"""hw ink NDJSON: a bit-exact round trip, and errors with the line."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import random_model
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import parse
from hwcli.sampling.model import Model
from renderers.ink import LARGEST, Ink

FINITE = st.floats(-LARGEST, LARGEST)
STROKES = st.lists(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=4), max_size=4)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda k: k not in {"hw", "strokes", "prediction", "text", "id", "seed", "model"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FINITE | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


@given(
    strokes=STROKES, text=TEXTS, id_=TEXTS, seed=st.none() | st.integers(0, 2**63 - 1),
    extra=st.dictionaries(KEYS, JSON, max_size=3),
)  # fmt: skip
def test_ink_survives_a_round_trip_bit_for_bit_with_every_key(strokes, text, id_, seed, extra):
    ink = Ink(strokes=tuple(strokes), text=text, id=id_, seed=seed, extra=extra)
    line = ndjson.dump(ink)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    (back,) = parse(line, "ink")
    assert len(back.strokes) == len(ink.strokes)
    assert all(same_bits(a, b) for a, b in zip(ink.strokes, back.strokes, strict=True))
    assert (back.text, back.id, back.seed, dict(back.extra)) == (text, id_, seed, extra)
    assert ndjson.dump(back) == line


def test_predictions_survive_a_round_trip_bit_for_bit():
    ink = Model(random_model(), "m").sample(points=30, seed=1)
    (back,) = parse(ndjson.dump(ink), "ink", "ndjson")
    for name in ("eos", "pi", "mu", "sigma", "rho"):
        assert same_bits(getattr(ink.prediction, name), getattr(back.prediction, name)), name
    assert ndjson.dump(back) == ndjson.dump(ink)


def test_predictions_can_be_left_out():
    ink = Model(random_model(), "m").sample(points=30, seed=1)
    row = json.loads(ndjson.dump(ink, prediction=False))
    assert row == {
        "hw": 1, "strokes": [s.tolist() for s in ink.strokes], "id": "1-0", "seed": 1, "model": "m",
    }  # fmt: skip


def test_the_memory_order_of_an_array_does_not_matter():
    stroke = np.asfortranarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert json.loads(ndjson.dump(Ink(strokes=(stroke,))))["strokes"] == [[[1, 2], [3, 4], [5, 6]]]


@pytest.mark.parametrize(
    "data",
    [
        b'{"hw":1,"strokes":[[[1,2]]]}',
        b'{"hw":1,"strokes":[[[1,2]]]}\r\n',
        b'\xef\xbb\xbf{"hw":1,"strokes":[[[1,2]]]}\n',
        b'\n\n{"hw":1,"strokes":[[[1,2]]]}\n\n',
        b'  { "strokes" : [[[1.0, 2]]] , "hw" : 1 }',
        b'{"strokes":[[' + b" " * 9000 + b'[1,2]]],"hw":1}',
    ],
    ids=["no newline", "windows", "byte order mark", "blank lines", "another order", "a late key hw"],
)
def test_equivalent_ndjson_is_detected_and_read(data):
    (ink,) = parse(data, "ink")
    assert [s.tolist() for s in ink.strokes] == [[[1, 2]]]


def test_inks_are_read_in_order():
    rows = b"".join(b'{"hw":1,"strokes":[[[%d,0]]],"id":"%d"}\n' % (k, k) for k in range(5))
    assert [ink.id for ink in parse(rows, "ink")] == ["0", "1", "2", "3", "4"]


GOOD = '{"hw":1,"strokes":[[[1,2]]]}\n'
ONE = '"eos":[0.5],"pi":[[1]],"mu":[[[0,0]]],"sigma":[[[1,1]]],"rho":[[0]]'


def predicted(prediction: str, stroke: str = "[[1,2]]") -> str:
    return f'{{"hw":1,"strokes":[{stroke}],"prediction":{{{prediction}}}}}'


BAD_LINES = [
    ("truncated", '{"hw":1,"strokes":[[[1,', "not JSON"),
    ("no ink", '{"tracks":5}', "tracks"),
    ("a list", "[1,2]", "hw"),
    ("another version", '{"hw":2,"strokes":[[[1,2]]]}', "version 2"),
    ("no strokes", '{"hw":1}', "strokes"),
    ("strokes not in a list", '{"hw":1,"strokes":{"a":1}}', "strokes"),
    ("an empty stroke", '{"hw":1,"strokes":[[]]}', "stroke 1"),
    ("three numbers a point", '{"hw":1,"strokes":[[[1,2]],[[1,2,3]]]}', "stroke 2"),
    ("ragged", '{"hw":1,"strokes":[[[1,2],[3]]]}', "stroke 1"),
    ("text instead of numbers", '{"hw":1,"strokes":[[["a","b"]]]}', "stroke 1"),
    ("null instead of a number", '{"hw":1,"strokes":[[[null,1]]]}', "stroke 1"),
    ("NaN", '{"hw":1,"strokes":[[[NaN,1]]]}', "not JSON"),
    ("too large a number", '{"hw":1,"strokes":[[[1e999,1]]]}', ""),
    ("a text that is a number", '{"hw":1,"strokes":[[[1,2]]],"text":3}', "text"),
    ("a seed that is a text", '{"hw":1,"strokes":[[[1,2]]],"seed":"7"}', "seed"),
    ("half a prediction", '{"hw":1,"strokes":[[[1,2]]],"prediction":{"eos":[0.5]}}', "prediction"),
    ("a prediction of another length", predicted(ONE, "[[1,2],[3,4]]"), "2 points"),
    ("sigma of 0", predicted(ONE.replace("[1,1]", "[0,1]")), "sigma"),
    ("rho of 1", predicted(ONE.replace("[[0]]", "[[1]]")), "rho"),
    ("eos of 2", predicted(ONE.replace("0.5", "2")), "eos"),
    ("a ragged prediction", predicted(ONE.replace("[[1]]", "[[1],[]]")), "pi"),
    ("a truth value among coordinates", '{"hw":1,"strokes":[[[true,1.5]]]}', "true is not a number"),
    ("a quoted coordinate", '{"hw":1,"strokes":[[["5","6"]]]}', "stroke 1"),
    ("one quoted coordinate", '{"hw":1,"strokes":[[[5,"6"]]]}', "stroke 1"),
    ("more than float32 can hold", '{"hw":1,"strokes":[[[1,2]],[[0,0],[1e39,1]]]}', "stroke 2"),
    ("400 digits", '{"hw":1,"strokes":[[[1,' + "9" * 400 + "]]]}", ""),
    ("a truth value in a prediction", predicted(ONE.replace("0.5", "true")), "true is not a number"),
    ("a quoted number in a prediction", predicted(ONE.replace("0.5", '"0.5"')), '"0.5" is not a number'),
    ("a prediction beyond float32", predicted(ONE.replace("[[1]]", "[[1e39]]")), "finite"),
    ("a version that is true", '{"hw":true,"strokes":[[[1,2]]]}', "hw"),
    ("extra nested too deeply", '{"hw":1,"strokes":[],"x":' + "[" * 300 + "]" * 300 + "}", "nested"),
    ("deeply nested", '{"hw":1,"strokes":' + "[" * 3000 + "]" * 3000 + "}", ""),
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("line", "word"), [row[1:] for row in BAD_LINES], ids=[row[0] for row in BAD_LINES])
def test_errors_name_the_file_and_the_line(line, word):
    with pytest.raises(HwError) as caught:
        parse((GOOD + "\n" + line + "\n").encode(), "some.ndjson", "ndjson")
    assert caught.value.message.startswith("some.ndjson, line 3: ")
    assert word in caught.value.message
    assert "\n" not in caught.value.message


def test_lines_are_read_as_they_arrive():
    seen = []

    def lines():
        for k in range(3):
            seen.append(k)
            yield b'{"hw":1,"strokes":[[[%d,0]]]}\n' % k

    next(ndjson.read_some(lines(), "stdin"))
    assert seen == [0]


@pytest.mark.parametrize(
    ("row", "form", "writer"),
    [("", None, None), (',"form":"f"', "f", None), (',"writer":"w"', None, "w"), (',"writer":7', None, "7"),
     (',"form":"","writer":null', None, None)],
)  # fmt: skip
def test_form_and_writer_are_read_with_the_ink(row, form, writer):
    (found,) = ndjson.read_each(f'{{"hw":1,"strokes":[[[1,2]]]{row}}}'.encode(), "ink")
    assert (found.format, found.form, found.writer, found.defect) == ("ndjson", form, writer, None)


def test_a_file_of_bad_lines_only_is_not_reported_line_by_line_to_its_end(monkeypatch):
    monkeypatch.setattr(ndjson, "MOST_BAD", 10)
    found = list(ndjson.read_each(f"{GOOD}\n".encode() + b"x\n" * 100, "ink"))
    assert len(found) == 1 + 10 + 1
    assert "10 lines cannot be read" in found[-1].message


def test_a_bad_line_does_not_stop_the_next():
    good, bad, last = ndjson.read_each(f"{GOOD}[1]\n{GOOD}".encode(), "ink")
    assert isinstance(bad, HwError)
    assert good.ink.points.tolist() == last.ink.points.tolist() == [[1, 2]]
