"""hw ink NDJSON: one ink a line, the form in which ink travels between commands.

`{"hw": 1, "strokes": [[[x, y], …], …], "text": …, "id": …, "seed": …, "model": …, "prediction": {…}}`; only
`hw` and `strokes` are required. Numbers are written so that reading them back gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import orjson

from hwcli.errors import HwError
from hwcli.ink_io.found import FoundInk
from renderers.ink import Ink, InkError, Prediction

VERSION = 1
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
_ABOUT = ("text", "id", "seed", "model")
_TYPES: dict[str, type] = {"text": str, "id": str, "seed": int, "model": str}


def matches(head: bytes) -> bool:
    """Whether a file that begins with `head` is hw ink."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and (b'"hw"' in text or b'"strokes"' in text)


def read(data: bytes, name: str) -> list[Ink]:
    """Every ink in `data`; `name` is for errors, which give the line."""
    return list(read_lines(data.splitlines(), name))


def read_lines(lines: Iterable[bytes], name: str) -> Iterator[Ink]:
    """An ink a line, as the lines come; blank lines are passed over, and a bad one raises HwError."""
    for found in read_each(lines, name):
        if isinstance(found, HwError):
            raise found
        yield found.ink


def read_each(lines: bytes | Iterable[bytes], name: str) -> Iterator[FoundInk | HwError]:
    """The same, but a bad line gives the error in place of its ink, and the next line is read."""
    for number, line in enumerate(lines.splitlines() if isinstance(lines, bytes) else lines, 1):
        if line.strip():
            try:
                ink = _ink(line, f"{name}, line {number}")
            except HwError as error:
                yield error
                continue
            said = {k: str(v) for k in ("form", "writer") if (v := ink.extra.get(k))}
            yield FoundInk(ink, "ndjson", **said)


def dump(ink: Ink, prediction: bool = True) -> bytes:
    """One line of hw ink, with its newline."""
    row: dict[str, Any] = {"hw": VERSION, "strokes": list(ink.strokes)}
    row |= {key: value for key in _ABOUT if (value := getattr(ink, key)) is not None}
    if prediction and ink.prediction is not None:
        p = ink.prediction
        row["prediction"] = {f.name: np.ascontiguousarray(getattr(p, f.name)) for f in fields(p)}
    return orjson.dumps(row | dict(ink.extra), option=_OPTIONS)


def _ink(line: bytes, where: str) -> Ink:
    try:
        row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        hint = "one ink is one line: jq needs -c" if line.strip() in (b"{", b"[") else None
        raise HwError(f"{where}: not JSON ({error})", hint) from None
    if not isinstance(row, dict) or "hw" not in row:
        raise HwError(f"{where}: not hw ink (no key 'hw')")
    if row["hw"] != VERSION:
        raise HwError(f"{where}: hw ink of version {row['hw']!r}, this hw reads {VERSION}", "upgrade hwcli")
    if not isinstance(row.get("strokes"), list):
        raise HwError(f"{where}: no list of 'strokes'")
    for key, kind in _TYPES.items():
        if row.get(key) is not None and (not isinstance(row[key], kind) or isinstance(row[key], bool)):
            raise HwError(f"{where}: {key!r} should be {'a number' if kind is int else 'a text'}")
    try:
        return Ink(
            strokes=tuple(row["strokes"]),
            prediction=_prediction(row.get("prediction")),
            extra={k: v for k, v in row.items() if k not in {"hw", "strokes", "prediction", *_ABOUT}},
            **{key: row.get(key) for key in _ABOUT},
        )
    except InkError as error:
        raise HwError(f"{where}: {error}") from None


def _prediction(row: Any) -> Prediction | None:
    if row is None:
        return None
    if not isinstance(row, dict):
        raise InkError("'prediction' should be an object")
    arrays = {}
    for field in fields(Prediction):
        try:
            # the numbers were float32 when they were written: half the memory, and the same bits again
            arrays[field.name] = np.array(row[field.name], dtype=np.float32)
        except KeyError:
            raise InkError(f"prediction without {field.name!r}") from None
        except (TypeError, ValueError):
            raise InkError(f"prediction: {field.name} is not a regular list of numbers") from None
    return Prediction(**arrays)
