"""Alphabets: extracting them from texts, encoding, folding, and errors for unknown characters."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import RARE, Alphabet
from hwcli.errors import HwError
from hwcli.sampling.target_text import LONGEST

# the printable characters of IAM-OnDB's transcripts, less Q and X
KNOWN = Alphabet(" !\"'(),-./0123456789:;?ABCDEFGHIJKLMNOPRSTUVWYZabcdefghijklmnopqrstuvwxyz")
ANY_TEXT = st.text(st.characters(), max_size=12)
# text as people paste it: precomposed and combining accents, quotes, symbols, invisible characters
PASTED = st.text(
    st.sampled_from("abcXQéñçßøæǽÅﬁ…—“”’«\u0301\u0302\u200b\u00a0\ufeff\u00ad \t12½⅔²①ａＡ،א👍🏽[]&\x00\n"),
    max_size=12,
)
SOME_ALPHABET = st.text(st.sampled_from("abcdexyzABXQ .\"'-12é\u0301"), min_size=1, max_size=12).map(
    lambda text: Alphabet("".join(dict.fromkeys(text)))
)


def test_an_alphabet_has_the_frequent_characters_sorted():
    texts = ["ba" * RARE, "c" * (RARE - 1), "Zz  " * RARE]
    assert Alphabet.from_texts(texts).characters == " Zabz"
    assert Alphabet.from_texts([*texts, "c"]).characters == " Zabcz"
    assert Alphabet.from_texts(["xyx"], rare=2).characters == "x"


def test_occurrences_add_up_over_all_texts():
    assert Alphabet.from_texts(c for c in "q" * RARE).characters == "q"
    assert Alphabet.from_texts([]).characters == ""


def test_a_combining_accent_counts_with_its_letter():
    apart = unicodedata.normalize("NFD", "é")
    assert len(apart) == 2
    assert Alphabet.from_texts([apart] * RARE).characters == "é"
    assert KNOWN.encode_lossy(apart).tolist() == KNOWN.encode("e").tolist()


@pytest.mark.parametrize(
    "character", ["\t", "\n", "\0", "\x1b", "\u200b", "\u00a0", "\u202e", "\ufeff", "\x85"]
)
def test_invisible_characters_are_not_in_an_alphabet(character):
    assert Alphabet.from_texts([character * RARE + "a" * RARE]).characters == "a"


FOLDED = [
    ("é", "e"), ("Ñ", "N"), ("ç", "c"), ("ß", "ss"), ("ø", "o"), ("Æ", "Ae"), ("ǽ", "ae"),
    ("æ\u0301", "ae"), ("½", "1/2"), ("⅔", "2/3"), ("€", "EUR"),
    ("я", "ya"), ("÷", "/"), ("×", "x"), ("•", "."), ("«", '"'),
    ("ı", "i"), ("İ", "I"),
    ("“", '"'), ("„", '"'), ("»", '"'), ("’", "'"), ("`", "'"), ("—", "-"), ("−", "-"), ("…", "..."),
    ("[", "("), ("}", ")"), ("X", "x"), ("Q", "q"), ("ﬁ", "fi"), ("ﬃ", "ffi"), ("²", "2"), ("①", "1"),
    ("ａ", "a"), ("Ａ", "A"), ("Ｘ", "x"), ("！", "!"), ("™", "TM"), ("№", "No"),
    ("\u212a", "K"), ("\u212b", "A"), ("\t", " "), ("\n", " "), ("\u00a0", " "), ("\u3000", " "),
    ("\u2003", " "), ("\u0301", ""), ("\u0489", ""), ("\u200b", ""), ("\ufeff", ""), ("\u00ad", ""),
    ("\u202e", ""),
]  # fmt: skip


@pytest.mark.parametrize(("character", "near"), FOLDED, ids=[ascii(row[0]) for row in FOLDED])
def test_characters_fold_to_their_nearest(character, near):
    assert character not in KNOWN
    assert KNOWN.folded(f"a{character}b") == f"a{near}b"
    assert KNOWN.encode_lossy(character).tolist() == KNOWN.encode(near).tolist()


@pytest.mark.parametrize("character", ["%", "#", "‰", "\0", "\x1b", "\x7f", "\ud800", "\ue000", "\U0001fbff"])
def test_folding_refuses_a_character_without_a_nearest_and_lossy_encoding_blanks_it(character):
    assert KNOWN.nearest(character) is None
    with pytest.raises(HwError, match="cannot write"):
        KNOWN.folded(f"a{character}b")
    expected = [*KNOWN.encode("a"), len(KNOWN), *KNOWN.encode("b")]
    assert KNOWN.encode_lossy(f"a{character}b").tolist() == expected


def test_known_characters_are_not_folded():
    own = Alphabet("aeé“…")
    assert own.folded("é“…e") == "é“…e"
    assert own.folded("e\u0301") == "é"
    assert own.nearest("è") == "e"
    assert own.nearest("É") == "e"  # accents go before the case changes


def test_folding_never_leaves_the_alphabet():
    assert Alphabet("abc").nearest("“") is None
    assert Alphabet("abc").nearest("…") is None
    assert Alphabet("abc").nearest("\t") is None
    assert Alphabet("s").nearest("ẞ") == "ss"
    assert Alphabet("f").nearest("ﬁ") is None  # all of it or nothing
    assert Alphabet("12").nearest("½") is None


def test_codes_are_positions_in_the_alphabet():
    assert Alphabet("cab").encode("abcab").tolist() == [1, 2, 0, 1, 2]
    assert KNOWN.encode("").tolist() == []
    assert KNOWN.encode("").dtype == KNOWN.encode("a").dtype == np.int64
    assert len(KNOWN) == len(KNOWN.characters)
    assert "a" in KNOWN
    assert "X" not in KNOWN
    assert "ab" not in KNOWN


@given(alphabet=SOME_ALPHABET, text=PASTED | ANY_TEXT)
def test_folded_text_is_in_the_alphabet_and_folding_is_idempotent(alphabet, text):
    try:
        folded = alphabet.folded(text)
    except HwError:
        assert any(alphabet.nearest(c) is None for c in unicodedata.normalize("NFC", text))
        return
    assert set(folded) <= set(alphabet.characters)
    if unicodedata.is_normalized("NFC", folded):
        assert alphabet.folded(folded) == folded
    assert len(alphabet.encode(folded)) == len(folded)


@given(alphabet=SOME_ALPHABET, text=PASTED | ANY_TEXT)
def test_lossy_encoding_equals_the_encoding_of_the_folded_text(alphabet, text):
    codes = alphabet.encode_lossy(text)
    assert ((codes >= 0) & (codes <= len(alphabet))).all()
    try:
        folded = alphabet.folded(text)
    except HwError:
        assert (codes == len(alphabet)).any()
        return
    assert codes.tolist() == alphabet.encode(folded).tolist()


@given(alphabet=SOME_ALPHABET, text=PASTED | ANY_TEXT)
def test_encoding_accepts_exactly_the_text_of_the_alphabet(alphabet, text):
    if set(text) <= set(alphabet.characters):
        back = "".join(alphabet.characters[k] for k in alphabet.encode(text))
        assert back == text
    else:
        with pytest.raises(HwError):
            alphabet.encode(text)


@given(texts=st.lists(PASTED, max_size=4), rare=st.integers(1, 3))
def test_an_alphabet_has_exactly_the_frequent_printable_characters(texts, rare):
    alphabet = Alphabet.from_texts(texts, rare)
    whole = "".join(unicodedata.normalize("NFC", text) for text in texts)
    assert list(alphabet.characters) == sorted(set(alphabet.characters))
    for character in set(whole):
        often = whole.count(character) >= rare and character.isprintable()
        assert (character in alphabet) is often


def refusal(text: str, fold: bool = False) -> HwError:
    with pytest.raises(HwError) as caught:
        KNOWN.folded(text) if fold else KNOWN.encode(text)
    return caught.value


def test_the_error_names_characters_and_positions_from_1():
    error = refusal("Xylophon, é")
    assert error.message == "the model cannot write 'X' (column 1), 'é' (column 11)"
    assert error.hint == ("--fold writes 'X' as 'x', 'é' as 'e'; --replace 'X=TO' writes your own text")


def test_the_hint_suggests_fold_for_the_characters_that_it_helps():
    error = refusal("é and % and #")
    assert error.message.endswith("write 'é' (column 1), '%' (column 7), '#' (column 13)")
    assert error.hint == (
        "--fold writes 'é' as 'e'; --replace 'FROM=TO' writes your own text for what --fold has nothing for: "
        "'%', '#'"
    )
    assert refusal("#").hint == "--replace '#=TO' writes your own text"
    folded = refusal("é and %", fold=True)
    assert folded.message == "the model cannot write '%' (column 7)"  # é can be folded
    assert folded.hint == "--replace '%=TO' writes your own text"


def test_the_error_names_every_character_once():
    assert refusal("%" * 12).message == "the model cannot write '%' (column 1)"
    assert refusal("a%bX%é#X").message.endswith(
        "write '%' (column 2), 'X' (column 4), 'é' (column 6), '#' (column 7)"
    )
    line = "".join(chr(0x4E00 + k) for k in range(LONGEST))
    message = refusal(line).message
    assert all(f"'{c}' (column {k})" in message for k, c in enumerate(line, 1))
    assert refusal(line + "龍鳳").message.endswith("(column 200) and 2 more")
    assert refusal("éèêëāă").hint.split("; ")[0].endswith("'ê' as 'e', 'ë' as 'e' and 2 more")


@pytest.mark.parametrize(
    ("character", "shown"),
    [("\t", "U+0009"), ("\0", "U+0000"), ("\x1b", "U+001B"), ("\u200b", "U+200B"), ("\u0301", "U+0301"),
     ("\u202e", "U+202E"), ("\ud800", "U+D800"), ("👍", "'👍'"), ("א", "'א'"), ("\U000e0001", "U+E0001")],
)  # fmt: skip
def test_an_unprintable_character_is_named_by_its_code_point(character, shown):
    error = refusal(f"a{character}")
    assert f"cannot write {shown} (column 2)" in error.message
    assert f"{error.message}{error.hint}".isprintable()


@pytest.mark.parametrize("alphabet", [KNOWN, Alphabet("ab&*", drawn="&*")])
def test_an_alphabet_survives_json(alphabet):
    assert Alphabet.of(alphabet.as_dict()) == alphabet


def test_characters_that_are_drawn_belong_to_the_alphabet_but_are_not_written():
    alphabet = Alphabet("ab&*", drawn="&")
    assert [alphabet.writes(c) for c in "a&*x"] == [True, False, True, False]
    assert alphabet.encode("a&").tolist() == [0, 2]


def test_what_further_texts_have_is_learned_and_no_longer_drawn():
    assert Alphabet("ab&*", drawn="&*").with_characters(Alphabet("&c")) == Alphabet("ab&*c", drawn="*")


@pytest.mark.parametrize(
    "row",
    [{}, {"characters": None}, {"characters": ""}, {"characters": 7}, {"characters": ["a", "b"]},
     {"characters": "aba"}, {"characters": "a\x1b[2J"}, {"characters": "a\ud800"}, {"characters": "a\n"},
     {"characters": "ab", "drawn": "c"}, {"characters": "ab", "drawn": 1}],
    ids=str,
)  # fmt: skip
def test_bad_json_is_refused(row):
    with pytest.raises((KeyError, ValueError)):
        Alphabet.of(row)
