"""Errors in what was read, against examples counted by hand and properties of the distance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.reader.error_rate import CLASSES, Errors, aligned, class_of, plain

TEXTS = st.text("abcA1. ", max_size=12)


def test_errors_are_counted_by_class():
    errors = Errors.of("The 7 Cats, 12 l.", "the 7 Cat 12 I.!")
    # T → t, s and the comma are missing, l → I, and ! is added
    assert dict(errors.wrong) == {"capitals": 1, "small": 2, "punctuation": 2}
    assert dict(errors.characters) == {"capitals": 2, "small": 6, "digits": 3, "spaces": 4, "punctuation": 2}
    assert errors.rate == pytest.approx(5 / 17)
    assert errors.by_class == {
        "small": 2 / 6, "capitals": 1 / 2, "digits": 0.0, "punctuation": 1.0, "spaces": 0.0
    }  # fmt: skip
    assert list(errors.by_class) == list(CLASSES)


@pytest.mark.parametrize(
    ("text", "read", "count"),
    [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("kitten", "sitting", 3), ("ab", "ba", 2), ("a b", "ab", 1)],
)
def test_distance(text, read, count):
    assert sum(a != b for a, b in aligned(text, read)) == count


def distance(a: str, b: str) -> int:
    """Levenshtein's distance by its definition."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return distance(a[1:], b[1:])
    return 1 + min(distance(a[1:], b), distance(a, b[1:]), distance(a[1:], b[1:]))


@given(st.text("ab ", max_size=6), st.text("ab ", max_size=6))
def test_alignment_is_complete_and_cheapest(text, read):
    pairs = aligned(text, read)
    assert "".join(a for a, _ in pairs) == text
    assert "".join(b for _, b in pairs) == read
    assert ("", "") not in pairs
    assert sum(a != b for a, b in pairs) == distance(text, read)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_total_adds_up_lines_characters_and_errors(pairs):
    parts = [Errors.of(*pair) for pair in pairs]
    total = Errors.total(parts)
    assert total.lines == len(pairs)
    assert total.count == sum(len(plain(text)) for text, _ in pairs)
    assert sum(total.wrong.values()) == sum(sum(part.wrong.values()) for part in parts)
    assert total.rate * max(total.count, 1) == pytest.approx(sum(total.wrong.values()))


@given(TEXTS)
def test_white_space_counts_once_and_accents_are_composed(text):
    assert Errors.of(f"  {text}\t", text.replace(" ", "  ")).rate == 0
    assert Errors.of("e\u0301", "\u00e9").rate == 0


@pytest.mark.parametrize(
    ("characters", "name"),
    [("aßé日", "small"), ("AÉΩ", "capitals"), ("09", "digits"), (".,-€½", "punctuation"), (" ", "spaces")],
)
def test_classes_of_characters(characters, name):
    assert {class_of(c) for c in characters} == {name}
