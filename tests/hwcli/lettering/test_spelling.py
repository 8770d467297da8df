"""Spellings: what a network writes for each character, and errors for those that cannot be written."""

from __future__ import annotations

import string
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.errors import HwError
from hwcli.lettering.recipes import recipe
from hwcli.lettering.spelling import Spelling, folded
from renderers.ink import Fault

IAM = Alphabet(" !\"#'()+,-./0123456789:;?ABCDEFGHIJKLMNOPQRSTUVWYZ" + string.ascii_lowercase)
LATIN = [chr(k) for k in range(0xA1, 0x180) if chr(k).isalpha() and chr(k) not in "ĸŊŋſ"]
PASTED = st.text(st.sampled_from("aeiXé ßœ½…“«жß€\t\u0301\u200b\u202e\0漢"), max_size=20)


def kinds(character: str, alphabet: Alphabet = IAM) -> list[str]:
    found = recipe(character, alphabet)
    assert found is not None
    return [step.kind for step in found.steps]


@pytest.mark.parametrize("character", LATIN)
def test_latin_letters_are_written_with_the_models_letters(character):
    found = recipe(character, IAM)
    assert found is not None
    assert set(found.written) <= set(IAM.characters)


def test_all_printable_ascii_and_common_signs_can_be_written():
    for character in string.printable.strip() + "£€§°½¼¾×÷±–—‘’“”„«»‹›…¿¡·²³µ¥¢✓→\u00a0\u2009":
        assert recipe(character, IAM) is not None, character


def test_the_models_own_characters_are_never_drawn():
    own = Alphabet(IAM.characters + "é$X½")
    for character in "é$X½":
        assert recipe(character, own) == (character, ())
        assert kinds(character) != []


def test_what_the_network_writes_badly_is_drawn_if_there_is_a_shape():
    alphabet = Alphabet("a0&#", drawn="&#")
    assert recipe("&", alphabet) == ("0", (("sign", "&"),))
    assert recipe("#", alphabet) == ("#", ())
    assert recipe("&", Alphabet("a&", drawn="&")) == ("&", ())  # there is nothing to stand in for it


@pytest.mark.parametrize(
    ("character", "written", "steps"),
    [("é", "e", ["above"]), ("ç", "c", ["below"]), ("ï", "i", ["dotless", "above"]), ("ø", "o", ["through"]),
     ("ế", "e", ["above", "above"]), ("ǿ", "o", ["through", "above"]), ("½", "12", ["fraction"]),
     ("…", "...", []), ("’", "'", []), ("œ", "oe", ["joined"]), ("ß", "0", ["sign"]), ("ị", "i", ["below"])],
)  # fmt: skip
def test_recipes(character, written, steps):
    found = recipe(character, IAM)
    assert found is not None
    assert (found.written, kinds(character)) == (written, steps)


@pytest.mark.parametrize("character", ["ж", "漢", "\0", "\t", "\n", "\u0301", "\u202e", "א", "👍", "\ud800"])
def test_what_cannot_be_drawn_is_refused(character):
    assert recipe(character, IAM) is None
    with pytest.raises(HwError, match=r"column 2\)") as caught:
        Spelling.of(IAM, f"a{character}b")
    assert caught.value.message.isprintable()


def test_an_alphabet_that_lacks_the_letter_cannot_write_it_with_a_mark():
    assert recipe("é", Alphabet("abc")) is None
    assert recipe("€", Alphabet("abc")) is None
    assert recipe("ß", Alphabet("abc")) is None


def test_places_lead_from_what_is_written_to_the_text():
    spelling = Spelling.of(IAM, "½ œé…")
    assert spelling.written == "12 oee..."
    assert spelling.places.tolist() == [0, 0, 1, 2, 2, 3, 4, 4, 4]
    assert spelling.in_text(np.array([-2, -1, 0, 1, 8, 9])).tolist() == [-2, -1, 0, 0, 4, 5]


def test_faults_name_the_character_of_the_text_and_pass_over_stand_ins():
    spelling = Spelling.of(IAM, "ßé")
    faults = [Fault("misread", 0, "0", "8"), Fault("skipped", 0, "0"), Fault("misread", 1, "e", "c")]
    assert spelling.faults_in_text(faults) == [Fault("skipped", 0, "ß"), Fault("misread", 1, "é", "c")]


def test_a_word_at_fault_is_named_as_in_the_text():
    spelling = Spelling.of(Alphabet(" abelt0", drawn="&"), "&bét a")
    assert spelling.written == "0bet a"
    faults = [
        Fault("misread", 0, "0bet", "0lol"),
        Fault("misread", 0, "0", "8"),
        Fault("misread", 5, "a", "o"),
    ]
    assert spelling.faults_in_text(faults) == [
        Fault("misread", 0, "&bét", "0lol"),
        Fault("misread", 5, "a", "o"),
    ]


def test_folding_changes_only_what_cannot_be_written():
    assert folded(IAM, "é ж ½ e\u0301\u200b") == "é zh ½ é"
    with pytest.raises(HwError, match=r"U\+0000 \(line 2, column 2\)") as caught:
        folded(IAM, "жé\né\0")
    assert "ж" not in caught.value.message


@given(text=PASTED)
def test_folded_text_can_be_spelt_and_folding_is_idempotent(text):
    try:
        once = folded(IAM, text)
    except HwError:
        assert set(text) & set("\0漢")
        return
    assert folded(IAM, once) == once
    spelling = Spelling.of(IAM, once)
    assert set(spelling.written) <= set(IAM.characters)
    assert len(spelling.places) == len(spelling.written)
    assert unicodedata.is_normalized("NFC", once)
