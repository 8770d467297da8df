"""Damages bytes at random: as transmission errors do, and as people do who want to break a reader."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

Mutator = Callable[[random.Random, bytes], bytes]

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_QUOTED = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'')
NUMBERS = [
    b"0",
    b"-1",
    b"1e39",
    b"-1e39",
    b"1e308",
    b"1e999",
    b"NaN",
    b"nan",
    b"-Infinity",
    b"inf",
    b"true",
    b"null",
    b'"5"',
    b"[]",
    b"{}",
    b"9223372036854775807",
    b"18446744073709551616",
    b"-2147483649",
    b"0x10",
    b"1_000",
    b"1" * 400,
    b"1" * 5000,
    b"0." + b"3" * 400,
    b"\xc2\xb2",
    b"",
    b"00000001",
    b"4294967295",
]
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1e39,
    -1e300,
    2**63,
    10**400,
    "",
    "5",
    "\x00",
    "\x1b[2J\x07",
    "é\u2028😀",
    "x" * 400,
    "9" * 400,
    [],
    {},
    [[]],
    [None],
    {"": None},
    [[[0, 0]]],
    "../../x",
    "/",
    float("nan"),
    float("inf"),
]
HEADS = [
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\x00" * 64,
    b"PK\x03\x04",
    b"\x1f\x8b\x08\x00",
    b"\x93NUMPY",
    b"\n\n\n",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?xml version='1.0' encoding='x'?>",
    b'{"hw":1,"strokes":',
    b".COORD ",
]
_LAUGHS = b'<!DOCTYPE a [<!ENTITY x0 "ha">' + b"".join(
    b'<!ENTITY x%d "%s">' % (k, b"&x%d;" % (k - 1) * 10) for k in range(1, 10)
)


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def set_bytes(rng: random.Random, data: bytes) -> bytes:
    out, value = bytearray(data), rng.choice((0, 255, 32, 10, 128, rng.randrange(256)))
    start = rng.randrange(len(out))
    out[start : start + rng.choice((1, 2, 4, 8, 512))] = bytes([value]) * rng.choice((1, 2, 4, 8, 512))
    return bytes(out)


def cut_end(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    start, end = _slice(rng, data)
    return data[:start] + data[end:]


def double(rng: random.Random, data: bytes) -> bytes:
    start, end = _slice(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 1, 2, 50 if end - start < 4096 else 1)) + data[end:]


def move(rng: random.Random, data: bytes) -> bytes:
    start, end = _slice(rng, data)
    place = rng.randrange(len(data))
    return data[:place] + data[start:end] + data[place:]


def other_number(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, _NUMBER, rng.choice(NUMBERS))


def other_string(rng: random.Random, data: bytes) -> bytes:
    odd = rng.choice(
        (b'""', b'"\\ud800"', b'"\xff"', b'"' + b"9" * 400 + b'"', b"null", b"5", b"[]", b'"&x9;"', b"{}")
    )
    return _replaced(rng, data, _QUOTED, odd)


def other_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    place, source = rng.randrange(len(lines)), rng.choice(lines)
    kind = rng.randrange(3)
    lines[place : place + (kind != 0)] = [source] if kind < 2 else []
    return b"\n".join(lines)


def nest(rng: random.Random, data: bytes) -> bytes:
    depth, place = rng.choice((10, 300, 1100, 30_000)), rng.randrange(len(data))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"(", b")")))
    if match := rng.choice([*_NUMBER.finditer(data)] or [None]):
        place = match.start()
    return data[:place] + opening * depth + b"0" + closing * depth + data[place:]


def other_head(rng: random.Random, data: bytes) -> bytes:
    return rng.choice((*HEADS, _LAUGHS)) + data[rng.choice((0, 0, 2, 64)) :]


def other_encoding(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("latin-1")
    return rng.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-8-sig"),
            data.replace(b"\n", b"\r"),
            data.replace(b" ", b"\xa0"),
        )
    )


def other_value(rng: random.Random, data: bytes) -> bytes:
    """Replace, remove or rename one value of a JSON document, or of one line of NDJSON."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    for text, put in ((data, None), (lines[place], place)):
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            continue
        out = json.dumps(_changed(rng, tree)).encode()
        return out if put is None else b"\n".join([*lines[:put], out, *lines[put + 1 :]])
    return other_number(rng, data)


MUTATORS: tuple[Mutator, ...] = (
    flip_bits,
    set_bytes,
    cut_end,
    cut_out,
    double,
    move,
    other_number,
    other_number,
    other_string,
    other_line,
    nest,
    other_head,
    other_encoding,
    other_value,
    other_value,
)


def mutated(rng: random.Random, data: bytes, own: tuple[Mutator, ...] = ()) -> bytes:
    """Return `data` damaged once, twice or thrice; mutators of its format, `own`, do half of the damage."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if not data:
            break
        mutator = rng.choice(own if own and rng.random() < 0.5 else MUTATORS)
        data = mutator(rng, data)
    return data


def _slice(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data))
    return start, start + rng.choice((1, 4, 64, 512, rng.randrange(1, len(data) + 1)))


def _replaced(rng: random.Random, data: bytes, pattern: re.Pattern[bytes], by: bytes) -> bytes:
    found = [*pattern.finditer(data)]
    if not found:
        return flip_bits(rng, data)
    one = rng.choice(found)
    return data[: one.start()] + by + data[one.end() :]


def _changed(rng: random.Random, tree: Any) -> Any:
    """Return `tree` with one node replaced, removed or renamed; it goes down in three of four."""
    if isinstance(tree, dict) and tree and rng.random() < 0.75:
        key = rng.choice([*tree])
        kind = rng.randrange(8)
        if kind == 0:
            return {k: v for k, v in tree.items() if k != key}
        if kind == 1:
            return {("x" if k == key else k): v for k, v in tree.items()}
        return tree | {key: _changed(rng, tree[key])}
    if isinstance(tree, list) and tree and rng.random() < 0.75:
        place = rng.randrange(len(tree))
        changed = [] if rng.random() < 0.1 else [_changed(rng, tree[place])]
        return [*tree[:place], *changed, *tree[place + 1 :]]
    return rng.choice(VALUES)
