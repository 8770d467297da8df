"""hw formats, and what is said of files of no known format."""

from __future__ import annotations

import json

import pytest

from handmade import hw_here, refused
from hwcli.ink_io import formats
from renderers.registry import FORMATS as PICTURES


def test_formats_lists_what_is_read_and_written_in_tab_separated_columns(tmp_path):
    done = hw_here("formats", cwd=tmp_path)
    rows = [line.split("\t") for line in done.out.decode().splitlines()]
    assert done.status == 0
    assert {len(row) for row in rows} == {4}
    assert [row[1] for row in rows if row[0] == "read"] == [*formats.FORMATS]
    assert {row[1] for row in rows if row[0] == "write"} >= {"ndjson", *PICTURES}
    assert all(summary for *_, summary in rows)
    assert all(suffix.startswith(".") for row in rows for suffix in row[2].split())
    as_json = hw_here("formats", "--json", cwd=tmp_path).out.decode().splitlines()
    assert [list(json.loads(line).values()) for line in as_json] == [
        [direction, name, suffixes.split(), summary] for direction, name, suffixes, summary in rows
    ]


UNKNOWN = {
    "a.json": (b'{"name": "Ann", "age": [3]}', "JSON with the keys name, age"),
    "b.csv": (b"name;age\nAnn;3\nBo;4\n", "a table with the columns name, age"),
    "c.xml": (b"<?xml version='1.0'?><!-- x --><html><p/></html>", "XML with the root element <html>"),
    "d.pdf": (b"%PDF-1.7\n", "a PDF document"),
    "e.txt": ("Dear Anna,\nné\n".encode() * 400, "plain text"),
    "f.bin": (bytes(range(256)) * 20, "binary data"),
    "g.txt": (b"\xff\xfeh\x00i\x00", "plain text"),
    "h.docx": (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_file_is_told_by_what_it_holds_with_the_known_formats(name, tmp_path):
    data, what = UNKNOWN[name]
    (tmp_path / name).write_bytes(data)
    done = hw_here("render", name, cwd=tmp_path)
    refused(done, f"{name}: unknown ink format ({what}", "known formats: ", "hw formats describes them")
