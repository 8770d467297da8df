"""Says what files are in which people look for ink, but which have none: images, tables, other documents."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from hwcli.ink_io.markup.root import root_name

_IMAGES = (b"\x89PNG", b"II*\x00", b"MM\x00*", b"\xff\xd8\xff", b"GIF8", b"BM")
# forms, lines and words of IAM share one scheme of names
_IAM_NAME = re.compile(r"^[a-z]\d{2}-\d{3}[a-z]?(-\d{2}){0,2}$")
_OFF_LINE = re.compile(rb"<form\b[^>]*\bwriter-id\s*=")
_HEAD = 4096
_KINDS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive, whose name must end in .zip",
    b"\x1f\x8b": "a damaged gzip file",
    b"SQLite format 3": "a database",
}
_KEY = re.compile(r'"([^"\\\n]{1,60})"\s*:')
_MOST_NAMES, _SHOWN = 8, 30  # of keys and columns, in messages


def what(data: bytes, name: str) -> str | None:
    """Return what the file `name` is, if its first bytes say that it is not ink, else None."""
    head = data[:_HEAD]
    if _OFF_LINE.search(head) or b"iamDB/form-metadata.dtd" in head:
        return "this is the off-line IAM Handwriting Database (scanned images); hw reads the on-line IAM-OnDB"
    if not head.startswith(_IMAGES):
        return None
    if _IAM_NAME.match(PurePosixPath(name).stem):
        return "an image of IAM; hw reads pen movements, as in IAM-OnDB's lineStrokes-all.tar.gz"
    return "an image; hw reads recorded pen movements"


def kind(head: bytes) -> str:
    r"""Return what a file that begins with `head` seems to hold, in words.

    >>> kind(b'{"name": "Ann", "age": 3}'), kind(b"name;age\nAnn;3\n")
    ('JSON with the keys name, age', 'a table with the columns name, age')
    """
    if (
        known := next((words for magic, words in _KINDS.items() if head.startswith(magic)), None)
    ) is not None:
        return known
    if (root := root_name(head)) is not None:
        return f"XML with the root element <{root}>"
    try:
        text = head[:_HEAD].decode()
    except UnicodeDecodeError as error:
        if error.start < min(len(head), _HEAD) - 4:  # not a character that the head cuts
            return "binary data"
        text = head[: error.start].decode()
    if any(ord(character) < 32 and not character.isspace() for character in text):
        return "binary data"
    return _kind_of_text(text.strip())


def _kind_of_text(text: str) -> str:
    if not text:
        return "blank text"
    if text.startswith(("{", "[")):
        keys = list(dict.fromkeys(_KEY.findall(text)))
        return f"JSON with the keys {_listed(keys)}" if keys else "JSON without keys"
    lines = text.splitlines()
    for separator in "\t;,":
        columns = [column.strip("\" '") for column in lines[0].split(separator)]
        if len(lines) > 1 and len(columns) > 1 and lines[1].count(separator) == len(columns) - 1:
            return f"a table with the columns {_listed(columns)}"
    return "plain text"


def _listed(names: list[str]) -> str:
    shown = [name[:_SHOWN] for name in names[:_MOST_NAMES]]
    return ", ".join([*shown, "…"] if len(names) > _MOST_NAMES else shown)
