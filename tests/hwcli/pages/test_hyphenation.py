"""Hyphenation by language: where words may be broken, and how lines of hyphenated text are filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import UsageError
from hwcli.pages.hyphenation import AFTER, BEFORE, checked_language, good_points, languages
from hwcli.pages.line_breaking import LADDER, RunningText
from hwcli.pages.text_width import units

ENGLISH = (
    "hand writing with generative networks understanding remarkable considerations, well-known everywhere"
)


def lines_of(text, room, language, hyphen="-"):
    rest, found = RunningText.of(text, language), []
    while rest:
        line, rest = rest.next_line(room, hyphen)
        found.append(line)
    return found


@pytest.mark.parametrize(
    ("word", "language", "broken"),
    [
        ("handwriting,", "en_GB", "hand-writ-ing,"),
        ("Übergrößenträger.", "de_DE", "Über-grö-ßen-trä-ger."),
        ("(l'anniversaire)", "fr", "(l'an-ni-ver-saire)"),
        ("well-known", "en_GB", "well--known"),
        ("asszonnyal", "hu_HU", "asszonnyal"),  # asz-szony: the spelling would change
        ("anna@handwriting.org", "en_GB", "anna@handwriting.org"),
        ("handwriting/typewriting", "en_GB", "handwriting/typewriting"),
        ("handwriting2", "en_GB", "handwriting2"),
        ("also", "en_GB", "also"),
        ("...", "en_GB", "..."),
        ("", "en_GB", ""),
    ],
)
def test_words_are_broken_at_points_of_the_language(word, language, broken):
    for k in good_points(word, language):
        word = f"{word[:k]}-{word[k:]}"
    assert word == broken


@given(
    st.text(st.sampled_from("abcdeistnrüß-'.,(@1"), max_size=24), st.sampled_from(["en_GB", "de_DE", "fr"])
)
def test_points_leave_letters_on_both_sides(word, language):
    for k in good_points(word, language):
        assert len(word[:k].lstrip("(.,'-@")) >= BEFORE
        assert len(word[k:].rstrip("(.,'-@")) >= AFTER


@given(st.integers(8, 40), st.sampled_from(["", "-"]))
def test_hyphenation_keeps_the_text_and_fills_no_line_beyond_its_room(room, hyphen):
    lines = lines_of(ENGLISH, room, "en_GB", hyphen)
    assert "".join(lines).replace("-", "").replace(" ", "") == ENGLISH.replace("-", "").replace(" ", "")
    assert all(units(line) <= room for line in lines)


def test_lines_take_the_largest_part_of_the_next_word_that_fits():
    room = units("hand writ-")
    assert lines_of("hand writing with", room, "en_GB") == ["hand writ-", "ing with"]
    assert lines_of("hand writing with", room, None) == ["hand", "writing", "with"]
    assert lines_of("a well-known thing", units("a well-"), "en_GB")[0] == "a well-"


def test_the_last_word_of_a_paragraph_is_not_hyphenated():
    room = units("hand writ-")
    assert lines_of("hand writing", room, "en_GB") == ["hand", "writing"]
    assert lines_of("hand writing\nhand", room, "en_GB") == ["hand", "writing", "hand"]


def test_few_lines_in_a_row_end_in_a_hyphen():
    lines = lines_of(" ".join(["remarkable"] * 40), 15.5, "en_GB")
    runs = "".join("-" if line.endswith("-") else " " for line in lines).split()
    assert max(map(len, runs)) == LADDER


def test_without_a_hyphen_in_the_alphabet_words_are_only_broken_where_they_have_one():
    lines = lines_of(ENGLISH, 14, "en_GB", hyphen="")
    assert [line for line in lines if line.endswith("-")] == [
        line for line in lines if line.endswith("well-")
    ]


def test_a_word_longer_than_a_line_is_broken_by_the_rules_of_the_language():
    word = "Donaudampfschifffahrt"
    assert lines_of(word, units("Donaudampf-"), "de_DE")[0] == "Donaudampf-"


@pytest.mark.parametrize(
    ("name", "found"), [("no", None), ("NO", None), ("de", "de"), ("de-CH", "de_CH"), ("pt_BR", "pt_BR")]
)
def test_languages_are_named_by_their_codes(name, found):
    assert checked_language(name) == found


@pytest.mark.parametrize("name", ["english", "xx", "", "-", "e" * 500, "../de", "de\n"])
def test_an_unknown_language_is_one_line_with_what_exists(name):
    with pytest.raises(UsageError, match="there is no dictionary") as error:
        checked_language(name, "--hyphenate")
    assert "\n" not in str(error.value.message)
    assert all(f" {code}," in str(error.value.hint) for code in ("no (none)", "de", "en", "fr"))


def test_every_language_can_be_used():
    for language in languages():
        good_points("abrakadabra", checked_language(language))
