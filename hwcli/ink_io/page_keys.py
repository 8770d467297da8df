"""The keys of a page in hw ink: `page` and `lines`, in the units of the strokes, and `paper`, in millimetres.

`page` is its frame, and `lines` where the lines of its text stand.
`paper` also holds the frame's `mm_per_unit`: earlier versions of hw read only a `page` of exactly four keys.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from renderers.ink import LARGEST, Frame, Ink, InkError, Paper

_FRAME = ("left", "top", "width", "height")
_PAPER = ("width", "height", "margin")
_LINES = ("baseline", "line_height")
_SCALE, _RULING = "mm_per_unit", "ruling"

Row = dict[str, Any]


def of(ink: Ink) -> dict[str, Row]:
    """Return the keys of the ink's frame and paper, without values that are not known.

    >>> of(Ink((), frame=Frame(0, 0, 50, 20, mm_per_unit=0.5), paper=Paper(width=45, margin=10)))["paper"]
    {'width': 45, 'margin': 10, 'mm_per_unit': 0.5}
    """
    keys: dict[str, Row] = {}
    if ink.frame is not None:
        keys["page"] = {key: getattr(ink.frame, key) for key in _FRAME}
        if ink.frame.baseline is not None and ink.frame.line_height is not None:
            keys["lines"] = {key: getattr(ink.frame, key) for key in _LINES}
    known = {key: getattr(ink.paper, key) for key in (*_PAPER, _RULING)} if ink.paper is not None else {}
    known[_SCALE] = None if ink.frame is None else ink.frame.mm_per_unit
    if paper := {key: value for key, value in known.items() if value is not None}:
        keys["paper"] = paper
    return keys


def read(row: Mapping[str, Any]) -> tuple[Frame | None, Paper | None, tuple[str, ...]]:
    """Return the frame and the paper in a row of hw ink, and which of the keys hold nothing else."""
    frame, paper = _frame(row.get("page")), row.get("paper")
    known: tuple[str, ...] = () if frame is None else ("page",)
    if frame is not None and (numbers := _numbers(row.get("lines"), _LINES)) and numbers[1] > 0:
        frame, known = replace(frame, baseline=numbers[0], line_height=numbers[1]), ("page", "lines")
    if not isinstance(paper, dict) or not paper or not paper.keys() <= {*_PAPER, _SCALE, _RULING}:
        return frame, None, known
    if any(type(value) not in (int, float) for key, value in paper.items() if key != _RULING):
        return frame, None, known
    if _RULING in paper and paper[_RULING] is None:
        return frame, None, known
    sides = {key: value for key, value in paper.items() if key != _SCALE}
    try:
        sheet = Paper(**sides) if sides else None
    except InkError:
        return frame, None, known
    if _SCALE in paper:
        if frame is None or not 0 < paper[_SCALE] <= LARGEST:
            return frame, None, known
        frame = replace(frame, mm_per_unit=paper[_SCALE])
    return frame, sheet, (*known, "paper")


def _frame(row: Any) -> Frame | None:
    """Return the frame in the key `page`; None if that holds anything else than four finite numbers."""
    numbers = _numbers(row, _FRAME)
    return None if numbers is None else Frame(*numbers)


def _numbers(row: Any, keys: Sequence[str]) -> list[float] | None:
    """Return the values of `keys` in an object; None if it holds anything else than these finite numbers."""
    if not isinstance(row, dict) or row.keys() != set(keys):
        return None
    numbers = [row[key] for key in keys]
    if any(type(n) not in (int, float) or not math.isfinite(n) for n in numbers):
        return None
    return numbers
