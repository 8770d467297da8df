"""What the lines say: IAM-OnDB's ascii files, one a form, the lines after `CSR:` in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hwcli.dataset.sources import members, size_of
from hwcli.errors import HwError


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 with its mark, Windows-1252, or else Latin-1, in which any bytes are text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def parse(data: bytes) -> list[str] | None:
    """The lines after `CSR:` (corrected text), blank ones left out; None where there is no such heading."""
    _, heading, after = decode(data).partition("CSR:")
    if not heading:
        return None
    return [line.strip() for line in re.split(r"\r\n|\r|\n", after) if line.strip()]


def read(path: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Form id → its lines, from a folder, an archive or a file; and the files that are no transcript."""
    size_of([path])  # says where the path leads nowhere
    forms: dict[str, list[str]] = {}
    strange: list[str] = []
    for member, _ in members([path]):
        try:
            lines = None if member.trouble else parse(member.read())
        except HwError:
            lines = None
        if lines is None:
            strange.append(member.name)
        else:
            forms[PurePosixPath(member.name).stem] = lines
    if not forms:
        raise HwError(
            f"{path}: no transcript in it", "--transcripts takes IAM-OnDB's ascii folder or archive"
        )
    return forms, strange


def texts_of_form(ids: list[str], transcript: list[str]) -> Mapping[str, str] | None:
    """Line id → text for all `ids` of one form, None where the counts disagree.

    `ids` are all lines that were found, also those left out: numbered files and lines of text must agree.
    """
    if len(ids) != len(transcript):
        return None
    return dict(zip(sorted(ids), transcript, strict=True))
