"""The text to write as characters of the model, after the text of a prime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.sampling.target_text import LONGEST, TargetText

ABC = Alphabet(" abcde.")
BLANKS = ["", " ", "\n", "\t \n", "\u3000", "\u00a0\u2003"]


def test_target_encodes_its_text():
    target = TargetText.of(ABC, "a cab")
    assert (target.text, target.before, target.start) == ("a cab", "", 0)
    assert target.codes.tolist() == [1, 0, 3, 1, 2]


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_at_the_ends_are_stripped(blank):
    target = TargetText.of(ABC, f"{blank}a b{blank}")
    assert target.text == "a b"
    assert len(target.codes) == 3


def test_of_several_spaces_one_is_left_also_where_folding_makes_some():
    assert TargetText.of(ABC, "a   b  c").spelling.text == "a b c"
    assert TargetText.of(ABC, "a \u3000 b", fold=True).text == "a b"


@pytest.mark.parametrize("text", BLANKS)
@pytest.mark.parametrize("fold", [False, True])
def test_text_without_a_visible_character_is_refused(text, fold):
    with pytest.raises(HwError, match="no text to write"):
        TargetText.of(ABC, text, fold)


@pytest.mark.parametrize("text", ["\u0301", "\u200b\ufeff", " \u00ad "])
def test_text_that_folds_to_nothing_is_refused(text):
    with pytest.raises(HwError, match="no text to write"):
        TargetText.of(ABC, text, fold=True)


def test_length_limit_applies_to_the_folded_text():
    assert len(TargetText.of(ABC, " " + "a" * LONGEST + "\n").codes) == LONGEST
    assert TargetText.of(ABC, "…" * (LONGEST // 3), fold=True).text == "." * (LONGEST // 3 * 3)
    for text, fold in (("a" * (LONGEST + 1), False), ("…" * (LONGEST // 3 + 1), True), ("a" * 10_000, True)):
        with pytest.raises(HwError, match="too long: at most 200"):
            TargetText.of(ABC, text, fold)
    assert len(TargetText.of(ABC, "e\u0301" * LONGEST, fold=True).codes) == LONGEST


def test_text_of_the_prime_comes_first_with_a_space_between():
    target = TargetText.of(ABC, " cab ", prime_text=" abba\n")
    assert (target.text, target.before, target.start) == ("cab", "abba ", 5)
    assert target.codes.tolist() == ABC.encode("abba cab").tolist()
    assert TargetText.of(ABC, "a", prime_text="é").before == "e "  # a prime's text is always folded


def test_positions_in_errors_do_not_count_the_text_of_the_prime():
    with pytest.raises(HwError, match=r"(?m)'x' \(column 2\)$"):
        TargetText.of(ABC, "axe", prime_text="abba")
    with pytest.raises(HwError, match=r"(?m)'€' \(column 2\)$"):  # EUR is not in the alphabet
        TargetText.of(ABC, "a€e", fold=True, prime_text="abba")


def test_combining_accents_are_composed():
    own = Alphabet("é x")
    assert TargetText.of(own, "e\u0301x").text == "éx"
    assert TargetText.of(own, "x", prime_text="e\u0301").codes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\0b", "a\x1bb", "aאb", "a👍b", "a\u202eb", "a\ud800b"])
def test_errors_name_unwritable_characters_in_printable_text(text):
    with pytest.raises(HwError, match=r"column 2\)") as caught:
        TargetText.of(ABC, text)
    assert caught.value.message.isprintable()


@given(text=st.text(st.sampled_from(" abcdeABéæǽ½…x\t\u0301"), max_size=30))
def test_folded_text_equals_its_decoded_numbers(text):
    try:
        target = TargetText.of(ABC, text, fold=True, prime_text="abc")
    except HwError:
        assert "x" in text or "½" in text or not ABC.folded(text).strip()
        return
    assert "".join(ABC.characters[k] for k in target.codes) == target.before + target.text
    assert target.text == target.text.strip() != ""
    assert target.most_points > 10 * len(target.text)


def test_positions_after_the_text_are_clipped_to_its_last_character():
    target = TargetText.of(ABC, "ab", prime_text="c")
    assert target.clipped(target.codes * 0 + [0, 1, 2, 4]).tolist() == [0, 1, 2, 3]
