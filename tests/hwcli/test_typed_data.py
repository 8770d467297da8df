"""JSON and TOML as data of known types: whatever is wrong with them is a DamageError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.typed_data import DamageError, parse_json, parse_toml, record, typed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
DAMAGED_JSON = {
    "nothing": b"",
    "cut": b'{"a": [1, ',
    "not UTF-8": b'"\xff"',
    "half of a surrogate pair": b'"\\ud800"',
    "an integer of 400 digits": b"9" * 400,
    "an integer of 5,000 digits": b"9" * 5000,
    "an infinite number": b"1e999",
    "NaN": b"NaN",
    "300 levels": b"[" * 300 + b"]" * 300,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "an escape of a terminal": b'"\x1b[2J"',
}
DAMAGED_TOML = {
    "a number of 5,000 digits": b"a = " + b"9" * 5000,
    "5,000 hexadecimal digits": b"a = 0x" + b"f" * 5000,
    "65 bits in a list": b"a = [[36893488147419103232]]",
    "3,000 levels": b"a = " + b"[" * 3000 + b"]" * 3000,
    "150 levels": b"a = " + b"[" * 150 + b"]" * 150,
    "a key of 5,000 parts": b".".join([b"a"] * 5000) + b" = 1",
    "a key of 100 parts": b".".join([b"a"] * 100) + b" = 1",
    "300 kB": b"# " + b"x" * 300_000,
    "not UTF-8": b"a = '\xff'",
    "cut": b"[a",
}


@dataclass(frozen=True)
class Row:
    name: str
    pair: tuple[float, float]
    count: int = 0
    part: float | None = None
    on: bool = False
    words: tuple[str, ...] = ()
    more: Mapping[str, Any] | None = None


WHOLE = {"name": "x", "pair": [1, 2.5]}


@pytest.mark.parametrize("data", DAMAGED_JSON.values(), ids=DAMAGED_JSON)
def test_damaged_json_is_refused(data):
    with pytest.raises(DamageError):
        parse_json(data)


@pytest.mark.parametrize("data", DAMAGED_TOML.values(), ids=DAMAGED_TOML)
def test_damaged_toml_is_refused(data):
    with pytest.raises(DamageError):
        parse_toml(data)


@given(JSON)
def test_json_is_read_as_it_was_written(value):
    if "Infinity" not in (text := json.dumps(value, ensure_ascii=False)):
        assert parse_json(text.encode("utf-8", "replace")) == json.loads(
            text.encode("utf-8", "replace").decode()
        )


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_data_or_damage(data):
    for parse in (parse_json, parse_toml):
        with suppress(DamageError):
            parse(data)


def test_records_have_the_types_of_their_annotations():
    row = WHOLE | {"count": 3, "part": 1, "on": True, "words": ["a"], "more": {"k": [None]}}
    for _ in range(2):  # the second is known by its signature
        made = record(Row, row, "the row")
        assert made == Row("x", (1.0, 2.5), 3, 1.0, True, ("a",), {"k": [None]})
        assert type(made.part) is float


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": None}, "name of the row must be a string, not null"),
        ({"name": 5}, "name of the row must be a string, not 5"),
        ({"pair": [1]}, "pair of the row must be a list of 2 numbers"),
        ({"pair": [1, True]}, "list of 2 numbers"),
        ({"pair": "12"}, 'list of 2 numbers, not "12"'),
        ({"count": True}, "count of the row must be a whole number, not true"),
        ({"count": 1.0}, "a whole number, not 1.0"),
        ({"count": 2**63}, "a whole number"),
        ({"part": "5"}, 'a number or null, not "5"'),
        ({"on": 1}, "true or false, not 1"),
        ({"words": "abc"}, 'a list of strings, not "abc"'),
        ({"words": ["a", None]}, "a list of strings"),
        ({"more": []}, "an object or null"),
        ({"other": 1}, 'the row has an unknown key, "other"'),
        ({"name": ["x" * 100]}, "x…"),
    ],
)
def test_a_value_of_another_type_is_named(change, words):
    record(Row, WHOLE | {"count": 1}, "the row")
    with pytest.raises(DamageError) as caught:
        record(Row, WHOLE | change, "the row")
    assert words in str(caught.value)


def test_a_missing_key_and_a_row_that_is_not_an_object_are_named():
    with pytest.raises(DamageError, match="the row lacks pair"):
        record(Row, {"name": "x"}, "the row")
    for row in (None, [], "x", 3):
        with pytest.raises(DamageError, match="the row must be an object"):
            record(Row, row, "the row")


@given(JSON)
def test_records_of_anything_are_right_or_refused(value):
    try:
        made = record(Row, WHOLE | (value if isinstance(value, dict) else {"count": value}), "the row")
    except DamageError:
        return
    assert type(made.count) is int


def test_values_are_checked_by_themselves_too():
    assert typed({"a": 1}, dict, "the header") == {"a": 1}
    with pytest.raises(DamageError, match="the header must be an object, not 5"):
        typed(5, dict, "the header")
