"""Names files in which people look for ink, but which have none: images, and the off-line IAM database."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_IMAGES = (b"\x89PNG", b"II*\x00", b"MM\x00*", b"\xff\xd8\xff", b"GIF8", b"BM")
# forms, lines and words of IAM share one scheme of names
_IAM_NAME = re.compile(r"^[a-z]\d{2}-\d{3}[a-z]?(-\d{2}){0,2}$")
_OFF_LINE = re.compile(rb"<form\b[^>]*\bwriter-id\s*=")
_HEAD = 4096


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
