"""One line on its way into a dataset: read, checked by rule, and packed as offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset.sources import Member
from hwcli.errors import HwError
from hwcli.ink_io import find as formats
from hwcli.ink_io import iam
from renderers.ink import Ink

INT16_MAX = np.iinfo(np.int16).max

# lines that the database itself got wrong and no rule can see in the ink alone
KNOWN_BAD_FORMS = {"z01-000z": "known bad: IAM-OnDB has no text for this form"}


@dataclass(frozen=True)
class Line:
    """A line that was found: its offsets, or the reason why it is left out."""

    id: str
    group: str  # what stays together when splitting: the form or the writer
    source: str
    offsets: NDArray[Any] | None = None  # (points, 3): int16 where all is whole and fits, else float32
    text: str | None = None
    reason: str | None = None
    is_ink: bool = True  # False for a file that no format knows: a README among the ink is no line


def read_lines(batch: Sequence[Member], force: str | None, rules: PreprocessConfig) -> list[Line]:
    """The lines in a batch of files, in order. A file that cannot be read becomes one line with the reason.

    Runs in worker processes: what goes in and what comes out is small and plain.
    """
    lines: list[Line] = []
    for member in batch:
        stem = PurePosixPath(member.name).stem
        if member.trouble is not None:
            lines.append(Line(stem, stem, member.name, reason=f"not read: {member.trouble}"))
            continue
        try:
            data = member.read()
        except HwError as error:
            lines.append(_unread(error, stem, member.name))
            continue
        expected = member.named or force is not None or iam.form_of(stem) is not None
        if not expected and formats.find(data) is None:
            why = "no ink format that hw knows" if data.strip() else "the file is empty"
            lines.append(Line(stem, stem, member.name, reason=why, is_ink=False))
            continue
        lines += pack_all(formats.parse_each(data, member.name, force), stem, member.name, rules)
    return lines


def pack_all(
    inks: Iterable[Ink | HwError], stem: str, source: str, rules: PreprocessConfig
) -> Iterator[Line]:
    """The inks of one file as lines; those without an id are numbered after `stem`."""
    for k, ink in enumerate(inks, 1):
        if isinstance(ink, HwError):
            yield _unread(ink, stem if k == 1 else f"{stem}-{k:06d}", source)
        else:
            yield pack(ink, ink.id or f"{stem}-{k:06d}", source, rules)


def _unread(error: HwError, stem: str, source: str) -> Line:
    reason = error.message.removeprefix(source).lstrip(":, ")
    return Line(stem, iam.form_of(stem) or stem, source, reason=f"not read: {reason}")


def pack(ink: Ink, line_id: str, source: str, rules: PreprocessConfig) -> Line:
    """`ink` as a line of a dataset, left out with the reason where a rule says so."""
    group = ink.extra.get("writer") or ink.extra.get("form") or iam.form_of(line_id) or line_id
    reason = KNOWN_BAD_FORMS.get(str(group)) or fault(ink, rules)
    offsets = None if reason else _compact(ink.offsets)
    return Line(line_id, str(group), source, offsets, ink.text, reason)


def fault(ink: Ink, rules: PreprocessConfig) -> str | None:
    """The rule that `ink` breaks, None where it is fit to learn from."""
    if len(ink) < rules.min_points:
        return f"{len(ink)} points, fewer than --min-points {rules.min_points}"
    if rules.max_points and len(ink) > rules.max_points:
        return f"{len(ink)} points, more than --max-points {rules.max_points}"
    if rules.max_gap:
        offsets = ink.offsets[1:]
        # steps inside strokes alone: where the pen was lifted, a jump of any length is data
        steps = np.hypot(*offsets[~ink.ends[:-1], :2].T)
        median = float(np.median(steps)) if len(steps) else 0.0
        if median > 0 and steps.max() > rules.max_gap * median:
            ratio = steps.max() / median
            return (
                f"glitch: a step inside a stroke {ratio:.0f} times the median (--max-gap {rules.max_gap:g})"
            )
    return None


def _compact(offsets: NDArray[np.float64]) -> NDArray[Any]:
    whole = np.rint(offsets)
    if (np.abs(offsets) <= INT16_MAX).all() and (whole == offsets).all():
        return whole.astype(np.int16)
    return offsets.astype(np.float32)
