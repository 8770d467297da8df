"""Points as columns, as recorders and tables have them, and the strokes that they are of.

Which points belong to one stroke is told by the number of the stroke, by whether the pen is down, by whether
it lifts after the point, or by events (pointerdown, pointermove, pointerup); without any, all are one stroke.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.ink_io.recorded import key_names

Array = NDArray[np.float64]
ROLES: Mapping[str, tuple[str, ...]] = {
    "x": key_names.X,
    "y": key_names.Y,
    "t": key_names.TIME,
    "pressure": key_names.PRESSURE,
    "stroke": key_names.STROKE,
    "down": key_names.PEN_DOWN,
    "lift": key_names.LIFT,
    "event": key_names.EVENT,
}
_STARTS = ("down", "start", "begin", "press", "touchstart")
_STOPS = ("up", "end", "stop", "cancel", "leave", "release", "lift")


class PointError(ValueError):
    """What is wrong with some points; the caller says in which file."""


@dataclass(frozen=True)
class Strokes:
    """Strokes, each (points, 2), and for all of their points, in order, the times and pressures if known."""

    strokes: list[Array]
    t: list[float] | None = None
    pressure: list[float] | None = None


def roles_of(names: Iterable[str]) -> dict[str, str]:
    """Return which of `names` play a role: role → name, the best known of several."""
    plain = {_plain(name): name for name in reversed(list(names))}
    found: dict[str, str] = {}
    for role, known in ROLES.items():
        own = next((plain[one] for one in known if one in plain and plain[one] not in found.values()), None)
        if own is not None:
            found[role] = own
    return found


def _plain(name: str) -> str:
    """Return a name as `key_names` has it: `Pen Down (ms)` is `pen_down`."""
    return name.partition("(")[0].partition("[")[0].strip().lower().replace(" ", "_").replace("-", "_")


def strokes_of(columns: Mapping[str, Sequence[Any]]) -> Strokes:
    """Return the strokes of points whose columns are given by role; PointError if one is not of numbers."""
    x, y = (_numbers(columns[role], role) for role in ("x", "y"))
    breaks, kept = _breaks_and_kept(columns, len(x))
    points = np.column_stack([x, y])
    cuts = np.flatnonzero(breaks[1:]) + 1
    pieces = [piece[kept[piece]] for piece in np.split(np.arange(len(x)), cuts)]
    pieces = [piece for piece in pieces if len(piece)]
    order = np.concatenate([np.zeros(0, int), *pieces])
    t, pressure = (_flat(columns.get(role), order) for role in ("t", "pressure"))
    return Strokes([points[piece] for piece in pieces], t, pressure)


def _numbers(values: Sequence[Any], role: str) -> Array:
    if set(map(type, values)) <= {int, float}:
        return np.array(values, np.float64)  # numbers that are too large are refused by Ink
    bad = next(k for k, one in enumerate(values) if type(one) not in (int, float))
    raise PointError(f"point {bad + 1}: {role} is {str(values[bad])[:40]!r}, not a number")


def _flat(values: Sequence[Any] | None, order: NDArray[np.int64]) -> list[float] | None:
    """Return the values of the points that are kept, None if some are not finite numbers."""
    if values is None or not all(type(one) in (int, float) and math.isfinite(one) for one in values):
        return None
    return [values[k] for k in order.tolist()]


def _breaks_and_kept(columns: Mapping[str, Sequence[Any]], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return where a stroke begins, (n,), and which points the pen wrote, (n,)."""
    breaks, kept = np.zeros(count, bool), np.ones(count, bool)
    if "stroke" in columns and len({str(one) for one in columns["stroke"]}) > 1:
        names = columns["stroke"]
        breaks[1:] = [a != b for a, b in zip(names[1:], names, strict=False)]
    elif "event" in columns and (events := _events(columns["event"])) is not None:
        breaks[:], kept[:] = events
    elif "down" in columns and (down := _states(columns["down"], _is_down)) is not None and down.any():
        breaks[1:], kept = down[1:] != down[:-1], down
    elif "lift" in columns and (lifts := _states(columns["lift"], _is_true)) is not None:
        breaks[1:] = lifts[:-1]
    return breaks, kept


def _states(values: Sequence[Any], meaning: Callable[[Any], bool | None]) -> NDArray[np.bool_] | None:
    """Return what values of two states mean, None if some mean neither."""
    states = [meaning(one) for one in values]
    return None if None in states else np.array(states, bool)


def _is_true(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.lower()
        )
    return bool(value) if isinstance(value, bool | int | float) else None


def _is_down(value: Any) -> bool | None:
    if isinstance(value, str) and value.lower() in ("down", "up"):
        return value.lower() == "down"
    return _is_true(value)


def _events(values: Sequence[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return where strokes begin and which points are written, by events; None if they are others."""
    names = [str(one).lower() for one in values]
    starts = [any(name.endswith(end) for end in _STARTS) for name in names]
    stops = [any(name.endswith(end) for end in _STOPS) for name in names]
    if not any(starts):
        return None
    kept, begins, down = [], [], False
    for start, stop in zip(starts, stops, strict=True):
        down = down or start
        kept.append(down)
        begins.append(start or not down)
        down = down and not stop
    return np.array(begins), np.array(kept)
