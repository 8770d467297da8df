"""Rows of offsets as ink: stroke-3 (dx, dy, lift) and stroke-5 (dx, dy, down, lift, end).

A row holds the move from the point before and whether the pen lifts after it, as `Ink.offsets` does and as
sketch-rnn's data sets and the reimplementations of Graves's network do. Some of these have the lift first: a
column of nothing but 0 and 1 is the lift.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_io.arrays.damage import ArrayError

Rows = NDArray[Any]
LIFT_LAST, LIFT_FIRST = 2, 0


def is_rows(array: Rows) -> bool:
    """Return whether an array has the shape and type of stroke-3 or stroke-5."""
    return array.ndim == 2 and array.shape[1] in (3, 5) and array.dtype.kind in "biuf"


def lift_column(sequences: list[Rows]) -> int:
    """Return which column of stroke-3 is the lift: the last, or the first if only that is 0 and 1.

    Raises ArrayError if neither is.
    """
    some = {id(rows): rows for rows in sequences if rows.shape[1] == 3}.values()
    if all(_is_binary(rows[:, 2]) for rows in some):
        return LIFT_LAST
    if all(_is_binary(rows[:, 0]) for rows in some):
        return LIFT_FIRST
    raise ArrayError("no column of 0 and 1 says where the pen lifts; hw reads rows of dx, dy, lift")


def points_of(rows: Rows, column: int = LIFT_LAST, padded: bool = False) -> tuple[Rows, Rows]:
    """Return the absolute points (n, 2) of rows (n, 3) or (n, 5), and where a stroke ends, (n,).

    If they are `padded`, rows of zeros behind the last stroke are no points. Raises ArrayError for five
    columns that are not stroke-5.
    """
    if rows.shape[1] == 5:
        moves, lifts = _of_five(rows)
    else:
        moves, lifts = (rows[:, :2], rows[:, 2]) if column == LIFT_LAST else (rows[:, 1:], rows[:, 0])
    if padded:
        used = np.flatnonzero(moves.any(axis=1) | (lifts != 0))
        length = int(used[-1]) + 1 if len(used) else 0
        moves, lifts = moves[:length], lifts[:length]
    with np.errstate(all="ignore"):  # Ink refuses what is infinite then
        return np.cumsum(moves.astype(np.float64), axis=0), lifts > 0.5


def _of_five(rows: Rows) -> tuple[Rows, Rows]:
    """Return moves (n, 2) and lifts (n,) of the rows before the first that says that the ink is over."""
    if not all(_is_binary(rows[:, k]) for k in (2, 3, 4)):
        raise ArrayError("an array of five columns whose last three are not 0 or 1 is not stroke-5")
    over = np.flatnonzero(rows[:, 4] == 1)
    kept = rows[: over[0]] if len(over) else rows
    return kept[:, :2], kept[:, 3]


def _is_binary(column: Rows) -> bool:
    return bool(((column == 0) | (column == 1)).all())
