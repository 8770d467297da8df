"""Reading UNIPEN: label files and the files that they include, on disk and in archives."""

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.ink_io import formats, ndjson
from hwcli.ink_io.files import read_inks
from hwcli.ink_io.found_ink import FoundInk, UnreadInkError
from hwcli.ink_io.included_files import InArchive, OnDisk
from hwcli.ink_io.unipen.segments import read_each
from unipen_files import DOC, STROKES, TREE, component, ink_file, label_file, write_tree

LABELS = "data/8/abc/one.dat"


def found_in(files: dict[str, bytes], name: str = LABELS) -> list[FoundInk | HwError]:
    """Return what a label file in an archive of `files` holds."""
    archive = InArchive({path: InArchive.pack(content) for path, content in files.items()})
    return list(read_each(files[name], name, archive))


def one_in(*segments: str, ink: bytes | None = None, doc: bytes = DOC) -> FoundInk:
    """Return the only segment of a tree with this ink and documentation."""
    files = {LABELS: label_file(*segments), "include/abc/abc.doc": doc}
    (found,) = found_in(files | {"include/abc/data/one.dat": ink or ink_file()})
    assert isinstance(found, FoundInk), found
    return found


def error_of(*segments: str, ink: bytes | None = None, doc: bytes = DOC) -> HwError:
    """Return the only error of a tree with this ink and documentation."""
    files = {LABELS: label_file(*segments), "include/abc/abc.doc": doc}
    (found,) = found_in(files | {"include/abc/data/one.dat": ink or ink_file()})
    assert isinstance(found, UnreadInkError), found
    assert "\n" not in found.message
    assert found.message.startswith(LABELS)
    return found


def upside_down(strokes) -> list[list[list[float]]]:
    """Return points with y downwards, as ink has it."""
    return [[[x, 0.0 - y] for x, y in stroke] for stroke in strokes]


def drawn(found: FoundInk) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in found.ink.strokes]


def test_a_segment_is_an_ink_with_its_label_writer_and_category():
    found = one_in('WORD 1-2 OK "bc"')
    assert drawn(found) == upside_down(STROKES[1:3])
    assert (found.ink.text, found.ink.id) == ("bc", "unipen-abc-one-word-1-2")
    assert (found.format, found.writer, found.form) == ("unipen", "unipen-abc-w1", "abc-one")
    assert (found.part, found.defect) == ("unipen 8", None)
    assert found.ink.extra == {"writer": "unipen-abc-w1", "quality": "OK", "points_per_second": 100.0}


CUTS = [
    ("0", [STROKES[0]]),
    ("0-3", STROKES),
    ("0,2", [STROKES[0], STROKES[2]]),
    ("3 1", [STROKES[3], STROKES[1]]),
    ("1:1", [STROKES[1][1:]]),
    ("1:1-1:1", [STROKES[1][1:2]]),
    ("0:1-1:1", [STROKES[0][1:], STROKES[1][:2]]),
    ("0-1:0,1:2-2", [STROKES[0], STROKES[1][:1], STROKES[1][2:], STROKES[2]]),
]


@pytest.mark.parametrize(("where", "strokes"), CUTS, ids=[row[0] for row in CUTS])
def test_components_and_points_are_counted_from_0_and_ranges_include_their_ends(where, strokes):
    assert drawn(one_in(f'WORD {where} OK "x"')) == upside_down(strokes)


def test_a_pen_up_counts_if_it_has_coordinates_and_is_never_drawn():
    ink = component([(0, 0), (1, 1)]) + component([(2, 2), (3, 3)], down=False) + component([(4, 4)])
    assert drawn(one_in('WORD 0-2 OK "x"', ink=ink.encode())) == upside_down([[(0, 0), (1, 1)], [(4, 4)]])
    assert drawn(one_in('WORD 0-1:0 OK "x"', ink=ink.encode())) == upside_down([[(0, 0), (1, 1)]])
    empty = ink.replace("2 2\n3 3\n", " \n")
    assert drawn(one_in('WORD 1 OK "x"', ink=empty.encode())) == upside_down([[(4, 4)]])


def test_a_pen_down_without_coordinates_does_not_count():
    ink = ".PEN_DOWN\n.PEN_UP\n" + component([(1, 2)]) + ".PEN_DOWN\n\n" + component([(3, 4)])
    assert drawn(one_in('WORD 1 OK "x"', ink=ink.encode())) == upside_down([[(3, 4)]])


def test_a_segment_whose_components_are_all_pen_up_is_an_error():
    ink = component([(0, 0)]) + component([(2, 2)], down=False)
    assert "the pen is up" in error_of('WORD 1 OK "x"', ink=ink.encode()).message


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ("X Y", [(1, 2), (3, 4)]),
        ("Y X", [(2, 1), (4, 3)]),
        ("X Y T", [(1, 2, 900), (3, 4, 910)]),
        ("T P X Z Y", [(0, 7, 1, 8, 2), (1, 7, 3, 8, 4)]),
        ("x y t p", [(1, 2, 0, 9), (3, 4, 0, 9)]),
    ],
)
def test_x_and_y_are_taken_from_any_order_of_coordinates(columns, rows):
    doc = f".COORD {columns}\n".encode()
    found = one_in('WORD 0 OK "x"', ink=component(rows).encode(), doc=doc)
    assert drawn(found) == upside_down([[(1, 2), (3, 4)]])


def test_coordinates_may_fill_lines_in_any_way():
    ink = b".PEN_DOWN 1 2 3\n\t4\n5 6 .PEN_UP\n"
    assert "line 3: '.PEN_UP'" in error_of('WORD 0 OK "x"', ink=ink).message  # a keyword begins a line
    found = one_in('WORD 0 OK "x"', ink=ink.replace(b".PEN_UP", b""))
    assert drawn(found) == upside_down([[(1, 2), (3, 4), (5, 6)]])


@pytest.mark.parametrize(
    ("resolution", "factor"),
    [
        (".X_POINTS_PER_INCH 100\n.Y_POINTS_PER_INCH 200\n", 0.5),
        (".X_POINTS_PER_MM 10\n.Y_POINTS_PER_MM 4\n", 2.5),
        (".X_POINTS_PER_MM 10\n.Y_POINTS_PER_INCH 254\n", 1.0),
        (".X_POINTS_PER_INCH 100\n", 1.0),
        (".X_POINTS_PER_INCH 0\n.Y_POINTS_PER_INCH 9\n", 1.0),
        (".X_POINTS_PER_INCH nan\n.Y_POINTS_PER_INCH ?\n", 1.0),
    ],
)
def test_y_is_brought_to_the_resolution_of_x(resolution, factor):
    found = one_in('WORD 0 OK "x"', ink=b".PEN_DOWN\n8 4\n-8 -4\n", doc=resolution.encode())
    np.testing.assert_allclose(found.ink.points, [[8, -4 * factor], [-8, 4 * factor]])


def test_a_declaration_holds_for_the_ink_after_it():
    ink = ".COORD Y X\n.WRITER_ID first\n" + component([(1, 2)]) + ".COORD X Y\n.WRITER_ID second\n"
    files = {"x.dat": (ink + component([(1, 2)]) + '.SEGMENT WORD 0 ? "a"\n.SEGMENT WORD 1 ? "b"\n').encode()}
    one, two = found_in(files, "x.dat")
    assert (drawn(one), one.writer) == (upside_down([[(2, 1)]]), "unipen-first")
    assert (drawn(two), two.writer) == (upside_down([[(1, 2)]]), "unipen-second")
    assert (one.form, one.part, one.ink.id) == ("x", "unipen", "unipen-x-word-0")


def test_components_are_counted_over_all_included_files_and_anew_in_each_set():
    files = {
        "a.dat": label_file('WORD 2 ? "one"', includes=["b.dat", "c.dat"])
        + b'.START_SET next\n.INCLUDE c.dat\n.SEGMENT WORD 0 ? "two"\n',
        "b.dat": (component([(1, 1)]) + component([(2, 2)])).encode(),
        "c.dat": component([(3, 3)]).encode(),
    }
    one, two = found_in(files, "a.dat")
    assert drawn(one) == drawn(two) == upside_down([[(3, 3)]])


def test_segments_may_precede_their_ink_and_lie_in_included_files():
    files = {
        "a.dat": b".INCLUDE a.seg\n.INCLUDE a.ink\n",
        "a.seg": b'.SEGMENT WORD 1 ? "b"\n',
        "a.ink": ink_file(),
    }
    (found,) = found_in(files, "a.dat")
    assert drawn(found) == upside_down([STROKES[1]])


@pytest.mark.parametrize(
    ("levels", "read"),
    [
        (["TEXT", "WORD", "CHARACTER"], "text"),
        (["PAGE", "PARAGRAPH", "LINE", "TEXT", "WORD"], "line"),
        (["SENTENCE", "CHARACTER"], "text"),
        (["STROKE", "CHAR"], "char"),
    ],
)
def test_of_several_levels_the_longest_that_fits_on_a_line_is_read(levels, read):
    found = one_in(*(f'{level} {k} ? "x"' for k, level in zip(range(4), levels, strict=False)))
    assert f"-{read}-" in found.ink.id


def test_segments_of_pages_alone_are_one_error():
    error = error_of('PAGE 0 ? "x"', 'PAGE 1 ? "y"')
    assert "PAGE" in error.message
    assert error.count == 2


DEFECTS = [
    ('TEXT 0 OK "x"', None),
    ('TEXT 0 BAD "x"', "illegible"),
    ('CHARACTER 0 OK "\\@"', "ligature"),
    ('TEXT 0-3 OK "abcd"', None),
]


@pytest.mark.parametrize(("segment", "word"), DEFECTS, ids=[row[0] for row in DEFECTS])
def test_what_must_not_be_learned_from_is_read_with_the_reason(segment, word):
    found = one_in(segment)
    assert (found.defect is None) is (word is None)
    assert word is None or word in found.defect


def test_text_on_several_lines_is_a_defect_of_lines_only():
    rows = [[(x, -100 * row), (x + 8, 10 - 100 * row)] for row in range(2) for x in (0, 10, 20)]
    assert "several lines" in one_in('TEXT 0-5 ? "one two"', ink=ink_file(rows)).defect
    assert one_in('WORD 0-5 ? "one two"', ink=ink_file(rows)).defect is None


BROKEN_SEGMENTS = [
    ('WORD 4 ? "x"', ink_file(), "line 4: component 4 does not exist: the ink has 4"),
    ('WORD 0-999999999 ? "x"', ink_file(), "component 999999999"),
    ('WORD 0:2-1 ? "x"', ink_file(), "point 2 of component 0 does not exist: it has 2"),
    ('WORD 0-1:3 ? "x"', ink_file(), "point 3 of component 1 does not exist: it has 3"),
    ('WORD 3-1 ? "x"', ink_file(), "line 4: components 3-1"),
    ('WORD ? ? "x"', ink_file(), "no component numbers"),
    ("WORD 0 ?", ink_file(), "no label"),
    ('WORD 0 ? "x', ink_file(), "line 4: malformed .SEGMENT"),
    ('WORD 0 ? "x"', b".PEN_DOWN\n1 2\n3 four\n", "one.dat, line 3: 'four' is not a coordinate"),
    ('WORD 0 ? "x"', b".PEN_DOWN\n1 2\n3 nan\n", "line 3: 'nan'"),
    ('WORD 0 ? "x"', b".PEN_DOWN\n1 2\n-1e99 3\n", "line 3: '-1e99'"),
    ('WORD 0 ? "x"', b".COORD T X Y\n.PEN_DOWN\n1e9 2 3\n2e9 1e9 2", "line 4: '1e9'"),
    ('WORD 0 ? "x"', b".PEN_DOWN\n1 2\n3\n", "line 1: 3 numbers are not rows of X Y"),
    ('WORD 0 ? "x"', b".PEN_DOWN\n" + bytes(range(256)), "is not a coordinate"),
    ('WORD 0 ? "x"', b".PEN_DOWN " + b"1 2 " * (1 << 21), "too many for one stroke"),
    ('WORD 0 ? "x"', b".PEN_DOWN 1 2\n.COORD X X Y\n", ".COORD X X Y"),
    ('WORD 0 ? "x"', b".COORD T\n.PEN_DOWN 1 2\n", ".COORD T"),
    ('WORD 0 ? "x"', b".X_POINTS_PER_INCH 1e300\n.Y_POINTS_PER_INCH 1\n.PEN_DOWN 1 2\n", "points per inch"),
    ('WORD 0 ? "x"', b".WRITER_ID nobody\n", "the ink has 0"),
]


@pytest.mark.parametrize(
    ("segment", "ink", "words"), BROKEN_SEGMENTS, ids=[row[2] for row in BROKEN_SEGMENTS]
)
def test_a_broken_segment_is_an_error_that_names_the_file_and_the_line(segment, ink, words):
    assert words in error_of(segment, ink=ink).message


def test_the_segments_beside_a_broken_one_are_read():
    files = TREE | {LABELS: label_file('TEXT 9 ? "x"', 'TEXT 0 ? "y"', "TEXT", 'TEXT 1 ? "z"')}
    found = found_in(files)
    assert [isinstance(one, FoundInk) for one in found] == [False, True, False, True]


def test_coordinates_that_no_segment_needs_may_be_broken():
    ink = ink_file() + b".PEN_DOWN\nbroken\n"
    assert drawn(one_in('WORD 3 ? "x"', ink=ink)) == upside_down([STROKES[3]])


INCLUDES = [
    ({"include/abc/data/one.dat": None}, "include not found: 'abc/data/one.dat'"),
    ({"include/abc/abc.doc": b".INCLUDE abc/abc.doc\n"}, "include cycle"),
    ({"include/abc/abc.doc": b".INCLUDE abc/x.doc\n", "include/abc/x.doc": b".INCLUDE ABC/ABC.doc\n"},
     "include cycle"),
    ({"include/abc/abc.doc": b".INCLUDE x.doc\n" * 2000, "include/abc/x.doc": b""}, "more than 1,000"),
    ({"include/abc/abc.doc": b".INCLUDE ../../x\n", "x": b""}, "not found"),
    ({"include/abc/abc.doc": b".INCLUDE /x\n", "/x": b""}, "not found"),
    ({"include/abc/abc.doc": b".INCLUDE\n"}, "not found"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "words"), INCLUDES)
@pytest.mark.parametrize("archive", [True, False], ids=["archive", "disk"])
def test_a_broken_include_is_one_error_that_counts_the_segments(tmp_path, archive, changed, words):
    files = {k: v for k, v in (TREE | changed).items() if v is not None}
    files[LABELS] = label_file(*['TEXT 0 ? "x"'] * 3)
    if archive:
        found, name = found_in(files), LABELS
    else:
        write_tree(tmp_path, {name: data for name, data in files.items() if not name.startswith("/")})
        name = str(tmp_path / LABELS)
        found = list(read_each(files[LABELS], name))
    (error,) = found
    assert isinstance(error, UnreadInkError)
    assert error.message.startswith(f"{name}: ")
    assert words in error.message
    assert error.count == 3


def test_a_file_without_segments_is_an_error():
    (error,) = found_in(TREE, "include/abc/data/one.dat")
    assert "no labelled segments" in error.message
    assert "label file" in error.hint


def test_the_same_ink_is_read_from_disk_and_from_an_archive(tmp_path):
    write_tree(tmp_path)
    for name in (name for name in TREE if name.startswith("data/")):
        archived = [ndjson.dump(one.ink) for one in found_in(TREE, name)]
        on_disk = [ndjson.dump(one.ink) for one in read_each(TREE[name], str(tmp_path / name), OnDisk())]
        assert archived == on_disk
        assert len(archived) == TREE[name].count(b".SEGMENT")


def test_a_label_file_alone_is_read_with_the_includes_above_it(tmp_path, monkeypatch):
    write_tree(tmp_path)
    (ink,) = read_inks(tmp_path / LABELS)
    assert ink.text == "abc d"
    monkeypatch.chdir(tmp_path / "data" / "8" / "abc")
    assert read_inks("one.dat")[0].id == ink.id == "unipen-abc-one-text-0-3"


def test_an_ink_keeps_its_writer_through_ndjson():
    found = one_in('WORD 0 OK "x"')
    (back,) = formats.read_each(ndjson.dump(found.ink), "x", "ndjson")
    assert (back.writer, back.ink.text) == (found.writer, "x")


@pytest.mark.parametrize(
    ("contributor", "writer"), [("apb", "unipen-apple-w"), ("apd", "unipen-apple-w"), ("lex", "unipen-lex-w")]
)
def test_contributors_of_one_organisation_share_their_writers(contributor, writer):
    files = {
        LABELS: label_file('WORD 0 ? "x"', includes=[f"{contributor}/data/x.dat"]),
        f"include/{contributor}/data/x.dat": ink_file(head=".WRITER_ID w\n"),
    }
    assert found_in(files)[0].writer == writer


def test_labels_lose_the_spaces_that_their_contributor_put_around_signs():
    for contributor, text in [("hpp", "Frontini, Monica 28079"), ("lex", "Frontini , Monica 2 8 0 7 9")]:
        files = {
            LABELS: label_file('TEXT 0 ? "Frontini , Monica 2 8 0 7 9"', includes=[f"{contributor}/x.dat"]),
            f"include/{contributor}/x.dat": ink_file(),
        }
        assert found_in(files)[0].ink.text == text


def test_unipen_is_detected_by_its_bytes():
    assert {formats.detect(content) for content in TREE.values()} == {"unipen"}
