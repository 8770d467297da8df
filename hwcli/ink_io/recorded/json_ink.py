"""Ink in JSON as recorders of handwriting write it, in whatever way they arrange points, strokes and texts.

A point is `[x, y]`, `[x, y, t]`, `[x, y, t, pressure]`, or an object with such keys. A stroke is a list of
points, an object with such a list, or one with a list for each of x and y. An ink is a list of strokes or of
points, or an object with one, and its text, id and writer. Keys have the names in `key_names` and
`point_table`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hwcli.errors import HwError
from hwcli.ink_io.found_ink import FoundInk, NoInkError
from hwcli.ink_io.recorded import key_names, quick_draw
from hwcli.ink_io.recorded.point_table import PointError, Strokes, roles_of, strokes_of
from renderers.ink import Ink, InkError

DEPTH = 6  # of objects and lists around an ink
_RESERVED = ("hw", "strokes", "prediction", "seed", "model", "characters", "tries", "faults", "page", "t")
_ABOUT = ("meta", "metadata", "info", "about", "attributes")  # objects within an ink that tell about it
Row = Mapping[str, Any]


def inks_in(value: Any, where: str, format_: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a value of JSON, or NoInkError, which begins with `where`, if there are none."""
    count = 0
    for one in _inks(value, {}, 0):
        count += 1
        place = where if count == 1 else f"{where}, ink {count}"
        if isinstance(one, PointError):
            yield HwError(f"{place}: {one}")
            continue
        try:
            yield _found(*one, format_)
        except InkError as error:
            yield HwError(f"{place}: {error}")
    if not count:
        yield NoInkError(f"{where}: JSON without ink ({_what(value)})")


def _found(strokes: Strokes, about: Row, is_drawing: bool, format_: str) -> FoundInk:
    plain = {key.lower(): one for key, one in about.items()}
    text_names = () if is_drawing else key_names.TEXT  # the word of a drawing is not written in it
    text = _first(plain, text_names, str)
    id_ = _first(plain, key_names.ID, (str, int))
    writer = _first(plain, key_names.WRITER, (str, int))
    used = {*text_names, *key_names.ID, *key_names.WRITER, *_RESERVED}
    extra = {k: v for k, v in about.items() if k.lower() not in used and isinstance(v, str | int | float)}
    if writer is not None:
        extra["writer"] = str(writer)
    extra |= {key: v for key in ("t", "pressure") if (v := getattr(strokes, key)) is not None}
    ink = Ink(tuple(strokes.strokes), text=text, id=None if id_ is None else str(id_), extra=extra)
    form = plain.get("form")
    by = None if writer is None else str(writer)
    return FoundInk(ink, format_, form if isinstance(form, str) else None, by)


def _first(plain: Row, names: tuple[str, ...], kind: Any) -> Any:
    values = (plain[name] for name in names if name in plain)
    return next((one for one in values if isinstance(one, kind) and not isinstance(one, bool)), None)


def _inks(value: Any, above: Row, depth: int) -> Iterator[tuple[Strokes, Row, bool] | PointError]:
    """Yield the strokes of each ink in a value, what it says, and whether it is a drawing, or its error."""
    if depth > DEPTH or not isinstance(value, dict | list) or not value:
        return
    try:
        strokes = _strokes_of_ink(value)
    except PointError as error:
        yield error
        return
    about = {**above, **_about(value)} if isinstance(value, dict) else above
    if strokes is not None:
        yield strokes, about, isinstance(value, dict) and quick_draw.is_drawing(value)
    elif isinstance(value, list):
        for one in value:
            yield from _inks(one, above, depth + 1)
    else:
        for key, one in value.items():
            if isinstance(one, dict | list):
                named = {"id": key} if isinstance(one, dict) and key.lower() not in key_names.STROKES else {}
                yield from _inks(one, {**about, **named}, depth + 1)


def _about(row: Row) -> Row:
    inner = {k: v for key in _ABOUT if isinstance(part := row.get(key), dict) for k, v in part.items()}
    return inner | {k: v for k, v in row.items() if not isinstance(v, dict | list)}


def _strokes_of_ink(value: Any) -> Strokes | None:
    """Return the strokes of a value that is one ink, None if it is not; PointError if it is a damaged one."""
    if isinstance(value, dict):
        if quick_draw.is_drawing(value):
            return quick_draw.strokes_of_drawing(value["drawing"])
        columns = _columns(value)
        if columns is not None:
            return strokes_of(columns)
        names = [key for key in value if key.lower() in (*key_names.STROKES, *key_names.POINTS)]
        several = (_strokes_of_ink(value[key]) for key in names if isinstance(value[key], list))
        return next((one for one in several if one is not None), None)
    if (points := _points(value)) is not None:
        return strokes_of(points)
    return _joined(value)


def _joined(several: list[Any]) -> Strokes | None:
    """Return a list of strokes as the strokes of one ink, None if it is something else."""
    full = [one for one in several if one]  # the pen touched and no point was recorded
    if not full or any(isinstance(one, dict) and _has_own_text(one) for one in full):
        return None
    if any(_is_by_columns(one) for one in full):
        return quick_draw.strokes_of_drawing(full)
    tables = []
    for one in full:
        if (table := _stroke(one)) is None:
            return None
        tables.append(table)
    parts = [strokes_of(table) for table in tables]
    t, pressure = (
        None if any(getattr(p, key) is None for p in parts) else [v for p in parts for v in getattr(p, key)]
        for key in ("t", "pressure")
    )
    return Strokes([stroke for part in parts for stroke in part.strokes], t, pressure)


def _is_by_columns(stroke: Any) -> bool:
    """Return whether a stroke is a list of x and one of y, rather than of two or three points."""
    if not isinstance(stroke, list) or not 2 <= len(stroke) <= 3:
        return False
    if not all(isinstance(column, list) and len(column) == len(stroke[0]) for column in stroke):
        return False
    return len(stroke[0]) > 4 and all(type(column[0]) in (int, float) for column in stroke)


def _has_own_text(row: Row) -> bool:
    return any(key.lower() in key_names.TEXT and isinstance(one, str) for key, one in row.items())


def _stroke(value: Any) -> dict[str, list[Any]] | None:
    """Return the points of a stroke as columns, None if a value is not a stroke."""
    if isinstance(value, dict):
        if (columns := _columns(value)) is not None:
            return columns
        lists = [v for k, v in value.items() if k.lower() in key_names.POINTS and isinstance(v, list)]
        if lists and len(lists[0]) % 2 == 0 and lists[0] and type(lists[0][0]) in (int, float):
            return {"x": lists[0][::2], "y": lists[0][1::2]}
        return _points(lists[0], within=True) if lists else None
    return _points(value, within=True) if isinstance(value, list) else None


def _columns(row: Row) -> dict[str, list[Any]] | None:
    """Return an object that has a list for each of x and y as columns, None if it is none."""
    lists = [key for key, one in row.items() if isinstance(one, list)]
    roles = roles_of(lists)
    if not {"x", "y"} <= roles.keys():
        return None
    columns = {role: row[name] for role, name in roles.items()}
    size = len(columns["x"])
    if not size or any(isinstance(one, dict | list) for one in columns["x"][:1]):
        return None
    if len(columns["y"]) != size:
        raise PointError(f"{size:,} values of x and {len(columns['y']):,} of y")
    return {role: column for role, column in columns.items() if len(column) == size}


def _points(value: list[Any], within: bool = False) -> dict[str, list[Any]] | None:
    """Return a list of points as columns, None if it is none; `within` a stroke the pen stays down."""
    first = value[0] if value else None
    if isinstance(first, dict):
        return _objects(value, roles_of(first))
    if not isinstance(first, list) or not 2 <= len(first) <= 4:
        return None
    if any(isinstance(one, dict | list | str) or one is None for one in first):
        return None
    for k, row in enumerate(value):
        if not isinstance(row, list) or len(row) != len(first):
            raise PointError(f"point {k + 1} is {str(row)[:40]}, the first one has {len(first)} values")
    columns = [list(column) for column in zip(*value, strict=True)]
    roles = ["x", "y", "t", "pressure"][: len(first)]
    if (
        len(first) == 3
        and not within
        and all(v in (0, 1) for v in columns[2])
        and 0 in columns[2]
        and 1 in columns[2]
    ):
        roles[2] = "lift" if sum(columns[2]) * 2 <= len(value) else "down"
    return dict(zip(roles, columns, strict=True))


def _objects(value: list[Any], roles: Mapping[str, str]) -> dict[str, list[Any]] | None:
    """Return a list of objects with x and y as columns, None if the first has none."""
    if not {"x", "y"} <= roles.keys():
        return None
    if any(isinstance(value[0][name], dict | list) for name in (roles["x"], roles["y"])):
        return None
    for k, row in enumerate(value):
        if not isinstance(row, dict) or roles["x"] not in row or roles["y"] not in row:
            raise PointError(f"point {k + 1} has no x or no y")
    return {
        role: [row[name] for row in value]
        for role, name in roles.items()
        if role in ("x", "y") or all(name in row for row in value)
    }


def _what(value: Any) -> str:
    """Return in words what a value of JSON is."""
    if isinstance(value, dict):
        keys = ", ".join(str(key)[:20] for key in list(value)[:6]) + (", …" if len(value) > 6 else "")
        return f"an object with the keys {keys}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value):,}, the first: {_what(value[0])}"[:100] if value else "an empty list"
    return f"{type(value).__name__} {str(value)[:30]!r}"
