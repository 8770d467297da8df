"""Reads JSON documents of ink, as recorders of handwriting write them; see `json_ink`.

A document is pretty-printed or not. Several documents in one file come on a line each, or one after the
other as `jq` prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from hwcli.errors import HwError
from hwcli.ink_io import limit, ndjson
from hwcli.ink_io.found_ink import FoundInk
from hwcli.ink_io.recorded import json_ink, key_names

SUMMARY = 'JSON of a recorder: {"text": …, "strokes": [[{"x": …, "y": …, "t": …}, …], …]} and the like'
SUFFIXES = (".json",)
_NAMES = "|".join(sorted({*key_names.STROKES, *key_names.POINTS, *key_names.X, "hw", "inks"}))
_KEY = re.compile(rf'"(?:{_NAMES})"\s*:\s*[\[{{\d-]'.encode(), re.IGNORECASE)
_NUMBERS = re.compile(rb"\[\s*(?:\[\s*\]\s*,\s*)*(?:\[\s*){1,3}-?\d[\d.eE+-]*\s*,")
_NEXT = re.compile(
    rb"(?<=[}\]])[ \t]*\r?\n(?=[{\[])"
)  # between documents that are printed one after the other


def matches(head: bytes) -> bool:
    """Return whether a file that begins with `head` is JSON with a key or list that ink has."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] in (b"{", b"[") and (_NUMBERS.match(text) or _KEY.search(text)) is not None


def read_each(data: bytes, name: str) -> Iterator[FoundInk | HwError]:
    """Yield the inks in a document or several, or what is wrong with it."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        limit.check(ndjson.memory_of(text), name)
        values = _documents(text)
    except orjson.JSONDecodeError as error:
        yield HwError(f"{name}: not JSON ({error})")
        return
    except HwError as error:
        yield error
        return
    for k, value in enumerate(values):
        where = name if len(values) == 1 else f"{name}, document {k + 1}"
        if isinstance(value, dict) and "hw" in value:
            yield ndjson.of_row(value, where)
        else:
            yield from json_ink.inks_in(value, where, "json")


def _documents(text: bytes) -> list[object]:
    try:
        return [orjson.loads(text)]
    except orjson.JSONDecodeError:
        pieces = _NEXT.split(text)
        if len(pieces) == 1:
            raise
        return [orjson.loads(piece) for piece in pieces]
