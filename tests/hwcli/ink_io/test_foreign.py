"""Files that are not ink are refused by what they are."""

import pytest

from handmade import hw_here, iam_folder, refused
from hwcli.ink_io import foreign

OFF_LINE = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE form SYSTEM "http://www.iam.unibe.ch/~fki/iamDB/form-metadata.dtd">
<form created="2000-01-01" height="3542" id="a01-000u" version="3.0" width="2479" writer-id="000">
<machine-printed-part/><handwritten-part/></form>
"""
PNG, TIFF = b"\x89PNG\r\n\x1a\n" + bytes(40), b"II*\x00" + bytes(40)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (OFF_LINE, "xml/a01-000u.xml", "this is the off-line IAM Handwriting Database"),
        (
            OFF_LINE.replace(b"<!DOCTYPE", b"<!-- DOCTYPE").replace(b'dtd">', b"dtd -->"),
            "f.xml",
            "off-line IAM",
        ),
        (b'<form id="x"\n writer-id = "1">', "f.xml", "off-line IAM"),
        (PNG, "words/a01/a01-000u/a01-000u-00-00.png", "an image of IAM"),
        (TIFF, "lineImages/a01/a01-000/a01-000u-01.tif", "IAM-OnDB's lineStrokes-all.tar.gz"),
        (PNG, "holiday.png", "an image; hw reads recorded pen movements"),
        (b"<form action='x'></form>", "page.html", None),
        (b"", "empty", None),
        (b"no ink", "a01-000u-01.xml", None),
    ],
)
def test_what_a_file_is(data, name, words):
    found = foreign.what(data, name)
    assert (found is None) if words is None else words in found


@pytest.mark.parametrize(
    "arguments",
    [["render", "xml/a01-000u.xml"], ["preprocess", "xml"],
     ["preprocess", "xml/a01-000u.xml"], ["preprocess", "--format", "iam", "xml"]],
)  # fmt: skip
def test_the_off_line_database_is_refused_by_name(tmp_path, arguments):
    (tmp_path / "xml").mkdir()
    for form in ("a01-000u", "a01-000x"):
        (tmp_path / "xml" / f"{form}.xml").write_bytes(OFF_LINE)
    refused(
        hw_here(*arguments, cwd=tmp_path), "a01-000u.xml", "off-line IAM Handwriting Database", "IAM-OnDB"
    )


def test_images_among_the_ink_are_skipped(tmp_path):
    iam_folder(tmp_path / "iam" / "lineStrokes", {"a01-000u": 2})
    images = tmp_path / "iam" / "lineImages"
    images.mkdir()
    for k in (1, 2):
        (images / f"a01-000u-0{k}.tif").write_bytes(TIFF)
    done = hw_here("preprocess", "iam", "-o", "d", cwd=tmp_path)
    assert done.status == 0, done
    assert "found 2 lines" in done.err
    assert "skipped 2 files:\n        2 an image of IAM" in done.err


def test_blank_text_is_told_as_such():
    assert foreign.kind(b" \n\t ") == "blank text"
