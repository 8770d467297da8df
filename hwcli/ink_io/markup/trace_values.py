"""The points in an InkML trace: values, differences and differences of differences of several channels.

Ink Markup Language (InkML), W3C Recommendation, 2011, section 3.2.1. A value may follow `!` (it is explicit),
`'` (it is a difference) or `"` (the difference of a difference); what is said of a channel holds until
something else is said, at most for one trace. `*` is the last value again, `?` an unknown one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_VALUE = re.compile(r"""([!'"]?)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|#[0-9a-fA-F]{1,16}|[TF*?])""")
_SPECIAL = re.compile(r"""[!'"#TF*?]|\d-""")
_SHOWN = 40
_EXPLICIT, _SINGLE, _DOUBLE = "!", "'", '"'


@dataclass(frozen=True)
class Format:
    """The channels of a trace, in order; those after the `regular` ones may be missing from a point."""

    channels: tuple[str, ...] = ("X", "Y")
    regular: int = 2
    x_scale: float = 1.0  # by which values are multiplied: units, and the direction of the axis
    y_scale: float = 1.0


def read_points(text: str, format_: Format) -> Points:
    """Return the points of a trace, (points, 2), without those whose place is unknown.

    Raises ValueError with what is wrong.
    """
    places = [format_.channels.index("X"), format_.channels.index("Y")]
    if (plain := _plain(text, format_)) is not None:
        return _scaled(plain[:, places], format_)
    rows = [_row(point, format_) for point in text.split(",") if point.strip()]
    columns = [_column([row[place] if place < len(row) else ("", "?") for row in rows]) for place in places]
    points = np.array(columns, np.float64).reshape(2, len(rows)).T
    return _scaled(points[~np.isnan(points).any(axis=1)], format_)


def _scaled(points: Points, format_: Format) -> Points:
    with np.errstate(over="ignore"):  # who makes ink of it refuses what is infinite then
        return points * (format_.x_scale, format_.y_scale)


def _plain(text: str, format_: Format) -> Points | None:
    """Return all values of a trace of plain numbers, (points, channels); None if it has anything else."""
    if _SPECIAL.search(text):
        return None
    rows = [point.split() for point in text.split(",")]
    if {len(row) for row in rows} != {format_.regular}:
        return None
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _row(point: str, format_: Format) -> list[tuple[str, str]]:
    """Return the values of a point, each with the sign before it."""
    row, place = [], 0
    text = point.strip()
    while place < len(text):
        match = _VALUE.match(text, place)
        if match is None:
            raise ValueError(f"{text[place : place + _SHOWN]!r} is not a value")
        row.append((match[1], match[2]))
        place = match.end()
        while place < len(text) and text[place].isspace():
            place += 1
    if not format_.regular <= len(row) <= len(format_.channels):
        raise ValueError(
            f"{text[:_SHOWN]!r} has {len(row)} values for the channels {' '.join(format_.channels)}"
        )
    return row


def _column(values: Sequence[tuple[str, str]]) -> list[float]:
    """Return a channel's values in all points; NaN where one is unknown."""
    order, last, speed = _EXPLICIT, float("nan"), 0.0
    found = []
    for sign, text in values:
        order = sign or order
        if text == "?":
            found.append(float("nan"))
            continue
        if text == "*":
            speed = 0.0
        elif order == _EXPLICIT:
            value = _number(text)
            last, speed = value, value - last if last == last else 0.0
        else:
            speed = _number(text) + (speed if order == _DOUBLE else 0.0)
            last += speed
        found.append(last)
    return found


def _number(text: str) -> float:
    if text.startswith("#"):
        return float(int(text[1:], 16))
    if text in "TF":
        raise ValueError(f"{text!r} is not a coordinate")
    return float(text)
