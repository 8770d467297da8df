"""One line on its way into a dataset: read, checked by the rules, and packed as offsets."""

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
from hwcli.ink_io import foreign, formats
from hwcli.ink_io.found_ink import FoundInk
from renderers.ink import Ink

INT16_MAX = np.iinfo(np.int16).max


@dataclass(frozen=True)
class Line:
    """A line that was found: its offsets, or the reason why it is left out."""

    id: str
    group: str  # lines of one group stay in one split: the writer, the form, or the line itself
    source: str
    offsets: NDArray[Any] | None = None  # (points, 3): int16 if all values are whole and fit, else float32
    text: str | None = None
    reason: str | None = None
    is_ink: bool = True  # False for a file of an unknown format that only happened to lie among the ink
    writer: str | None = None
    form: str | None = None
    cut_out: bool = False  # as in FoundInk
    note: str | None = None


def read_lines(batch: Sequence[Member], format_: str | None, rules: PreprocessConfig) -> list[Line]:
    """Return the lines of a batch of files, in order; an unreadable file gives one line with the reason."""
    return [line for member in batch for line in _lines_of(member, format_, rules)]


def _lines_of(member: Member, format_: str | None, rules: PreprocessConfig) -> Iterator[Line]:
    stem = PurePosixPath(member.name).stem
    if member.trouble is not None:
        yield Line(stem, stem, member.name, reason=f"not read: {member.trouble}")
        return
    try:
        data = member.read()
    except HwError as error:
        yield _unread(error, stem, member.name)
        return
    format_ = format_ or formats.detect(data)
    found = formats.read_each(data, member.name, format_)
    stray = formats.form_of(stem) is None or foreign.what(data, member.name) is not None
    if format_ is None and not member.named and stray:
        strays = (_reason(error, member.name) for error in found if isinstance(error, HwError))
        yield from (Line(stem, stem, member.name, reason=why, is_ink=False) for why in strays)
        return
    yield from pack_all(found, stem, member.name, rules)


def pack_all(
    inks: Iterable[FoundInk | HwError], stem: str, source: str, rules: PreprocessConfig
) -> Iterator[Line]:
    """Yield the inks of one file as lines; those without an id are numbered after `stem`."""
    for k, found in enumerate(inks, 1):
        if isinstance(found, HwError):
            yield _unread(found, stem if k == 1 else f"{stem}-{k:06d}", source)
        else:
            yield pack(found, found.ink.id or f"{stem}-{k:06d}", source, rules)


def _unread(error: HwError, stem: str, source: str) -> Line:
    reason = f"not read: {_reason(error, source)}"
    form = formats.form_of(stem)
    return Line(stem, form or stem, source, reason=reason, form=form)


def _reason(error: HwError, source: str) -> str:
    return error.message.removeprefix(source).lstrip(":, ")


def pack(found: FoundInk, line_id: str, source: str, rules: PreprocessConfig) -> Line:
    """Return an ink as a line of a dataset, or as a line that is left out with the reason."""
    form = found.form or formats.form_of(line_id)
    reason = found.defect or broken_rule(found.ink, rules)
    offsets = None if reason else _compact(found.ink.offsets)
    return Line(
        line_id, found.writer or form or line_id, source, offsets, found.ink.text, reason,
        writer=found.writer, form=form, cut_out=found.cut_out, note=found.note,
    )  # fmt: skip


def broken_rule(ink: Ink, rules: PreprocessConfig) -> str | None:
    """Return the rule that `ink` breaks, in words, or None if it is fit to learn from."""
    if len(ink) < rules.min_points:
        return f"{len(ink)} points, fewer than --min-points {rules.min_points}"
    if rules.max_points and len(ink) > rules.max_points:
        return f"{len(ink)} points, more than --max-points {rules.max_points}"
    if rules.max_gap:
        offsets = ink.offsets[1:]
        # only steps inside strokes: between strokes a jump of any length is data
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
