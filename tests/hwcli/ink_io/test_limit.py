"""No file or line takes more memory than the setting ink.memory allows."""

import io

import pytest

from handmade import hw_here, iam_form_xml, iam_xml, ink_line, wander
from hwcli.errors import HwError
from hwcli.ink_io import formats, limit, ndjson
from hwcli.ink_io.files import read_inks

LIMIT = r"more than the limit \(HW_INK_MEMORY\) of 10 MB"
GOOD = ink_line([[[0, 0], [1, 1]]])


@pytest.fixture(autouse=True)
def _ten_megabytes():
    before = limit.allowed() // limit.MEGABYTE
    limit.allow(10)
    yield
    limit.allow(before)


DENSE = {
    "lists": ink_line([[[0, 0]]], own=[[]] * 200_000),
    "objects": ink_line([[[0, 0]]], own=[{"a": 1}] * 100_000),
    "points": ink_line([[[0, 0]] * 150_000]),
    "numbers": ink_line([[[0, 0]]], own=[1e9] * 200_000),
}


@pytest.mark.parametrize("line", DENSE.values(), ids=DENSE)
def test_a_line_whose_values_take_too_much_is_refused_by_number(line):
    good, bad = ndjson.read_each(GOOD + line, "x")
    assert len(good.ink) == 2
    with pytest.raises(HwError, match=rf"x, line 2: .*{LIMIT}"):
        raise bad


def test_a_raised_limit_lets_the_same_line_pass():
    limit.allow(400)
    assert [len(one.ink) for one in ndjson.read_each(DENSE["points"], "x")] == [150_000]


def test_a_line_without_end_is_not_read_to_its_end():
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            self.given += len(buffer)
            buffer[:] = b"[" * len(buffer)
            return len(buffer)

    source = Endless()
    (error,) = ndjson.read_lines(io.BufferedReader(source), "stdin")
    assert "stdin, line 1" in error.message
    assert source.given < 3_000_000


@pytest.mark.parametrize(
    ("name", "head"),
    [("a.xml", b"<WhiteboardCaptureSession>"), ("a.dat", b".VERSION 1.0\n"), ("a.ndjson", b'{"hw":1,')],
)
def test_a_file_with_a_hole_of_a_terabyte_ends_at_once(tmp_path, name, head):
    with (tmp_path / name).open("wb") as file:
        file.write(head)
        file.truncate(1 << 40)
    with pytest.raises(HwError, match=LIMIT):
        read_inks(tmp_path / name)


def test_no_more_than_the_head_is_read_of_what_is_no_ink(tmp_path):
    with (tmp_path / "film.mp4").open("wb") as file:
        file.write(b"ftyp")
        file.truncate(1 << 40)
    (error,) = formats.read_file(tmp_path / "film.mp4", "film.mp4")
    assert "unknown ink format" in error.message


def test_xml_that_would_take_too_much_is_refused():
    (error,) = formats.read_each(iam_xml(wander(20_000)), "a.xml", "iam")
    assert "a.xml: reading it may take" in error.message


@pytest.mark.parametrize(("strokes", "texts"), [(400, 3), (3, 101)])
def test_a_form_of_absurdly_many_strokes_or_lines_is_refused(strokes, texts):
    named = {f"a01-000u-{k}": "x" for k in range(texts)}
    data = iam_form_xml([[(9 * k, 0)] for k in range(strokes)], named, "a01-000u")
    (error,) = formats.read_each(data, "strokesu.xml", "iam")
    assert "strokesu.xml: " in error.message


def test_unipen_that_includes_a_file_again_and_again_is_refused(tmp_path):
    ink = b".VERSION 1.0\n" + b".PEN_DOWN\n1 2\n" * 1000
    (tmp_path / "ink.dat").write_bytes(ink)
    labels = b".VERSION 1.0\n" + b".INCLUDE ink.dat\n" * 50 + b'.SEGMENT WORD 0 ? "a"\n'
    (tmp_path / "labels.dat").write_bytes(labels)
    with pytest.raises(HwError, match="with the files that it includes: reading"):
        read_inks(tmp_path / "labels.dat")


def test_unipen_whose_segments_repeat_the_same_ink_is_cut_short():
    ink = b"".join(b".PEN_DOWN\n%d 2\n" % k for k in range(400))
    segments = b"".join(b'.SEGMENT WORD %d-399 ? "a"\n' % k for k in range(200))
    found = list(formats.read_each(b".VERSION 1.0\n" + ink + segments, "a.dat", "unipen"))
    assert "again and again" in found[-1].message
    assert len(found) + found[-1].count - 1 == 200


def test_the_variable_and_the_settings_file_set_the_limit(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(DENSE["points"])
    refused = hw_here("render", "a.ndjson", cwd=tmp_path, HW_INK_MEMORY="10")
    assert refused.status == 1
    assert "HW_INK_MEMORY" in refused.err
    (tmp_path / "hw.toml").write_text("[ink]\nmemory = 300\n")
    assert hw_here("render", "a.ndjson", "-o", "x.svg", cwd=tmp_path).status == 0
