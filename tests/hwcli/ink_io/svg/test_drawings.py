"""SVG by other programs: shapes, transforms, units, styles, what is passed over, and hostile drawings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.ink_io.formats import detect, parse, read_each
from renderers.ink import Ink

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def document(inside: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>\n<svg {NAMESPACES} {head}>{inside}</svg>'.encode()


def read(inside: str, head: str = 'stroke="black" fill="none"') -> Ink:
    data = document(inside, head)
    assert detect(data) == "svg"
    (ink,) = parse(data, "a.svg")
    return ink


def strokes(inside: str, head: str = 'stroke="black" fill="none"') -> list:
    return [stroke.round(6).tolist() for stroke in read(inside, head).strokes]


def refusal(inside: str, head: str = 'stroke="black" fill="none"') -> str:
    (error,) = read_each(document(inside, head), "a.svg", "svg")
    assert isinstance(error, HwError)
    assert error.message.startswith("a.svg")
    assert "\n" not in error.message
    return error.message


PATHS = {
    "M1 2L3 4": [[[1, 2], [3, 4]]],
    "M1 2 3 4,5,6": [[[1, 2], [3, 4], [5, 6]]],
    "m1 2 3 4l-.5.5 1e0,1": [[[1, 2], [4, 6], [3.5, 6.5], [4.5, 7.5]]],
    "M1 2H5 6V7h-1v1 2": [[[1, 2], [5, 2], [6, 2], [6, 7], [5, 7], [5, 8], [5, 10]]],
    "M1 2L3 4M5 6L7 8": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
    "M1 2l2 2m2 2l2 2": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
    "M0 0H4V4ZL9 9": [[[0, 0], [4, 0], [4, 4], [0, 0]], [[0, 0], [9, 9]]],
    "M0 0h4zm1 1h1": [[[0, 0], [4, 0], [0, 0]], [[1, 1], [2, 1]]],
    "M9 9M1 2L3 4": [[[1, 2], [3, 4]]],
    "M1 2z": [[[1, 2]]],
    "M1 2A0 5 0 0 0 4 4": [[[1, 2], [4, 4]]],
    "M1 2a1 1 0 0 0 0 0L3 3": [[[1, 2], [3, 3]]],
}


@pytest.mark.parametrize("data", PATHS)
def test_straight_paths_keep_their_points(data):
    assert strokes(f'<path d="{data}"/>') == PATHS[data]


def on(curve, ink: Ink, tolerance: float) -> bool:
    """Return whether all points of an ink lie on a curve, given as many points."""
    distances = np.hypot(*(ink.points[:, None] - curve[None]).T)
    return bool(distances.min(axis=0).max() < tolerance)


CIRCLES = {
    "a circle": '<circle cx="10" cy="20" r="8"/>',
    "an ellipse": '<ellipse cx="10" cy="20" rx="8" ry="8"/>',
    "arcs": '<path d="M2 20A8 8 0 1 1 18 20A8 8 0 0 1 2 20"/>',
    "arcs with compact flags": '<path d="M2 20a8 8 0 0116 0 8 8 30 11-16 0"/>',
    "too small arcs, which grow": '<path d="M2 20a1 1 0 0 1 16 0a1 1 0 0 1-16 0"/>',
    "a turned half": '<path d="M2 20a8 8 45 0 1 16 0"/>',
}


@pytest.mark.parametrize("shape", CIRCLES.values(), ids=CIRCLES)
def test_arcs_are_flattened_to_even_steps(shape):
    ink = read(shape)
    angle = np.linspace(0, 2 * np.pi, 4000)
    assert on(np.stack([10 + 8 * np.cos(angle), 20 + 8 * np.sin(angle)], -1), ink, 0.02)
    steps = np.hypot(*np.diff(ink.points, axis=0).T)
    assert len(steps) > 15
    assert steps.max() < 1.3 * steps.min()


@pytest.mark.parametrize(
    ("data", "same"),
    [
        ("M0 0Q10 20 20 0T40 0", "M0 0C6.667 13.333 13.333 13.333 20 0C26.667-13.333 33.333-13.333 40 0"),
        ("M0 0q10 20 20 0t20 0", "M0 0Q10 20 20 0Q30-20 40 0"),
        ("M0 0c0 10 10 10 10 0s10-10 10 0", "M0 0C0 10 10 10 10 0C10-10 20-10 20 0"),
        ("M0 0S5 9 9 0", "M0 0C0 0 5 9 9 0"),
        ("M0 0T9 0", "M0 0L3 0 6 0 9 0"),
        ("M0 0Q1 1 2 0S9 9 9 0", "M0 0Q1 1 2 0C2 0 9 9 9 0"),
    ],
)
def test_curves_of_all_commands(data, same):
    one, other = read(f'<path d="{data}"/>'), read(f'<path d="{same}"/>')
    fine = np.concatenate(
        [np.linspace(a, b, 50) for a, b in zip(other.points, other.points[1:], strict=False)]
    )
    assert on(fine, one, 0.25)
    assert one.points[-1].tolist() == other.points[-1].tolist()


SHAPES = {
    '<line x1="1" y1="2" x2="3"/>': [[[1, 2], [3, 0]]],
    '<polyline points="1,2 3,4 5,6"/>': [[[1, 2], [3, 4], [5, 6]]],
    '<polygon points="1 2 3 4 5 0"/>': [[[1, 2], [3, 4], [5, 0], [1, 2]]],
    '<rect x="1" y="2" width="3" height="4"/>': [[[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]],
    '<g transform="translate(1,2)"><g transform="scale(2 3)"><path d="M1 1h1"/></g></g>': [[[3, 5], [5, 5]]],
    '<path transform="rotate(90 1 1)" d="M1 1h1"/>': [[[1, 1], [1, 2]]],
    '<path transform="matrix(1 0 0 -1 5 5)" d="M1 1h1"/>': [[[6, 4], [7, 4]]],
    '<defs><path id="p" d="M0 0h1"/></defs><use xlink:href="#p" x="5" y="6"/><use href="#p"/>': [
        [[5, 6], [6, 6]], [[0, 0], [1, 0]]
    ],
    '<symbol id="s" viewBox="0 0 9 9"><path d="M0 0h9"/></symbol><use href="#s" width="18" height="18"/>': [
        [[0, 0], [18, 0]]
    ],
    '<svg x="5" y="5" width="20" height="10" viewBox="0 0 5 5"><path d="M0 0h5"/></svg>': [
        [[5, 5], [15, 5]]
    ],
    '<a><switch><path d="M0 0h1"/></switch></a>': [[[0, 0], [1, 0]]],
    '<path d="M0 0h1"/><path display="none" d="M9 9h1"/><g style="display:none"><path d="M9 9h1"/></g>': [
        [[0, 0], [1, 0]]
    ],
    '<g visibility="hidden"><path d="M9 9h1"/><path visibility="visible" d="M0 0h1"/></g>': [
        [[0, 0], [1, 0]]
    ],
    '<clipPath><path d="M9 9h1"/></clipPath><path d="M0 0h1"/>': [[[0, 0], [1, 0]]],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_and_transforms(shape):
    assert strokes(shape) == SHAPES[shape]


PAGES = {
    'width="120mm" height="30mm" viewBox="0 0 120 30"': 96 / 25.4,
    'width="2in" viewBox="0 0 96 40"': 2,
    'width="100%" height="100%" viewBox="0 0 50 50"': 1,
    'width="500" height="500"': 1,
    'viewBox="-10 -10 100 100" width="50px"': 0.5,
}


@pytest.mark.parametrize("head", PAGES)
def test_units_and_view_box(head):
    (stroke,) = strokes('<path d="M0 0h10" stroke="red"/>', head)
    assert stroke[1][0] - stroke[0][0] == pytest.approx(10 * PAGES[head], abs=1e-4)


STYLES = {
    "an attribute of the group": '<g stroke="#123"><path d="M0 0h1"/></g>',
    "an attribute style": '<path style="fill:none; stroke : rgb(0,0,0) !important" d="M0 0h1"/>',
    "a class": '<style>/* ink */ .st0,.a{fill:none;stroke:#000}</style><path class="x st0" d="M0 0h1"/>',
    "an element's name": "<style><![CDATA[path { stroke: red }]]></style><path d='M0 0h1'/>",
    "a rule in a condition": "<style>@media print { path { stroke: red } }</style><path d='M0 0h1'/>",
    "an id": '<style>#i{stroke:red}</style><path id="i" d="M0 0h1"/>',
    "nothing at all": '<path d="M0 0h1"/><polyline points="0 0"/>',
}


@pytest.mark.parametrize("inside", STYLES.values(), ids=STYLES)
def test_strokes_are_recognised_by_their_style(inside):
    assert strokes(inside, "")[0] == [[0, 0], [1, 0]]


def test_what_no_pen_draws_is_passed_over_and_told():
    inside = (
        '<rect width="100%" height="100%" fill="white"/><path d="M0 0h5v5z"/><text>Typed</text><text>b</text>'
        '<image href="data:image/png;base64,AAAA"/><foreignObject/><script>alert(1)</script>'
        "<style>@font-face{font-family:x;src:url(http://x.test/f)}</style><metadata/>"
        '<path stroke="black" d="M0 0h9"/><path stroke="none" fill="none" d="M0 0h9"/>'
    )
    (found,) = read_each(document(inside), "a.svg", "svg")
    assert found.ink.points.tolist() == [[0, 0], [9, 0]]
    assert found.note == "passed over: 1 background, 1 filled shape, 1 foreign object, 1 picture, 2 texts"


def test_a_drawing_without_strokes_is_refused_by_what_it_has():
    assert refusal("<text>Only text</text>") == "a.svg: an SVG without strokes of a pen (it has 1 text)"
    assert "(it has 2 filled shapes)" in refusal('<path d="M0 0h5v5z"/><circle r="5"/>', "")
    assert refusal("") == "a.svg: an SVG without strokes of a pen"


def test_a_signature_drawn_curve_by_curve_is_whole_strokes_and_dots():
    width = iter([1.1, 1.7, 2.4, 0.9, 1.3])
    pieces = ["M0,0 C1,5 2,5 3,0", "M3,0 C4,-5 5,-5 6,0", "M6,0 C7,5 8,5 9,0", "M20,0 C21,5 22,5 23,0",
              "M23,0 C24,5 25,5 26,0"]  # fmt: skip
    paths = "".join(
        f'<path d="{d}" stroke-width="{next(width)}" stroke="black" fill="none"/>' for d in pieces
    )
    ink = read(paths + '<circle r="1.5" cx="4.5" cy="-9" fill="black"></circle>', "")
    assert [stroke[[0, -1]].tolist() for stroke in ink.strokes] == [
        [[0, 0], [9, 0]],
        [[20, 0], [26, 0]],
        [[4.5, -9], [4.5, -9]],
    ]


def test_other_namespaces_and_prefixes():
    data = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:o="urn:o"><o:path d="M7 7h1" stroke="red"/>'
    data += b'<s:path d="M0 0h1" stroke="red"/></s:svg>'
    assert parse(data, "a.svg")[0].points.tolist() == [[0, 0], [1, 0]]


def test_entities_for_namespaces_as_illustrator_writes_them():
    data = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
    )
    data += b'[<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>'
    data += b'<svg xmlns="&ns_svg;"><path stroke="red" d="M0 0h1"/></svg>'
    assert parse(data, "a.svg")[0].points.tolist() == [[0, 0], [1, 0]]


BAD = {
    "no command": ('<path d="5 5"/>', "path data cannot begin with '5 5'"),
    "an unknown command": ('<path d="M0 0L1 1X3 3"/>', "is not a list of numbers"),
    "half a point": ('<path d="M0 0L1"/>', "has 1 numbers"),
    "a number after Z": ('<path d="M0 0L1 1z5"/>', "'5' follows z"),
    "no number": ('<path d="M0 0l1 nan"/>', "is not a list of numbers"),
    "half an arc": ('<path d="M0 0a1 1 0 0 0 5"/>', "is not an arc"),
    "an infinite number": ('<path d="M0 0L1e400 2"/>', "coordinate"),
    "an infinite sum": ('<path d="M1e308 0l1e308 2"/>', "coordinate"),
    "an infinite curve": ('<path d="M0 0C1e308 1e308 -1e308 9 1e308 1e400"/>', "coordinate"),
    "an infinite arc": ('<path d="M1e400 0A1 1 0 0 1 1e400 3"/>', "coordinate"),
    "an infinite transform": ('<path transform="scale(1e300)" d="M1e300 1h1"/>', "coordinate"),
    "a transform of nothing": ('<path transform="matrix(1 2)" d="M0 0h1"/>', "is not a transform"),
    "points of nothing": ('<polyline points="a b"/>', "is not a list of numbers"),
    "use in a circle": ('<g id="a"><use href="#a"/></g>', "nested more than"),
    "use without end": (
        "<defs>" + "".join(f'<g id="g{k}">' + f'<use href="#g{k + 1}"/>' * 10 + "</g>" for k in range(9))
        + '<path id="g9" d="M0 0h1"/></defs><use href="#g0"/>',
        "shows more than",
    ),
    "deep nesting": ("<g>" * 5000 + "</g>" * 5000, "nested more than"),
    "huge path data": (f'<path d="M0 0{"l1 1" * 3_000_000}"/>', "more than the limit"),
}  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("inside", "words"), BAD.values(), ids=BAD)
def test_bad_and_hostile_drawings_are_one_error(inside, words):
    assert words in refusal(inside)


def test_what_is_elsewhere_is_never_read(tmp_path):
    (tmp_path / "other.svg").write_bytes(document('<path id="p" d="M0 0h1" stroke="red"/>'))
    inside = f'<use href="{tmp_path}/other.svg#p"/><use href="http://x.test/a.svg#p"/>'
    assert "without strokes" in refusal(inside)
    laughs = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))
    data = f'<!DOCTYPE svg [<!ENTITY l0 "M0 0h1">{laughs}]>'.encode() + document('<path d="&l9;"/>')[22:]
    (error,) = read_each(data, "a.svg", "svg")
    assert "holds others" in error.message


NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@given(
    points=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=20),
    turn=st.floats(0, 360),
    size=st.floats(0.1, 10),
)
def test_points_are_where_the_transforms_put_them(points, turn, size):
    data = " ".join(f"{x!r},{y!r}" for x, y in points)
    inside = f'<g transform="rotate({turn!r})"><polyline transform="scale({size!r})" points="{data}"/></g>'
    (stroke,) = read(inside).strokes
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    wanted = size * np.array(points) @ [[cos, sin], [-sin, cos]]
    assert np.abs(stroke - wanted).max() <= 1e-5 * max(1, np.abs(wanted).max())


def test_a_drawing_smaller_than_numbers_can_tell_is_points():
    data = b'<svg height="1e-320" viewBox="0 0 9 9"><path d="M0 0c1 0 2 1 2 2" stroke="red"/></svg>'
    (ink,) = parse(data, "a.svg")
    assert np.abs(ink.points).max() < 1e-300
