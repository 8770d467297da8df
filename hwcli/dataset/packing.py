"""One line on its way into a dataset: read, checked by the rules, and packed as offsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.config.sections import PreprocessConfig
from hwcli.dataset import store
from hwcli.dataset.sources import Member
from hwcli.device_ink.mending import mended
from hwcli.device_ink.timing import at_even_steps
from hwcli.device_ink.upright import turned_over
from hwcli.errors import HwError
from hwcli.ink_io import foreign, formats
from hwcli.ink_io.found_ink import FoundInk, NoInkError, UnreadInkError
from hwcli.ink_io.line_pieces import Piece
from renderers.ink import Ink

UNREAD = "not read"  # the first words of the reason for which a file or an ink could not be read
REPEATED = "in several parts of the database"
INT16_MAX = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was found: its offsets, or the reason why it is left out."""

    id: str
    group: str  # lines of one group stay in one split: the writer, the form, or the line itself
    source: str
    offsets: NDArray[Any] | None = None  # (points, 3): int16 if all values are whole and fit, else float32
    text: str | None = None
    reason: str | None = None
    is_ink: bool = True  # False for a file of an unknown format that only happened to lie among the ink
    hand: str = ""  # lines of one hand have one scale: one writer, on one device
    place: int = 0  # position among the sources that the user named
    origin: str = store.OTHER  # name of its source in the dataset
    units: str = store.INK
    grain: float = 0.0  # grid step of its coordinates, 0 if they are on no grid
    scaling: Mapping[str, Any] | None = None  # of a line from a dataset folder: that of its source there
    split: str | None = None  # of a line from a dataset folder: its split there
    part: str | None = None  # the part of its database that it belongs to
    count: int = 1  # lines of the source that this one stands for, if they are left out for one reason
    writer: str | None = None
    form: str | None = None
    cut_out: bool = False  # as in FoundInk
    note: str | None = None
    legibility: float | None = None  # as in store.LineInfo


def read_lines(batch: Sequence[Member], format_: str | None, rules: PreprocessConfig) -> list[Line]:
    """Return the lines of a batch of files, as `read_each`."""
    return list(read_each(batch, format_, rules))


def read_piece(piece: Piece, member: Member, format_: str, rules: PreprocessConfig) -> list[Line]:
    """Return the lines of a piece of a file, as `read_each`."""
    found = piece.read(member.name, format_)
    lines = pack_all(found, member.stem, member.name, rules, first=piece.before + 1)
    return [replace(line, place=member.place) if member.place else line for line in lines]


def read_each(
    batch: Sequence[Member],
    format_: str | None,
    rules: PreprocessConfig,
    tell: Callable[[int], None] | None = None,
) -> Iterator[Line]:
    """Yield the lines of a batch of files, in order; an unreadable file gives one line with the reason.

    `tell` is called with the bytes read of a file that is read line by line.
    """
    known: dict[Ink, Line] = {}
    lines = (
        replace(line, place=member.place) if member.place else line
        for member in batch
        for line in _lines_of(member, format_, rules, known, tell)
    )
    return without_repeats(lines)


def without_repeats(lines: Iterable[Line]) -> Iterator[Line]:
    """Leave out lines that are equal to an earlier one, where the parts of a database overlap.

    All of one file are left out as one line, which counts them.
    """
    first: dict[str, Line] = {}
    repeats: Counter[tuple[str, str, str | None]] = Counter()
    for line in lines:
        if line.part is not None and is_repeat(line, first.setdefault(line.id, line)):
            repeats[line.source, line.group, line.part] += 1
        else:
            yield line
    yield from repeats_of(repeats)


def repeats_of(counts: Mapping[tuple[str, str, str | None], int]) -> Iterator[Line]:
    """Yield a line for all repeats of one source, group and part, with their number."""
    for (source, group, part), count in counts.items():
        stem = PurePosixPath(source).stem
        yield Line(stem, group, source, reason=f"{REPEATED} (kept once)", part=part, count=count)


def is_repeat(line: Line, other: Line) -> bool:
    """Return whether two lines are different objects with equal ink and text, or left out for one reason."""
    if line is other or line.text != other.text or line.reason != other.reason:
        return False
    if line.offsets is None or other.offsets is None:
        return not (line.reason or "").startswith((UNREAD, REPEATED))  # their ids are those of files
    return np.array_equal(line.offsets, other.offsets)


def _lines_of(
    member: Member,
    format_: str | None,
    rules: PreprocessConfig,
    known: dict[Ink, Line],
    tell: Callable[[int], None] | None,
) -> Iterator[Line]:
    stem = member.stem
    if member.trouble is not None:
        yield Line(stem, stem, member.name, reason=f"{UNREAD}: {member.trouble}")
        return
    try:
        head = member.read(formats.HEAD)
    except HwError as error:
        yield unread(error, stem, member.name)
        return
    format_ = format_ or formats.detect(head)
    if member.data is None and member.path is not None and format_ is not None:
        found = formats.read_file(member.path, member.name, format_, member.files, tell)
    else:
        found = formats.read_each(member.data or head, member.name, format_, member.files)
    if not member.named:
        first = next(found := iter(found), None)
        if isinstance(first, NoInkError):
            yield Line(stem, stem, member.name, reason=_reason(first, member.name), is_ink=False)
            return
        found = chain(() if first is None else (first,), found)
    stray = formats.form_of(stem) is None or foreign.what(head, member.name) is not None
    if format_ is None and not member.named and stray:
        strays = (_reason(error, member.name) for error in found if isinstance(error, HwError))
        yield from (Line(stem, stem, member.name, reason=why, is_ink=False) for why in strays)
        return
    yield from pack_all(found, stem, member.name, rules, known)


def pack_all(
    inks: Iterable[FoundInk | HwError],
    stem: str,
    source: str,
    rules: PreprocessConfig,
    known: dict[Ink, Line] | None = None,
    first: int = 1,
) -> Iterator[Line]:
    """Yield the inks of one file as lines; those without an id are numbered after `stem`, from `first`.

    `known` holds the lines of inks that other files may give again, as the same object: where the parts of a
    database overlap.
    """
    for k, found in enumerate(inks, first):
        if isinstance(found, HwError):
            yield unread(found, numbered(stem, k), source)
        elif known is not None and (line := known.get(found.ink)) is not None:
            yield replace(line, source=source, part=found.part)
        else:
            line = pack(found, found.ink.id or f"{stem}-{k:06d}", source, rules)
            if known is not None and found.part is not None:
                known[found.ink] = line
            yield line


def numbered(stem: str, number: int) -> str:
    """Return what an error of a file is listed as: by the file's stem, or a number if others came before."""
    return stem if number == 1 else f"{stem}-{number:06d}"


def is_unread(line: Line) -> bool:
    """Return whether a line stands for ink that could not be read."""
    return (line.reason or "").startswith(UNREAD)


def unread(error: HwError, stem: str, source: str) -> Line:
    """Return a line for ink that could not be read."""
    reason = f"{UNREAD}: {_reason(error, source)}"
    form = formats.form_of(stem)
    if isinstance(error, UnreadInkError):
        return Line(stem, form or stem, source, reason=reason, form=form, part=error.part, count=error.count)
    return Line(stem, form or stem, source, reason=reason, form=form)


def _reason(error: HwError, source: str) -> str:
    return error.message.removeprefix(source).lstrip(":, ")


def pack(found: FoundInk, line_id: str, source: str, rules: PreprocessConfig) -> Line:
    """Return an ink as a line of a dataset, or as a line that is left out with the reason."""
    form = found.form or formats.form_of(line_id)
    group = found.writer or form
    hand = group or source  # a file that does not say who wrote it is by one writer
    ink, note = _as_written(found.ink, rules)
    reason = found.defect or broken_rule(ink.offsets, rules)
    offsets = None if reason else compact(ink.offsets)
    whole = offsets is not None and offsets.dtype == np.int16
    return Line(
        line_id,
        group or line_id,
        source,
        offsets,
        ink.text,
        reason,
        hand=hand if found.device is None else f"{hand} on {found.device}",
        origin=found.format if found.format in formats.DATABASES else store.OTHER,
        units=store.TABLET if whole else store.INK,
        grain=float(whole),
        part=found.part,
        writer=found.writer,
        form=form,
        cut_out=found.cut_out,
        note=found.note or note,
    )


def _as_written(ink: Ink, rules: PreprocessConfig) -> tuple[Ink, str | None]:
    """Return ink the right way up and, if it is to be rescaled, without uneven times; and a note on that.

    Even steps of time hide the grid of the points that they lie between, so such ink is mended whole here.
    """
    if rules.y_up:
        ink = turned_over(ink)
    if (rules.fit is None and not rules.normalise) or at_even_steps(ink) is None:
        return ink, None
    (made,), notes = mended([ink])
    return made, "uneven times: resampled at even ones" + (", and mended" if len(notes) > 1 else "")


def broken_rule(offsets: NDArray[Any], rules: PreprocessConfig) -> str | None:
    """Return the rule that a line of `offsets` (points, 3) breaks, in words, or None if it is fit."""
    points = len(offsets)
    if points < rules.min_points:
        return f"{points} points, fewer than --min-points {rules.min_points}"
    if rules.max_points and points > rules.max_points:
        return f"{points} points, more than --max-points {rules.max_points}"
    if rules.max_gap:
        # only steps inside strokes: between strokes a jump of any length is data
        x, y = offsets[1:, :2].T.astype(np.float64)
        squares = (x * x + y * y)[offsets[:-1, 2] < 0.5]
        squares.sort()  # several times as fast as numpy.median for as few numbers as a line has
        middle = squares[[(len(squares) - 1) // 2, len(squares) // 2]] if len(squares) else np.zeros(1)
        median = float(np.sqrt(middle).mean())
        if median > 0 and (ratio := float(np.sqrt(squares[-1])) / median) > rules.max_gap:
            return (
                f"glitch: a step inside a stroke {ratio:.0f} times the median (--max-gap {rules.max_gap:g})"
            )
    return None


def compact(offsets: NDArray[Any]) -> NDArray[Any]:
    """Return `offsets` as int16 if all of them are whole and fit, else as float32."""
    if offsets.dtype == np.int16:
        return offsets
    whole: NDArray[Any] = np.rint(offsets)
    if (np.abs(offsets) <= INT16_MAX).all() and (whole == offsets).all():
        return whole.astype(np.int16)
    return offsets.astype(np.float32)
