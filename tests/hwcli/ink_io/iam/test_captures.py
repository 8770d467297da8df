"""Reading IAM-OnDB's files: ink, form, and errors with the place in the file."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handmade import STROKES, iam_xml
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.ink_io.formats import detect, form_of, parse, read_each
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.iam import captures as iam


def test_strokes_and_id_are_read():
    (ink,) = parse(iam_xml(), "lineStrokes/a01/a01-000/a01-000u-01.xml")
    assert [s.tolist() for s in ink.strokes] == [[list(p) for p in s] for s in STROKES]
    assert ink.id == "a01-000u-01"


def test_a_jump_of_any_length_is_kept():
    (ink,) = parse(iam_xml([[(0, 0), (3, 4)], [(9000, -7000), (9001, -7000)]]), "x.xml")
    assert ink.offsets.tolist() == [[0, 0, 0], [3, 4, 1], [8997, -7004, 0], [1, 0, 1]]


@pytest.mark.parametrize(
    "data",
    [
        iam_xml().replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + iam_xml().replace(b"ISO-8859-1", b"UTF-8"),
        iam_xml().replace(b'"', b"'"),
        iam_xml().replace(b"<StrokeSet>", b"<!-- Point x='1' --><StrokeSet><Stroke/>"),
        iam_xml().replace(b'x="10"', b'x="10.0"'),
    ],
    ids=[
        "windows line ends",
        "byte order mark",
        "single quotes",
        "comment and empty stroke",
        "decimal point",
    ],
)
def test_equivalent_xml_gives_the_same_ink(data):
    (ink,) = parse(data, "x.xml")
    assert [s.tolist() for s in ink.strokes] == [[list(p) for p in s] for s in STROKES]


def spelled_otherwise(data: bytes) -> bytes:
    """Return the same XML with attributes in another order, which no quick way knows."""
    return data.replace(b"<Point ", b'<Point colour="black" ')


PIECES = st.sampled_from(
    [
        '<Point x="1" y="-2" time="3.5"/>',
        '\n  <Point x="40" y="20" time="4"/>',
        '<Point x="7" y="8" time="9"></Point>',
        '<Point y="5" x="6" time="9"/>',
        '<Point x="1e3" y="5" time="9"/>',
        '<Point x="99999999" y="5" time="9"/>',
        "<Point/>",
        "</Stroke>",
        "</Stroke><Stroke>",
        "<Stroke>",
        "\n",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?note",
        "?>",
        "&twice;&twice;",
        "text",
        "<TextLine id='a01-000u-01' text='",
        "'/>",
        "\x00",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=12))
@example(['<Point x="1" y="-2" time="3.5"/>', "<!--", '<Point x="1" y="-2" time="3.5"/>', "-->"])
@example(["&twice;&twice;", '<Point x="1" y="-2" time="3.5"/>'])
@example(["<![CDATA[", "<Point/>", "]]>", '<Point x="1" y="-2" time="3.5"/>'])
@example(["<TextLine id='a01-000u-01' text='", '<Point x="1" y="-2" time="3.5"/>', "'/>"])
def test_points_are_read_alike_however_they_are_spelled(pieces):
    entity = """<!DOCTYPE x [<!ENTITY twice '<Point x="3" y="4" time="5"/>'>]>"""
    body = f"<StrokeSet><Stroke>{''.join(pieces)}</Stroke></StrokeSet>"
    session = f"<WhiteboardCaptureSession>{body}</WhiteboardCaptureSession>"
    data = f'<?xml version="1.0" encoding="ISO-8859-1"?>{entity}{session}'.encode("latin-1")

    def outcome(data: bytes) -> list[object]:
        found = list(iam.read_each(data, "x.xml"))
        return [str(one) if isinstance(one, HwError) else one.ink.offsets.tolist() for one in found]

    assert outcome(data) == outcome(spelled_otherwise(data))


def test_ink_of_iam_survives_ndjson():
    (ink,) = parse(iam_xml(), "x.xml")
    (back,) = parse(ndjson.dump(ink), "back", "ndjson")
    assert all((a == b).all() for a, b in zip(ink.strokes, back.strokes, strict=True))


WHOLE = iam_xml()
BAD_FILES = [
    ("empty", b"", "empty"),
    ("blank", b" \n\n", "empty"),
    ("truncated", WHOLE[: len(WHOLE) // 2], "incomplete or invalid XML"),
    ("truncated at a line", b"\n".join(WHOLE.splitlines()[:-2]), "XML"),
    ("other xml", b'<?xml version="1.0"?><pen><trace>1 2</trace></pen>', "unknown ink format"),
    ("no stroke", b"<WhiteboardCaptureSession><StrokeSet/></WhiteboardCaptureSession>", "no point"),
    ("strokes without points", iam_xml([[], []]), "no point"),
    ("a point without y", WHOLE.replace(b' y="20"', b"", 1), "line 5"),
    ("not a number", WHOLE.replace(b'x="13"', b'x="thirteen"'), "line 6"),
    ("an infinity", WHOLE.replace(b'x="13"', b'x="inf"'), "line 6"),
    ("NaN", WHOLE.replace(b'y="24"', b'y="nan"'), "line 6"),
    ("an absurd coordinate", WHOLE.replace(b'x="13"', b'x="1e30"'), "line 6"),
    ("an absurd coordinate in single quotes", WHOLE.replace(b'x="13"', b"x='-99999999999'"), "line 6"),
    ("an absurd coordinate equal to a time before it", iam_xml([[(1, 1), ("9999999999", 2)]]).replace(
        b'time="1.5"', b'time="9999999999"', 1), "line 6"),
    ("an unknown encoding", WHOLE.replace(b"ISO-8859-1", b"klingon"), "klingon"),
    ("a multi-byte encoding", WHOLE.replace(b"ISO-8859-1", b"gb2312"), "encoding"),
    ("two roots", WHOLE + b"<more/>", "XML"),
    ("binary", bytes(range(256)) * 4, "unknown ink format"),
    ("a root inside another", b"<a>" + WHOLE.split(b"?>")[1] + b"</a>", "not an IAM-OnDB file"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "word"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES])
def test_errors_name_the_file_and_the_line(data, word):
    with pytest.raises(HwError) as caught:
        parse(data, "some/file.xml")
    assert caught.value.message.startswith("some/file.xml")
    assert word in caught.value.message
    assert "\n" not in caught.value.message


def test_an_entity_bomb_is_refused():
    rows = ['<!ENTITY a0 "aaaaaaaaaa">', *(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))]
    bomb = f"<!DOCTYPE WhiteboardCaptureSession [{''.join(rows)}]>{iam_xml().decode().split('?>')[1]}"
    with pytest.raises(HwError, match=r"bomb\.xml"):
        parse(bomb.replace("<StrokeSet>", "<StrokeSet>&a11;").encode(), "bomb.xml", "iam")


@pytest.mark.parametrize(
    ("line", "form"),
    [("a01-000u-01", "a01-000u"), ("z01-000z-12", "z01-000z"), ("a01-001-02", "a01-001"), ("sketch", None)],
)
def test_the_form_of_a_line_is_its_name_without_the_number(line, form):
    assert iam.form_of(line) == form_of(line) == form
    (found,) = read_each(iam_xml(), f"ink/{line}.xml", "iam")
    assert isinstance(found, FoundInk)
    assert (found.format, found.form, found.writer, found.ink.id) == ("iam", form, None, line)
    assert (found.defect is None) == (form != "z01-000z")  # a form that the database has no text for


def test_iam_is_detected_by_its_bytes():
    assert detect(iam_xml()) == "iam"
    assert detect(b'<?xml version="1.0"?><html/>') is None


def test_coordinates_are_parsed_as_floats():
    (ink,) = parse(iam_xml([[("1.25", "-3"), ("1e3", "0.1")]]), "x.xml")
    np.testing.assert_array_equal(ink.points, [[1.25, -3.0], [1000.0, 0.1]])
