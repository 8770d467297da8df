"""IAM-OnDB's transcripts: which lines of a file are text, and in which encoding."""

import pytest

from handmade import transcript
from hwcli.dataset import transcripts


def test_a_transcript_is_the_text_after_csr():
    assert transcripts.parse(transcript(["First line.", "  Second line  "])) == ["First line.", "Second line"]
    assert transcripts.parse(b"OCR:\n\nonly this\n") is None
    assert transcripts.parse(b"CSR:\n\n") == []


TEXT = ["caf\u00e9, \u00a31", "it\u2019s na\u00efve\u2026 \u2014 isn\u2019t it?", "third"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252"])
def test_encodings_are_detected(encoding):
    text = transcript(TEXT).decode()
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert transcripts.parse(data) == TEXT


def test_latin_1_is_the_last_resort():
    assert transcripts.parse("CSR:\n\ncaf\u00e9 \u00fcber\nzwei\n".encode("latin-1")) == [
        "caf\u00e9 \u00fcber",
        "zwei",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_at_line_feeds_and_carriage_returns_only(end):
    text = f"CSR:{end}{end}one\x0b\u2028and a half{end}two{end}"
    assert transcripts.parse(text.encode()) == ["one\x0b\u2028and a half", "two"]
