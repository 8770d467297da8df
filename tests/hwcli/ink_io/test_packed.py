"""Ink files that are packed with gzip or have a byte-order mark, as files and on stdin."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib

import pytest

from handmade import hw_here, iam_xml, ink_line, refused
from hwcli.errors import HwError
from hwcli.ink_io.files import read_inks
from hwcli.ink_io.formats import parse

LINES = ink_line([[[0, 0], [3, 4]]], text="é") + ink_line([[[0, 0], [5, 6]]], text="two")
UTF16 = codecs.BOM_UTF16_LE + LINES.decode().replace("\n", "\r\n").encode("utf-16-le")
PACKINGS = {
    "UTF-8 with a mark": codecs.BOM_UTF8 + LINES,
    "UTF-16, little end first": UTF16,
    "UTF-16, big end first": codecs.BOM_UTF16_BE + LINES.decode().encode("utf-16-be"),
    "gzip": gzip.compress(LINES),
    "gzip of UTF-16": gzip.compress(UTF16),
    "two gzip members": gzip.compress(LINES[:20]) + gzip.compress(LINES[20:]),
}


@pytest.mark.parametrize("data", PACKINGS.values(), ids=PACKINGS)
def test_packed_ink_is_read_from_a_file_stdin_and_bytes_alike(data, tmp_path, monkeypatch):
    (tmp_path / "ink").write_bytes(data)
    assert [ink.text for ink in read_inks(tmp_path / "ink")] == ["é", "two"]
    assert [ink.text for ink in parse(data, "ink")] == ["é", "two"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert [ink.text for ink in read_inks("-")] == ["é", "two"]


def test_xml_in_utf16_is_read_though_its_declaration_says_so(tmp_path):
    text = iam_xml().decode()
    text = '<?xml version="1.0" encoding="UTF-16"?>' + text[text.index("?>") + 2 :]
    (tmp_path / "a01-000u-01.xml").write_bytes(text.encode("utf-16"))
    (ink,) = read_inks(tmp_path / "a01-000u-01.xml")
    assert ink.points.tolist() == parse(iam_xml(), "x")[0].points.tolist()


DAMAGED = {
    "cut": gzip.compress(LINES)[:-9],
    "wrong sum": gzip.compress(LINES)[:-8] + bytes(8),
    "wrong bits": gzip.compress(LINES)[:14] + b"\xff" * 20 + gzip.compress(LINES)[34:],
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_gzip_file_is_one_error_that_names_it(data, tmp_path):
    (tmp_path / "ink.gz").write_bytes(data)
    with pytest.raises(HwError, match=r"ink\.gz"):
        read_inks(tmp_path / "ink.gz")
    refused(hw_here("render", "ink.gz", cwd=tmp_path), "ink.gz")
    refused(hw_here("render", cwd=tmp_path, stdin=data), "stdin")


def test_what_unpacks_to_more_than_the_limit_is_refused_before_it_is_unpacked(tmp_path):
    bomb = zlib.compressobj(9, wbits=31)
    data = bomb.compress(b"\n") + b"".join(bomb.compress(bytes(1 << 20)) for _ in range(80)) + bomb.flush()
    with pytest.raises(HwError, match="more than the limit"):
        parse(data, "bomb", "ndjson")
    (tmp_path / "bomb").write_bytes(data)
    refused(hw_here("render", "bomb", "--input-format", "iam", cwd=tmp_path), "bomb", "more than the limit")
