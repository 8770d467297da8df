"""UNIPEN's syntax: statements, delineations and labels."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io.unipen.syntax import (
    LONGEST_SEGMENT,
    Segment,
    Span,
    argument,
    delineated,
    is_unipen,
    parse_delineation,
    parse_segment,
    statements,
    unquoted,
)


def test_a_keyword_begins_with_a_dot_in_the_first_column():
    data = b"noise\n.A_KEY 1 2\n 3\n .NOT_A_KEY\n.5 6\n.COMMENT .SEGMENT x\n\n.PEN_UP\n"
    found = [(one.keyword, one.arguments.split(), one.line) for one in statements(data)]
    assert found == [
        ("A_KEY", [b"1", b"2", b"3", b".NOT_A_KEY", b".5", b"6"], 2),
        ("COMMENT", [b".SEGMENT", b"x"], 6),
        ("PEN_UP", [], 8),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"  "])
def test_line_ends_and_byte_order_marks_do_not_matter(end, before):
    data = before + end.join([b".VERSION 1.0", b".PEN_DOWN", b"1 2", b".PEN_UP", b""])
    found = [(one.keyword, one.arguments.split(), one.line) for one in statements(data)]
    assert found == [("VERSION", [b"1.0"], 1), ("PEN_DOWN", [b"1", b"2"], 2), ("PEN_UP", [], 4)]


@given(
    st.lists(st.tuples(st.sampled_from(["PEN_UP", "SEGMENT", "X_DIM"]), st.text("\n\t ab.1", max_size=12)))
)
def test_no_byte_of_a_file_is_lost_or_moved_to_another_line(parts):
    data = "".join(f"\n.{keyword} {text}" for keyword, text in parts).encode()
    found = list(statements(data))
    assert b"".join(b"\n." + one.keyword.encode() + one.arguments for one in found) == data
    for one in found:
        assert data.split(b"\n")[one.line - 1].startswith(b"." + one.keyword.encode())


DELINEATIONS = [
    ("0", [Span(0, 0, 0, None)]),
    ("0-3", [Span(0, 0, 3, None)]),
    ("0,2,5", [Span(0, 0, 0, None), Span(2, 0, 2, None), Span(5, 0, 5, None)]),
    ("0 2 5", [Span(0, 0, 0, None), Span(2, 0, 2, None), Span(5, 0, 5, None)]),
    ("0:12-3:40", [Span(0, 12, 3, 40)]),
    ("63-63:45", [Span(63, 0, 63, 45)]),
    ("170:36-172", [Span(170, 36, 172, None)]),
    ("4:7", [Span(4, 7, 4, None)]),
    ("1:40-3,5,6:0-6:12", [Span(1, 40, 3, None), Span(5, 0, 5, None), Span(6, 0, 6, 12)]),
    ("442-442:6,442:8-442:24", [Span(442, 0, 442, 6), Span(442, 8, 442, 24)]),
    (
        "2-5,15,9,50-55",
        [Span(2, 0, 5, None), Span(15, 0, 15, None), Span(9, 0, 9, None), Span(50, 0, 55, None)],
    ),
]


@pytest.mark.parametrize(("text", "spans"), DELINEATIONS, ids=[row[0] for row in DELINEATIONS])
def test_components_are_numbers_ranges_and_ranges_of_points(text, spans):
    assert parse_delineation(text) == tuple(spans)
    assert parse_segment(f'WORD {text} OK "x"'.encode()).spans == tuple(spans)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("3-2", "before it starts"),
        ("4:9-4:2", "before it starts"),
        ("0-3,2", "overlap"),
        ("5,5", "overlap"),
        ("5:0-5:9,5:9-6", "overlap"),
        ("5:1-5:2,5:1-5", "overlap"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(text, word):
    with pytest.raises(HwError, match=word):
        parse_delineation(text)


@st.composite
def disjoint_spans(draw):
    """Return spans in any order, none of which overlap."""
    numbers = draw(st.lists(st.integers(0, 10**6), unique=True, min_size=2, max_size=12).map(sorted))
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    point = st.integers(0, 10**6)
    spans = [Span(a, draw(point), b, draw(st.none() | point)) for a, b in pairs]
    return tuple(draw(st.permutations(spans)))


@given(disjoint_spans())
def test_a_delineation_is_read_as_it_is_written(spans):
    assert parse_delineation(delineated(spans)) == spans


SEGMENTS = [
    ('CHARACTER 4 ? "a"', Segment("CHARACTER", (Span(4, 0, 4, None),), None, "a")),
    ('TEXT     0-1 GOOD "In my"', Segment("TEXT", (Span(0, 0, 1, None),), "GOOD", "In my")),
    ("WORD 1 bad", Segment("WORD", (Span(1, 0, 1, None),), "BAD", None)),
    ("WORD 1", Segment("WORD", (Span(1, 0, 1, None),), None, None)),
    ("WORD", Segment("WORD", (), None, None)),
    ('TEXT ? ? "all"', Segment("TEXT", (), None, "all")),
    ('word 1 OK ""', Segment("WORD", (Span(1, 0, 1, None),), "OK", "")),
    (r'WORD 1 OK "\"\\"', Segment("WORD", (Span(1, 0, 1, None),), "OK", '"\\')),
    ('WORD 1 OK "two\n lines"', Segment("WORD", (Span(1, 0, 1, None),), "OK", "two  lines")),
    (r'WORD 11 OK "f\@e\@"', Segment("WORD", (Span(11, 0, 11, None),), "OK", "fe")),
]


@pytest.mark.parametrize(("text", "segment"), SEGMENTS, ids=[row[0] for row in SEGMENTS])
def test_a_segment_has_a_level_components_a_quality_and_a_label(text, segment):
    assert parse_segment(text.encode()) == segment


@pytest.mark.parametrize(
    "text",
    ["", '"x"', 'WORD 1 OK "x', 'WORD 1 OK x"', 'WORD 1 OK "x" "y"', "WORD 1 OK GOOD", 'WORD a-b OK "x" 3'],
)
def test_a_malformed_segment_is_refused(text):
    with pytest.raises(HwError, match="malformed"):
        parse_segment(text.encode())


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=30))
def test_a_label_is_read_as_it_was_quoted(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert unquoted(quoted) == text
    assert parse_segment(f'WORD 1 OK "{quoted}"'.encode()).label == text


@given(st.binary(max_size=200))
def test_any_bytes_are_statements_and_a_segment_or_an_error(data):
    for one in statements(b".SEGMENT " + data):
        argument(one)
        with contextlib.suppress(HwError):
            assert parse_segment(one.arguments).level


@pytest.mark.parametrize(
    "text", [" " * 60_000, "1," * 30_000, "1-" * 30_000, '" "' + "\\" * 60_001, "1 " * 30_000]
)
def test_a_long_segment_is_parsed_in_linear_time(text):
    start = time.process_time()
    with pytest.raises(HwError, match=r"^.{,200}$"):
        parse_segment(f'WORD {text}! ! "'.encode())
    assert time.process_time() - start < 2


def test_an_enormous_segment_is_refused():
    with pytest.raises(HwError, match=r"100,00\d bytes"):
        parse_segment(b'WORD 1 OK "' + b"x" * (100_000 - 11) + b'"')
    assert LONGEST_SEGMENT < 100_000


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b".VERSION 1.0\n", True),
        (b"\n\n.COMMENT  ###", True),
        (b"\xef\xbb\xbf.INCLUDE x", True),
        (b".PEN_DOWN", True),
        (b".version 1.0\n", False),
        (b"text\n.VERSION 1.0\n", False),
        (b".VERSIONS\n", False),
        (b".TH HW 1\n.SH NAME\n", False),
        (b".gitignore\n", False),
        (b"", False),
    ],
)
def test_a_unipen_file_begins_with_a_keyword(head, expected):
    assert is_unipen(head) is expected
