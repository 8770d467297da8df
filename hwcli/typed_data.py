"""JSON and TOML from files, as data of the types that hw expects.

The one place where both are parsed, apart from ink and from what only training reads. Whatever is wrong with
the data, the error is a DamageError: syntax, encoding, numbers that nothing can hold, nesting without end, a
value of another type. Numbers are finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from hwcli.text_encoding import utf8

MOST_TOML = 250_000  # bytes of settings: tomllib takes a second for these
MOST_PARTS = 200  # full stops in a line of settings: tomllib takes time by the square of the parts of a key
DEPTH = 20  # of tables in settings, which have three levels
WHOLE = -(2**63), 2**63 - 1  # what NumPy, TOML and JSON's readers agree on
SHOWN = 40  # characters of a wrong value in a message
T = TypeVar("T")


class DamageError(ValueError):
    """Data that cannot be what it should be; the message says why, and the caller where."""


def parse_json(data: bytes) -> Any:
    """Return the value that `data` holds as JSON in UTF-8; DamageError if it is something else.

    NaN and infinity are not JSON.
    """
    try:
        value = orjson.loads(data)
    except ValueError as error:
        raise DamageError(f"not JSON ({error})") from None
    try:
        orjson.dumps(value)  # refuses what is so deep that others, who recurse, would run out of stack
    except TypeError:
        raise DamageError("nested too deeply") from None
    return value


def parse_toml(data: bytes) -> dict[str, Any]:
    """Return the tables that `data` holds as TOML, in UTF-8 or as its mark says; else DamageError."""
    import tomllib  # only where there is a file

    if len(data) > MOST_TOML:
        raise DamageError(f"{len(data):,} bytes are too many for settings (at most {MOST_TOML:,})")
    data = utf8(data)
    if any(line.count(b".") > MOST_PARTS for line in data.splitlines()):
        raise DamageError("nested too deeply")
    try:
        tables = tomllib.loads(data.decode())
    except RecursionError:
        raise DamageError("nested too deeply") from None
    except ValueError as error:  # also from numbers of 5,000 digits and from bytes that are not UTF-8
        raise DamageError(str(error)) from None
    _check_nesting(tables)
    return tables


def _check_nesting(tables: Mapping[str, Any]) -> None:
    """Raise DamageError for values that are nested too deeply, and for numbers of more than 64 bits."""
    level: list[Any] = [tables]
    for _ in range(DEPTH):
        for value in level:
            if isinstance(value, int) and not WHOLE[0] <= value <= WHOLE[1]:
                raise DamageError("a whole number of more than 64 bits")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise DamageError("nested too deeply")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def record(kind: Callable[..., T], row: Any, what: str) -> T:
    """Return the dataclass `kind` with the keys of the JSON object `row`, checked by its annotations.

    Raises DamageError if keys are missing, unknown or of another type; `what` is what `row` should be.

    >>> from hwcli.normalisation import Normalisation
    >>> record(Normalisation, {"mean": [0, 1], "std": [1, True], "resolution": 0}, "statistics")
    Traceback (most recent call last):
    hwcli.typed_data.DamageError: std of statistics must be a list of 2 numbers, not [1, true]
    """
    if type(row) is not dict:
        raise DamageError(f"{what} must be an object, not {_shown(row)}")
    signature = (kind, *row, *map(type, row.values()))
    whole = _PLAIN.get(signature)
    if whole is not None and all(WHOLE[0] <= row[key] <= WHOLE[1] for key in whole):
        return kind(**row)
    annotations, needed = _fields(kind)
    values = {}
    for key, value in row.items():
        if key not in annotations:
            raise DamageError(f"{what} has an unknown key, {_shown(key)}")
        values[key] = typed(value, annotations[key], key, what)
    if missing := [key for key in needed if key not in row]:
        raise DamageError(f"{what} lacks {', '.join(missing)}")
    if all(type(value) in _SURE.intersection(_members(annotations[key])) for key, value in row.items()):
        _PLAIN[signature] = tuple(key for key, value in row.items() if type(value) is int)
    return kind(**values)


# Keys and types of records that fit if their whole numbers are in range, with the keys of these: a manifest
# has 200,000 records of a few such kinds.
_PLAIN: dict[tuple[Any, ...], tuple[str, ...]] = {}
_SURE = frozenset((str, bool, int, float, NoneType))  # types that decide so


@cache
def _fields(kind: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the annotations of a dataclass, and its fields that have no default."""
    hints = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    return {field.name: hints[field.name] for field in fields(kind)}, needed


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the only one."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def typed(value: Any, annotation: Any, name: str, of: str = "") -> Any:
    """Return the JSON `value` as `annotation`, a type that JSON has; DamageError if it is of another.

    These are str, bool, int, float, tuple, Mapping and unions of them with None. An int may stand for a
    float, and lists become tuples; True is not a number.
    """
    if _fits(value, annotation):
        return _converted(value, annotation)
    place = f"{name} of {of}" if of else name
    raise DamageError(f"{place} must be {_words(annotation)}, not {_shown(value)}")


def _fits(value: Any, annotation: Any) -> bool:
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is tuple:
        if type(value) is not list:
            return False
        if inner[-1] is Ellipsis:
            return all(_fits(one, inner[0]) for one in value)
        return len(value) == len(inner) and all(map(_fits, value, inner))
    if origin is not None or annotation is dict:
        return type(value) is dict
    if annotation is float:
        return type(value) is int or (type(value) is float and math.isfinite(value))
    if annotation is int:
        return type(value) is int and WHOLE[0] <= value <= WHOLE[1]
    return type(value) is annotation


def _converted(value: Any, annotation: Any) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if value is not None and origin in (Union, UnionType):
        return _converted(value, next(one for one in inner if _fits(value, one)))
    if origin is tuple:
        return tuple(map(float, value) if inner[0] is float else value)
    return float(value) if annotation is float else value


def _words(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, inner))
    if origin is tuple:
        count = "" if inner[-1] is Ellipsis else f"{len(inner)} "
        return f"a list of {count}{_words(inner[0]).split(' ', 1)[1]}s"
    return _NAMES.get(annotation, "an object")


_NAMES = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    NoneType: "null",
}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
