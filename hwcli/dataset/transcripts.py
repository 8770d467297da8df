"""IAM-OnDB's transcripts: one ascii file per form, with the text of its lines, in order, after `CSR:`.

Ink of other databases has its text in its own files; their readers give it with the ink.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from hwcli.dataset.rescale import MutableLines
from hwcli.dataset.sources import decode, members, size_of
from hwcli.errors import HwError


@dataclass(frozen=True)
class Transcripts:
    """The transcripts in a folder, an archive or a file."""

    forms: Mapping[str, list[str]]  # form → the text of its lines, in order
    other_files: Sequence[str]  # files that are not transcripts


def read(path: Path) -> Transcripts:
    """Read the transcripts in `path`, a folder, an archive or a file; raise HwError if there is none."""
    size_of([path])  # raises if `path` does not exist
    forms: dict[str, list[str]] = {}
    others: list[str] = []
    for member, _ in members([path]):
        try:
            lines = None if member.trouble else parse(member.read())
        except HwError:
            lines = None
        if lines is None:
            others.append(member.name)
        else:
            forms[PurePosixPath(member.name).stem] = lines
    if not forms:
        raise HwError(
            f"{path} contains no transcripts", "--transcripts takes IAM-OnDB's ascii folder or archive"
        )
    return Transcripts(forms, sorted(others))


def parse(data: bytes) -> list[str] | None:
    """Return the non-blank lines after `CSR:` (the corrected text), None if there is no such heading."""
    _, heading, after = decode(data).partition("CSR:")
    if not heading:
        return None
    return [line.strip() for line in re.split(r"\r\n|\r|\n", after) if line.strip()]


def join(lines: MutableLines, transcripts: Transcripts) -> dict[str, Any]:
    """Give `lines` their text, and return a report on forms without text.

    `lines` are all lines that were found, including those that are left out: the lines of a form get their
    text only if there are as many as in its transcript. A form whose transcript is blank is left out, since
    IAM-OnDB could not read it.
    """
    by_form: dict[str, set[str]] = defaultdict(set)
    without_text: set[str] = set()
    for line in lines:
        by_form[line.form or line.group].add(line.id)
        if line.text is None:
            without_text.add(line.group)
    texts: dict[str, str] = {}
    blank: set[str] = set()
    disagree: dict[str, dict[str, int]] = {}
    missing: list[str] = []
    for form, ids in by_form.items():
        if (transcript := transcripts.forms.get(form)) is None:
            missing += [form] if form in without_text else []  # ink of other sources has its own texts
        elif not transcript:
            blank.add(form)
        elif len(ids) != len(transcript):
            disagree[form] = {"ink": len(ids), "transcript": len(transcript)}
        else:
            texts |= zip(sorted(ids), transcript, strict=True)
    for k, line in enumerate(lines):
        if (line.form or line.group) in blank and not line.reason:
            line = replace(line, offsets=None, reason="bad form: its transcript is empty")
        lines[k] = replace(line, text=texts.get(line.id, line.text))
    return {
        "forms_with_other_counts": disagree,
        "forms_without_transcript": sorted(missing),
        "files_without_transcript": transcripts.other_files,
    }
