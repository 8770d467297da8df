"""Reading IAM-OnDB's files: ink, transcripts, and what is wrong with them."""

import numpy as np
import pytest

from handmade import STROKES, iam_xml, transcript
from hwcli.dataset import transcripts
from hwcli.errors import HwError
from hwcli.ink_io import iam, ndjson
from hwcli.ink_io.find import find, parse


def test_strokes_are_read_as_they_stand_in_the_file():
    (ink,) = parse(iam_xml(), "lineStrokes/a01/a01-000/a01-000u-01.xml")
    assert [s.tolist() for s in ink.strokes] == [[list(p) for p in s] for s in STROKES]
    assert ink.id == "a01-000u-01"


def test_offsets_are_the_steps_and_a_jump_of_any_length_is_kept():
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
def test_any_way_to_write_the_same_xml_gives_the_same_ink(data):
    (ink,) = parse(data, "x.xml")
    assert [s.tolist() for s in ink.strokes] == [[list(p) for p in s] for s in STROKES]


def test_ink_from_a_file_can_be_written_as_ndjson():
    (ink,) = parse(iam_xml(), "x.xml")
    (back,) = ndjson.read(ndjson.dump(ink), "back")
    assert all((a == b).all() for a, b in zip(ink.strokes, back.strokes, strict=True))


WHOLE = iam_xml()
BAD_FILES = [
    ("empty", b"", "empty"),
    ("blank", b" \n\n", "empty"),
    ("cut off in the middle", WHOLE[: len(WHOLE) // 2], "not whole XML"),
    ("cut off at a line", b"\n".join(WHOLE.splitlines()[:-2]), "XML"),
    ("other xml", b'<?xml version="1.0"?><ink><trace>1 2</trace></ink>', "no ink format"),
    ("no stroke", b"<WhiteboardCaptureSession><StrokeSet/></WhiteboardCaptureSession>", "no point"),
    ("strokes without points", iam_xml([[], []]), "no point"),
    ("a point without y", WHOLE.replace(b' y="20"', b"", 1), "line 5"),
    ("no number", WHOLE.replace(b'x="13"', b'x="thirteen"'), "line 6"),
    ("no finite number", WHOLE.replace(b'x="13"', b'x="inf"'), "line 6"),
    ("not a number", WHOLE.replace(b'y="24"', b'y="nan"'), "line 6"),
    ("an absurd coordinate", WHOLE.replace(b'x="13"', b'x="1e30"'), "line 6"),
    ("an absurd coordinate in single quotes", WHOLE.replace(b'x="13"', b"x='-99999999999'"), "line 6"),
    ("an absurd coordinate that was a time before", iam_xml([[(1, 1), ("9999999999", 2)]]).replace(
        b'time="1.5"', b'time="9999999999"', 1), "line 6"),
    ("an encoding that nobody knows", WHOLE.replace(b"ISO-8859-1", b"klingon"), "klingon"),
    ("an encoding of several bytes", WHOLE.replace(b"ISO-8859-1", b"gb2312"), "encoding"),
    ("two roots", WHOLE + b"<more/>", "XML"),
    ("bytes that are no text", bytes(range(256)) * 4, "no ink format"),
    ("a root inside another", b"<a>" + WHOLE.split(b"?>")[1] + b"</a>", "not IAM"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "word"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES])
def test_a_file_that_cannot_be_read_is_refused_by_name_and_place(data, word):
    with pytest.raises(HwError) as caught:
        parse(data, "some/file.xml")
    assert caught.value.message.startswith("some/file.xml")
    assert word in caught.value.message
    assert "\n" not in caught.value.message


def test_an_entity_bomb_does_not_go_off():
    rows = ['<!ENTITY a0 "aaaaaaaaaa">', *(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))]
    bomb = f"<!DOCTYPE WhiteboardCaptureSession [{''.join(rows)}]>{iam_xml().decode().split('?>')[1]}"
    with pytest.raises(HwError, match=r"bomb\.xml"):
        parse(bomb.replace("<StrokeSet>", "<StrokeSet>&a11;").encode(), "bomb.xml", "iam")


@pytest.mark.parametrize(
    ("line", "form"),
    [("a01-000u-01", "a01-000u"), ("z01-000z-12", "z01-000z"), ("a01-001-02", "a01-001"), ("sketch", None)],
)
def test_the_form_of_a_line_is_its_name_without_the_number(line, form):
    assert iam.form_of(line) == form


def test_iam_is_recognised_by_its_bytes_alone():
    assert find(iam_xml()) is not None
    assert find(b'<?xml version="1.0"?><svg/>') is None


def test_a_transcript_is_the_lines_after_csr():
    assert transcripts.parse(transcript(["First line.", "  Second line  "])) == ["First line.", "Second line"]
    assert transcripts.parse(b"OCR:\n\nonly this\n") is None
    assert transcripts.parse(b"CSR:\n\n") == []


TEXT = ["caf\u00e9, \u00a31", "it\u2019s na\u00efve\u2026 \u2014 isn\u2019t it?", "third"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252"])
def test_a_transcript_in_another_encoding_says_the_same(encoding):
    text = transcript(TEXT).decode()
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert transcripts.parse(data) == TEXT


def test_a_latin_1_transcript_keeps_its_accents():
    assert transcripts.parse("CSR:\n\ncaf\u00e9 \u00fcber\nzwei\n".encode("latin-1")) == [
        "caf\u00e9 \u00fcber",
        "zwei",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system_end_a_line_of_text_and_nothing_else_does(end):
    text = f"CSR:{end}{end}one\x0b\u2028and a half{end}two{end}"
    assert transcripts.parse(text.encode()) == ["one\x0b\u2028and a half", "two"]


def test_texts_go_to_the_lines_in_order_only_where_the_counts_agree():
    ids = ["a01-000u-02", "a01-000u-10", "a01-000u-01"]
    joined = transcripts.texts_of_form(ids, ["one", "two", "ten"])
    assert joined == {"a01-000u-01": "one", "a01-000u-02": "two", "a01-000u-10": "ten"}
    assert transcripts.texts_of_form(ids, ["one", "two"]) is None
    assert transcripts.texts_of_form(ids, ["one", "two", "ten", "eleven"]) is None


def test_numbers_are_those_of_float_parsing():
    (ink,) = parse(iam_xml([[("1.25", "-3"), ("1e3", "0.1")]]), "x.xml")
    np.testing.assert_array_equal(ink.points, [[1.25, -3.0], [1000.0, 0.1]])
