"""Replacements: longest first, once, and checked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.errors import UsageError
from hwcli.lettering.replacements import Replacements

SHORT = st.text(st.sampled_from("ab.*é\u0301"), max_size=3)


def test_the_longest_match_comes_first_and_nothing_is_replaced_twice():
    assert Replacements({"a": "b", "ab": "x", "b": "a"}).applied("ab a b") == "x b a"
    assert Replacements({"a": "aa"}).applied("aba") == "aabaa"  # itself
    assert Replacements({".": "!", "(": ""}).applied("a.(b") == "a!b"  # no pattern


def test_text_and_replacements_are_composed():
    assert Replacements({"e\u0301": "E"}).applied("é e\u0301 e") == "E E e"
    assert Replacements({"é": "e\u0301"}).applied("e\u0301") == "é"


def test_replaced_places_are_those_in_the_text():
    assert Replacements({"bc": "x"}).places("abcabc") == {1, 2, 4, 5}
    assert Replacements({}).places("abc") == set()


@pytest.mark.parametrize(
    ("after", "fold", "refused"),
    [("ж", False, True), ("ж", True, False), ("\0", True, True), ("é", False, False), ("a\nb", False, False)],
)
def test_a_replacement_must_give_what_can_be_written(after, fold, refused):
    replacements = Replacements({"q": after})
    alphabet = Alphabet(" abcdefghz")
    if refused:
        with pytest.raises(UsageError, match="gives what cannot be written"):
            replacements.check(alphabet, fold)
    else:
        replacements.check(alphabet, fold)


@given(
    pairs=st.dictionaries(SHORT.filter(bool), SHORT, max_size=4),
    text=st.text(st.sampled_from("ab.*é "), max_size=20),
)
def test_text_outside_of_the_replaced_places_stays(pairs, text):
    text = unicodedata.normalize("NFC", text)
    replacements = Replacements(pairs)
    kept = [c for k, c in enumerate(text) if k not in replacements.places(text)]
    blanked = Replacements(dict.fromkeys(pairs, "")).applied(text)
    assert blanked == "".join(kept)
    if not replacements.places(text):
        assert replacements.applied(text) == text
