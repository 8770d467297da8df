"""InkML: channels, contexts, differences, groups, labels and views; and write-then-read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io.formats import detect, parse, read_each
from hwcli.ink_io.markup.inkml_writer import dump
from hwcli.ink_io.markup.trace_values import Format, read_points
from renderers.ink import Ink
from written_inks import same_ink, written_inks

NAMESPACE = 'xmlns="http://www.w3.org/2003/InkML"'


def document(inside: str, head: str = NAMESPACE) -> bytes:
    return f'<?xml version="1.0"?>\n<ink {head}>{inside}</ink>'.encode()


def strokes(inside: str, head: str = NAMESPACE) -> list:
    (ink,) = parse(document(inside, head), "a.inkml")
    return [stroke.tolist() for stroke in ink.strokes]


@given(inks=st.lists(written_inks(), min_size=1, max_size=3))
@example(inks=[Ink(strokes=())])
@example(
    inks=[Ink(strokes=(), text=" a\r\n", id="\x00\ufffe<&>]]>"), Ink(strokes=(), text="\U0001f600\u200d")]
)
def test_what_is_written_is_read_back_bit_for_bit(inks):
    data = b"".join(dump(inks))
    assert detect(data) == "inkml"
    read = parse(data, "a.inkml")
    assert len(read) == len(inks)
    assert all(map(same_ink, read, inks))


def test_predictions_are_left_out_on_demand_and_form_and_writer_are_read():
    given_ink = Ink(strokes=([[0, 0]],), extra={"form": "f", "writer": "w"})
    (found,) = read_each(b"".join(dump([given_ink], prediction=False)), "a", "inkml")
    assert (found.format, found.form, found.writer, found.ink.prediction) == ("inkml", "f", "w", None)


def test_texts_are_annotations_that_other_programs_read():
    data = b"".join(dump([Ink(strokes=([[0, 0], [1.5, -2]],), text="a < b", id="k")])).decode()
    assert '<annotation type="transcription">a &lt; b</annotation>' in data
    assert '<annotation type="id">k</annotation>' in data
    assert "<trace>0.0 0.0,1.5 -2.0</trace>" in data


# ---- traces


def test_the_example_of_the_recommendation():
    text = """1125 18432,'23'43,"7"-8,3-5,7-3,6 2,6 8,3 6 T,2 4*T,3 6,3-6 F F"""
    expected = [
        [1125, 18432], [1148, 18475], [1178, 18510], [1211, 18540], [1251, 18567], [1297, 18596],
        [1349, 18633], [1404, 18676], [1461, 18723], [1521, 18776], [1584, 18823],
    ]  # fmt: skip
    assert read_points(text, Format(("X", "Y", "S", "E"), 2)).tolist() == expected


TRACES = {
    "blanks and line ends": ("\n 10 0,\n 9   14 ,8 28, ", [[10, 0], [9, 14], [8, 28]]),
    "a difference after explicit points": ("1 1,3 4,\"1\"0", [[1, 1], [3, 4], [6, 7]]),
    "explicit again": ("1 1,'2'2,!9!9,8 8", [[1, 1], [3, 3], [9, 9], [8, 8]]),
    "the last value again": ("1 1,* 5,7 *", [[1, 1], [1, 5], [7, 5]]),
    "differences after it start from zero": ("1 1,'5'5,* *,\"1\"1", [[1, 1], [6, 6], [6, 6], [7, 7]]),
    "unknown places": ("1 1,? 5,7 ?,3 3", [[1, 1], [3, 3]]),
    "numbers of every form": ("-.5 +1e1,#ff 1.", [[-0.5, 10], [255, 1]]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "points"), TRACES.values(), ids=TRACES)
def test_values(text, points):
    assert read_points(text, Format()).tolist() == points


@given(
    points=st.lists(st.tuples(st.integers(-9999, 9999), st.integers(-9999, 9999)), min_size=3, max_size=30),
    order=st.sampled_from(["", "!", "'", '"']),
    channels=st.permutations(["X", "Y", "F", "T"]),
)
def test_differences_of_whole_numbers_lose_nothing(points, order, channels):
    values = np.array(points).T
    if order in ("'", '"'):
        values = np.diff(values, prepend=0)
    if order == '"':
        values[:, 2:] = np.diff(values, 1)[:, 1:]
    rows = []
    for k, pair in enumerate(values.T.tolist()):
        sign = order if k == (2 if order == '"' else 1) else ""
        sign = "'" if order == '"' and k == 1 else sign
        by_channel = {"X": pair[0], "Y": pair[1], "F": 7, "T": k}
        rows.append(" ".join(f"{sign if c in 'XY' else ''}{by_channel[c]}" for c in channels))
    read = read_points(",".join(rows), Format(tuple(channels), 4))
    assert read.tolist() == [list(map(float, point)) for point in points]


@pytest.mark.parametrize(
    ("text", "words"),
    [("1", "1 values"), ("1 2 3", "3 values"), ("1 2,x y", "'x y' is not a value"),
     ("T F", "not a coordinate"), ("1 2,1e400 0", "number"), ("'nan 1", "is not a value")],
)  # fmt: skip
def test_a_bad_trace_is_an_error_with_its_line(text, words):
    (error,) = read_each(document(f"\n<trace>1 2</trace>\n<trace>{text}</trace>"), "a.inkml", "inkml")
    assert isinstance(error, HwError)
    assert error.message.startswith(("a.inkml, line 4: ", "a.inkml, ink 1: "))
    assert words in error.message


# ---- formats and contexts

T_Y_X = '<channel name="T" type="integer" units="ms"/><channel name="Y"/><channel name="x"/>'
CONTEXT = f'<context xml:id="c"><traceFormat>{T_Y_X}</traceFormat></context>'
XY = '<channel name="X"/><channel name="Y"/>'
CHANNELS = {
    "none declared": "<trace>1 2,3 4</trace>",
    "in any order": f'<traceFormat>{T_Y_X}</traceFormat><trace>0 2 1,9 4 3</trace>',
    "by context": f'<definitions>{CONTEXT}</definitions>'
    '<trace contextRef="#c">0 2 1,9 4 3</trace>',
    "by group": f'<definitions>{CONTEXT}</definitions>'
    '<traceGroup contextRef="#c"><trace>0 2 1,9 4 3</trace></traceGroup>',
    "by a reference of a reference": f'<definitions><traceFormat xml:id="f">{T_Y_X}</traceFormat>'
    '<context xml:id="c" traceFormatRef="#f"/><context xml:id="d" contextRef="#c"/></definitions>'
    '<trace contextRef="#d">0 2 1,9 4 3</trace>',
    "by an ink source": f'<definitions><inkSource xml:id="s"><traceFormat>{T_Y_X}</traceFormat></inkSource>'
    '<context xml:id="c" inkSourceRef="#s"/></definitions><context contextRef="#c"/>'
    "<trace>0 2 1,9 4 3</trace>",
    "the default by name": '<context traceFormatRef="#DefaultTraceFormat"/><trace>1 2,3 4</trace>',
    "intermittent": f'<traceFormat>{XY}<intermittentChannels><channel name="F"/>'
    '</intermittentChannels></traceFormat><trace>1 2 9,3 4</trace>',
    "y upwards": '<traceFormat><channel name="X"/><channel name="Y" orientation="-ve"/></traceFormat>'
    "<trace>1 -2,3 -4</trace>",
    "y in other units": '<traceFormat><channel name="X" units="mm"/><channel name="Y" units="cm"/>'
    "</traceFormat>"
    "<trace>1 .2,3 .4</trace>",
    "a hovering pen": '<trace type="penUp">9 9,9 8</trace><trace>1 2,3 4</trace>',
    "a trace in parts": '<trace continuation="begin">1 2</trace><trace continuation="end">3 4</trace>',
    "an empty trace": "<trace/><trace>1 2,3 4</trace>",
}  # fmt: skip


@pytest.mark.parametrize("inside", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("prefix", ["", "i:"])
def test_channels_are_found(inside, prefix):
    if not prefix:
        assert strokes(inside) == strokes(inside, "") == [[[1, 2], [3, 4]]]
        return
    data = document(inside).decode().replace("</", "</i:").replace("<", "<i:").replace("<i:/i:", "</i:")
    data = data.replace("<i:?", "<?").replace("xmlns=", "xmlns:i=")
    (ink,) = parse(data.encode(), "a.inkml")
    assert ink.points.tolist() == [[1, 2], [3, 4]]


BAD_DOCUMENTS = {
    "no y": ('<traceFormat><channel name="X"/></traceFormat><trace>1</trace>', "are not X and Y"),
    "a reference to nothing": ('<trace contextRef="#c">1 2</trace>', "nothing in it has the id '#c'"),
    "contexts in a circle": (
        '<context id="a" contextRef="#b"/><context id="b" contextRef="#a"/><trace>1 2</trace>',
        "without end",
    ),
    "views in a circle": (
        '<traceGroup id="a"><traceView traceDataRef="#a"/><traceView traceDataRef="#a"/></traceGroup>'
        '<trace>1 2</trace><traceView traceDataRef="#a"/>',
        "without end",
    ),
    "no traces": ("<annotation>x</annotation>", "contains no strokes"),
    "deep nesting": ("<traceGroup>" * 3000 + "</traceGroup>" * 3000, "nested more than"),
    "an annotation of hw that is not JSON": ('<annotation type="hw">{</annotation>', "is not JSON"),
    "an annotation of hw that is no object": ('<annotation type="hw">[]</annotation>', "is not an object"),
    "an annotation of hw with bad strokes": (
        '<annotation type="hw">{"strokes":5}</annotation>',
        "'strokes' must be a list",
    ),
}


@pytest.mark.parametrize(("inside", "words"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_a_bad_document_is_one_error_that_names_it(inside, words):
    (error,) = read_each(document(inside), "a.inkml", "inkml")
    assert error.message.startswith("a.inkml")
    assert words in error.message
    assert "\n" not in error.message


LAUGHS = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))
DOCTYPES = {
    "billion laughs": (f'<!ENTITY l0 "lol">{LAUGHS}', "holds others"),
    "one long entity": (f'<!ENTITY l9 "{"x" * 5000}">', "too long"),
    "a file": ('<!ENTITY l9 SYSTEM "file:///etc/passwd">', "is outside the file"),
    "a parameter entity": ('<!ENTITY % p SYSTEM "http://x.test/p.dtd">', "is outside the file"),
}


@pytest.mark.parametrize(("declarations", "words"), DOCTYPES.values(), ids=DOCTYPES)
def test_entities_are_not_expanded_without_end_nor_read_from_elsewhere(declarations, words):
    data = document("<annotation>&l9;</annotation><trace>1 2</trace>").replace(
        b"<ink", b"<!DOCTYPE ink [" + declarations.encode() + b"]><ink"
    )
    assert detect(data[:4096]) in ("inkml", None)  # None: the root is not among the first bytes
    (error,) = read_each(data, "a.inkml", "inkml")
    assert words in error.message


def test_many_elements_are_refused_before_they_take_too_much_memory():
    (error,) = read_each(document("<a/>" * 2_000_000), "a.inkml", "inkml")
    assert "more than the limit" in error.message


# ---- groups, labels and views


def labelled(kind: str, text: str, inside: str, more: str = "") -> str:
    return f'<traceGroup {more}><annotation type="{kind}">{text}</annotation>{inside}</traceGroup>'


ONE, TWO = "<trace>0 0,1 1</trace>", "<trace>5 0,6 1</trace>"


@pytest.mark.parametrize("kind", ["transcription", "truth", "label", "Transcription", "textContent"])
def test_labelled_groups_are_an_ink_each(kind):
    data = document(labelled(kind, " one\n", ONE, 'xml:id="g1"') + labelled(kind, "two", TWO))
    inks = parse(data, "a.inkml")
    assert [(ink.text, ink.id, len(ink)) for ink in inks] == [("one", "g1", 2), ("two", None, 2)]


def test_a_labelled_document_is_one_ink_though_its_symbols_are_labelled_too():
    inside = '<annotation type="truth">x+1</annotation><annotation type="UI">u7</annotation>'
    inside += '<annotation type="writer">w3</annotation>'
    inside += '<trace id="0">0 0,1 1</trace><trace id="1">5 0,6 1</trace>'
    inside += labelled("truth", "Segmentation", labelled("truth", "x", '<traceView traceDataRef="0"/>'))
    (found,) = read_each(document(inside), "a.inkml", "inkml")
    assert (found.ink.text, found.ink.id, found.writer, len(found.ink.strokes)) == ("x+1", "u7", "w3", 2)


def test_lines_among_nested_views_are_the_inks():
    view = '<traceView><annotation type="type">{}</annotation>'
    view += '<annotation type="transcription">{}</annotation>{}</traceView>'
    words = [view.format("Word", word, f'<traceView traceDataRef="#t{k}"/>') for k, word in enumerate("abc")]
    lines = view.format("Textline", "a b", words[0] + words[1]) + view.format("Textline", "c", words[2])
    traces = "".join(f'<trace xml:id="t{k}">{k} 0,{k} 1</trace>' for k in range(4))  # the last is a drawing
    block = traces + view.format("Textblock", "a b c", lines)
    inks = parse(document(block), "a.inkml")
    assert [(ink.text, ink.points[:, 0].tolist()) for ink in inks] == [("a b", [0, 0, 1, 1]), ("c", [2, 2])]


def test_views_name_parts_of_traces_and_groups():
    traces = '<trace xml:id="t">0 0,1 1,2 2,3 3</trace><traceGroup xml:id="g">' + ONE + TWO + "</traceGroup>"
    views = "".join(
        f'<traceView traceDataRef="#{where}"><annotation type="label">{where}</annotation></traceView>'
        for where in ('t" from="2" to="3', 'g" from="2')
    ).replace('">t" from="2" to="3<', '">t<').replace('">g" from="2<', '">g<')  # fmt: skip
    inks = parse(document(traces + views), "a.inkml")
    assert [(ink.text, ink.points[:, 0].tolist()) for ink in inks] == [("t", [1, 2]), ("g", [5, 6])]


def test_unlabelled_groups_are_one_ink():
    assert strokes(f"<traceGroup>{ONE}</traceGroup><traceGroup>{TWO}</traceGroup>") == [
        [[0, 0], [1, 1]],
        [[5, 0], [6, 1]],
    ]
