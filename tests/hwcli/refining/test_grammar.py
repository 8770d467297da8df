"""Texts of composed lines: as long as real ones, of all characters, and only what can be written."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.refining.grammar import LONGEST, SHORTEST, Grammar
from hwcli.refining.patterns import PATTERNS

SEEDS = st.integers(0, 10**9)
ASCII = {chr(code) for code in range(33, 127)}


@given(SEEDS)
def test_lines_have_ten_to_fifty_characters_and_single_spaces(seed):
    grammar = Grammar(Random(seed))
    texts = [text for _ in range(5) if (text := grammar.line())]
    assert texts
    for text in texts:
        assert SHORTEST <= len(text) <= LONGEST
        assert text == " ".join(text.split())
        assert set(text) <= ASCII | {" "}


def test_every_printable_character_occurs_300_times_in_20_000_lines():
    grammar = Grammar(Random(1))
    count = Counter("".join(text for _ in range(20_000) if (text := grammar.line())))
    assert {c: count[c] for c in ASCII if count[c] < 300} == {}


def test_the_same_seed_gives_the_same_texts():
    one, again, other = (Grammar(Random(seed)) for seed in (5, 5, 6))
    texts = [one.line() for _ in range(20)]
    assert texts == [again.line() for _ in range(20)]
    assert texts != [other.line() for _ in range(20)]


@given(SEEDS)
def test_only_what_is_possible_is_written(seed):
    text = Grammar(Random(seed), possible=lambda part: part.replace(" ", "").isdigit()).line()
    assert text is None or text.replace(" ", "").isdigit()


def test_nothing_possible_gives_no_text():
    assert Grammar(Random(1), possible=lambda part: False).line() is None


@given(SEEDS)
def test_words_are_those_that_were_given(seed):
    grammar = Grammar(Random(seed), words=["owl"])
    assert grammar.fill("word") == "owl"
    assert grammar.fill("Word") == "Owl"
    assert grammar.fill("WORD") == "OWL"
    assert set(grammar.fill("words").split()) == {"owl"}


@pytest.mark.parametrize(
    ("slot", "shape"),
    [
        ("01-28", r"\d\d"),
        ("0-9", r"\d"),
        ("999", r"\d\d\d"),
        ("A", "[A-Z]"),
        ("(", "{"),
        ("mon", "[A-Z][a-z]{2}"),
    ],
)
def test_slots_have_their_shape(slot, shape):
    import re

    grammar = Grammar(Random(3))
    assert all(re.fullmatch(shape, grammar.fill(slot)) for _ in range(50))


def test_no_slot_of_a_pattern_is_misspelt():
    """An unknown slot would be filled with digits."""
    import re

    slots = {slot for group in PATTERNS for one in group for slot in re.findall(r"\{([^{}]+)\}", one)}
    for slot in slots:
        filled = Grammar(Random(2)).fill(slot)
        assert filled.isdigit() == bool(re.fullmatch(r"9+|\d+-\d+", slot)), slot
    assert not any("{" in re.sub(r"\{[^{}]+\}", "", one) for group in PATTERNS for one in group)
