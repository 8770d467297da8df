"""hw ink NDJSON: one ink per line, the form in which ink travels between commands.

`{"hw": 1, "strokes": [[[x, y], …], …], "text": …, "id": …, "seed": …, "model": …, "prediction": {…}}`; only
`hw` and `strokes` are required. Numbers are written so that reading them back gives the same bits.

This module is the only one that knows the flat keys of a trace (`characters`, `tries`, `faults`,
`prime_trouble`), and `page_keys` the only one that knows those of a page. Keys that hold something else are
kept in `Ink.extra`, like unknown ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, BinaryIO

import numpy as np
import orjson

from hwcli.errors import HwError
from hwcli.ink_io import limit, page_keys
from hwcli.ink_io.found_ink import FoundInk
from renderers.ink import Fault, Ink, InkError, Prediction, Trace

SUMMARY = 'hw ink: one JSON object per line, {"hw": 1, "strokes": [[[x, y], …], …], "text": …}'
SUFFIXES = (".ndjson", ".jsonl")
VERSION = 1
MOST_BAD = 100_000  # lines of a file that cannot be read; each is reported
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
_ABOUT = ("text", "id", "seed", "model")
_TYPES: dict[str, type] = {"text": str, "id": str, "seed": int, "model": str}
_TRACE = ("characters", "tries", "faults", "prime_trouble")
_FAULT = {"kind": str, "place": int, "character": str}
# bytes of memory per sign of JSON, at most, as measured: lists, objects, keys, and numbers or short strings
_SIZES = {b"[": 64, b"{": 64, b":": 130, b",": 57}
_PIECE = 1 << 17
_MOST_PER_BYTE = 60  # of the densest lines
_PER_STROKE = 130  # the array that a list becomes


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is hw ink."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{") or (b'"hw"' not in text and b'"strokes"' not in text):
        return False
    line, newline, _ = text.partition(b"\n")
    return not newline or b'"hw"' in line or line.rstrip().endswith(b"}")  # else a document on several lines


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks of a whole file, as `read_some` does."""
    return read_some(data.splitlines(), name)


def read_some(
    lines: Iterable[bytes], name: str, first: int = 1, bad: int = 0, format_: str = "ndjson"
) -> Iterator[FoundInk | HwError]:
    """Yield one ink per line, or the error of a bad line in its place; nothing after MOST_BAD bad lines.

    A line without the key `hw` is read as JSON of a recorder, which may have several inks. `first` is the
    number of the first line, and `bad` counts those before that could not be read.
    """
    for number, line in enumerate(lines, first):
        if line.strip():
            for one in _found_in(line, f"{name}, line {number}", format_):
                yield one
                bad += isinstance(one, HwError)
            if bad >= MOST_BAD:
                yield HwError(f"{name}, line {number}: {bad:,} lines cannot be read; the rest is left out")
                return


def found(ink: Ink, format_: str = "ndjson") -> FoundInk:
    """Return an ink with the form and the writer that its own keys name."""
    form, writer = (str(v) if (v := ink.extra.get(k)) else None for k in ("form", "writer"))
    return FoundInk(ink, format_, form, writer)


def of_row(row: Mapping[str, Any], where: str) -> FoundInk | HwError:
    """Return the ink of an object of JSON with the key `hw`, or what is wrong with it, after `where`."""
    try:
        _check_version(row, where)
        if not isinstance(row.get("strokes"), list):
            raise HwError(f"{where}: 'strokes' must be a list")
        _check_numbers([row["strokes"], row.get("prediction")], where)
        return found(_ink(row, where))
    except HwError as error:
        return error


def _found_in(line: bytes, where: str, format_: str) -> Iterator[FoundInk | HwError]:
    """Yield the ink in a line, several if a recorder wrote it so, or what is wrong with it."""
    from hwcli.ink_io.recorded import json_ink  # only where it is needed: `hw sample` never does

    try:
        needed = memory_of(line)
        limit.check(needed, where)
        row = _row(line, where)
        if "hw" in row:
            yield found(_ink_in(line, row, needed, where))
        else:
            yield from json_ink.inks_in(row, where, "json" if format_ == "ndjson" else format_)
    except HwError as error:
        yield error


def read_lines(stream: BinaryIO, name: str, format_: str = "ndjson") -> Iterator[FoundInk | HwError]:
    """Yield one ink per line of an open file, as they arrive; nothing after a line that is too long."""
    try:
        yield from read_some(limit.lines(stream, name), name, format_=format_)
    except HwError as error:
        yield error


def dump(ink: Ink, prediction: bool = True) -> bytes:
    r"""Return `ink` as one line of NDJSON, with its newline.

    >>> dump(Ink(strokes=([[0, 0], [3, 4]],), text="hi"))
    b'{"hw":1,"strokes":[[[0.0,0.0],[3.0,4.0]]],"text":"hi"}\n'
    """
    row: dict[str, Any] = {"hw": VERSION, "strokes": list(ink.strokes)} | _about(ink)
    if prediction and ink.prediction is not None:
        p = ink.prediction
        row["prediction"] = {f.name: np.ascontiguousarray(getattr(p, f.name)) for f in fields(p)}
    return orjson.dumps(row | _trace_keys(ink) | dict(ink.extra), option=_OPTIONS)


def dump_about(ink: Ink) -> bytes:
    """Return the line of `ink` without strokes and prediction, for formats that keep those themselves."""
    row = {"hw": VERSION} | _about(ink) | _trace_keys(ink) | dict(ink.extra)
    return orjson.dumps(row, option=_OPTIONS)


def parse_about(line: bytes, bare: Ink, prediction: Prediction | None, where: str) -> Ink:
    """Return the ink of the strokes of `bare`, a prediction, and a line that `dump_about` wrote.

    Raises HwError, which begins with `where`, if they do not fit together.
    """
    row = _row(line, where)
    if "hw" not in row:
        raise HwError(f"{where}: not hw ink (no key 'hw')")
    _check_version(row, where)
    return _ink(row | {"strokes": list(bare.strokes), "prediction": prediction}, where)


def _about(ink: Ink) -> dict[str, Any]:
    return {key: value for key in _ABOUT if (value := getattr(ink, key)) is not None}


def _trace_keys(ink: Ink) -> dict[str, Any]:
    """Return the flat keys of the ink's trace and frame."""
    row: dict[str, Any] = {}
    if (trace := ink.trace) is not None:
        row["characters"] = trace.characters
        if trace.tries is not None:
            row["tries"] = trace.tries
    row |= page_keys.of(ink)
    if trace is not None:
        if trace.faults:
            row["faults"] = [_fault_keys(fault) for fault in trace.faults]
        if trace.prime_trouble is not None:
            row["prime_trouble"] = trace.prime_trouble
    return row


def _ink_in(line: bytes, row: Mapping[str, Any], needed: int, where: str) -> Ink:
    _check_version(row, where)
    if not isinstance(row.get("strokes"), list):
        raise HwError(f"{where}: 'strokes' must be a list")
    limit.check(needed and needed + _PER_STROKE * len(row["strokes"]), where)
    if _may_be_disguised(line, row):
        _check_numbers([row["strokes"], row.get("prediction")], where)
    return _ink(row, where)


def _row(line: bytes, where: str) -> dict[str, Any]:
    """Return the object in a line."""
    try:
        row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        hint = "one ink is one line: jq needs -c" if line.strip() in (b"{", b"[") else None
        raise HwError(f"{where}: not JSON ({error})", hint) from None
    if not isinstance(row, dict):
        raise HwError(f"{where}: not hw ink (no key 'hw')")
    return row


def _check_version(row: Mapping[str, Any], where: str) -> None:
    if type(row["hw"]) not in (int, float):
        raise HwError(f"{where}: not hw ink ('hw' is not the number of a version)")
    if row["hw"] != VERSION:
        message = f"{where}: hw ink version {row['hw']!r} is not supported (this hw reads version {VERSION})"
        raise HwError(message, "upgrade hwcli")


def _ink(row: Mapping[str, Any], where: str) -> Ink:
    """Return the ink of a row whose strokes are a list."""
    for key, kind in _TYPES.items():
        if row.get(key) is not None and (not isinstance(row[key], kind) or isinstance(row[key], bool)):
            raise HwError(f"{where}: {key!r} must be {'a number' if kind is int else 'a string'}")
    trace, (frame, paper, known_page) = _trace(row), page_keys.read(row)
    known = {
        "hw",
        "strokes",
        "prediction",
        *_ABOUT,
        *(_TRACE if trace else ()),
        *known_page,
    }
    extra = {key: value for key, value in row.items() if key not in known}
    if any(isinstance(value, dict | list) for value in extra.values()):
        _check_nesting(extra, where)
    try:
        return Ink(
            strokes=tuple(row["strokes"]),
            prediction=_prediction(row.get("prediction")),
            text=row.get("text"),
            id=row.get("id"),
            seed=row.get("seed"),
            model=row.get("model"),
            trace=trace,
            frame=frame,
            paper=paper,
            extra=extra,
        )
    except InkError as error:
        raise HwError(f"{where}: {error}") from None


def memory_of(line: bytes) -> int:
    """Return the bytes of memory that the values of a line take, at most; 0 if that is no matter."""
    if _MOST_PER_BYTE * len(line) <= limit.allowed():
        return 0
    signs, needed = np.frombuffer(line, np.uint8), 2 * len(line)
    for start in range(0, len(line), _PIECE):  # pieces that fit into a cache are counted fastest
        piece = signs[start : start + _PIECE]
        needed += sum(size * int(np.count_nonzero(piece == ord(sign))) for sign, size in _SIZES.items())
    return needed


def _may_be_disguised(line: bytes, row: Mapping[str, Any]) -> bool:
    """Return whether there may be a truth value or a text where NumPy would take it for a number."""
    # a single letter is found many times as fast, and few keys have these
    if (b"u" in line and b"true" in line) or (b"f" in line and b"false" in line):
        return True
    if not isinstance(prediction := row.get("prediction"), dict):
        return False
    start = line.find(b'"prediction"')
    return line.count(b'"', start, line.find(b"}", start)) != 2 + 2 * len(prediction)  # those of keys


def _check_numbers(values: list[Any], where: str) -> None:
    """Raise HwError if there is a truth value or a text in nested lists and objects of numbers."""
    while values:
        one = values.pop()
        if isinstance(one, bool | str):
            raise HwError(f"{where}: {orjson.dumps(one).decode()[:40]} is not a number")
        values += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()


def _check_nesting(extra: Mapping[str, Any], where: str) -> None:
    """Raise HwError if the keys of others cannot be written back."""
    try:
        orjson.dumps(extra)
    except TypeError:
        raise HwError(f"{where}: its values are nested too deeply") from None


def _trace(row: Mapping[str, Any]) -> Trace | None:
    """Return the trace in a row's flat keys; None if they are missing or hold something else."""
    characters, tries, trouble = (row.get(key) for key in ("characters", "tries", "prime_trouble"))
    text = row.get("text")
    if not (isinstance(characters, list) and isinstance(text, str)):
        return None
    if len(characters) != sum(len(s) for s in row["strokes"] if isinstance(s, list | np.ndarray)):
        return None
    if any(type(one) is not int or not -1 <= one <= len(text) for one in characters):
        return None
    if not (tries is None or type(tries) is int) or not (trouble is None or isinstance(trouble, str)):
        return None
    faults = row.get("faults", [])
    if not isinstance(faults, list) or not all(_is_fault(one) for one in faults):
        return None
    return Trace(np.array(characters, np.int64), tries, tuple(Fault(**one) for one in faults), trouble)


def _fault_keys(fault: Fault) -> dict[str, Any]:
    return {key: value for key, value in vars(fault).items() if value is not None}


def _is_fault(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    types = {key: type(value) for key, value in row.items()}
    return types in (_FAULT, _FAULT | {"reads_as": str})


def _prediction(row: Any) -> Prediction | None:
    if row is None or isinstance(row, Prediction):
        return row
    if not isinstance(row, dict):
        raise InkError("'prediction' must be an object")
    arrays = {}
    for field in fields(Prediction):
        try:
            with np.errstate(over="ignore"):  # Prediction refuses what is infinite then
                # the numbers were float32 when they were written: half the memory, and the same bits again
                arrays[field.name] = np.array(row[field.name], dtype=np.float32)
        except KeyError:
            raise InkError(f"prediction has no {field.name!r}") from None
        except (TypeError, ValueError):
            raise InkError(f"prediction: {field.name} is not a regular list of numbers") from None
    return Prediction(**arrays)
