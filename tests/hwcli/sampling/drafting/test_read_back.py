"""What counts as misread: gains of characters by class, look-alikes, spaces, and places on several lines."""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.reader.reader import Comparison, Doubt
from hwcli.sampling.drafting.read_back import (
    ALIKE,
    ALIKE_GAIN,
    CAPITAL,
    CLEAR,
    DIGIT,
    SIGN,
    SMALL,
    WORD,
    illegible,
    read_back,
    read_back_lines,
    words_as_read,
)
from hwcli.sampling.load import load_model
from readable import CAT, ROOM, SHIP, line, page, reader
from renderers.ink import Ink


class Doubtful:
    """A reader that has the given doubts about any ink, and reads `read` in it, by `gain` more probably."""

    alphabet = Alphabet(string.printable.strip() + " ")

    def __init__(
        self, *doubts: Doubt, log_likelihood: float = -3.0, read: str = "", gain: float = 0.0
    ) -> None:
        self.comparison = Comparison(log_likelihood, doubts)
        self.read, self.gain = read, gain

    def text_of(self, ink: Ink) -> str:
        return self.read

    def log_likelihoods(self, ink: Ink, texts: list[str]) -> list[float]:
        return [self.comparison.log_likelihood + self.gain] * len(texts)

    def compare(self, ink: Ink, text: str, gain: float) -> Comparison:
        listed = tuple(doubt for doubt in self.comparison.doubts if doubt.gain > gain)
        return replace(self.comparison, doubts=listed)


def faults(text: str, *doubts: Doubt) -> list[str]:
    return [str(fault) for fault in read_back(Doubtful(*doubts), line(CAT), text).faults]


@pytest.mark.parametrize(
    ("character", "reads_as", "limit"),
    [
        ("7", "1", DIGIT), ("R", "A", CAPITAL), ("a", "e", SMALL), ("a", "7", SMALL), ("!", "a", SIGN),
        ("7", "", DIGIT), ("R", "", CAPITAL), ("a", "", SMALL), (".", "", SIGN),
        ("0", "O", DIGIT + ALIKE_GAIN), ("I", "l", CAPITAL + ALIKE_GAIN), ("s", "S", SMALL + ALIKE_GAIN),
        ("9", "g", DIGIT + ALIKE_GAIN), (",", ".", SIGN + ALIKE_GAIN), ("Z", "2", CAPITAL + ALIKE_GAIN),
        ("é", "a", SMALL),
    ],
)  # fmt: skip
def test_each_class_of_characters_has_its_limit(character, reads_as, limit):
    seen = f"reads as {reads_as!r}" if reads_as else "is missing"
    assert faults(f"x{character}x", Doubt(1, reads_as, limit + 0.01)) == [
        f"{character!r} at position 2 {seen}"
    ]
    assert faults(f"x{character}x", Doubt(1, reads_as, limit - 0.01)) == []


@pytest.mark.parametrize("row", ALIKE)
def test_look_alikes_are_so_both_ways(row):
    for a in row:
        for b in set(row) - {a}:
            assert faults(a, Doubt(0, b, min(DIGIT, CAPITAL, SMALL, SIGN) + ALIKE_GAIN - 0.01)) == []


def test_one_more_look_alike_is_an_addition_like_any_other():
    doubts = [Doubt(1, "s", SMALL + 0.01, before=True), Doubt(1, "S", SMALL + 0.01)]
    assert faults("asa", doubts[0]) == ["'s' at position 2 reads as 'ss'"]
    assert faults("asa", doubts[1]) == []


def test_additions_are_shown_beside_the_character_that_they_stand_at():
    assert faults("at", Doubt(0, "c", 9.0, before=True)) == ["'a' at position 1 reads as 'ca'"]
    assert faults("at", Doubt(1, "e", 9.0, after=True)) == ["'t' at position 2 reads as 'te'"]


@pytest.mark.parametrize(
    "harmless",
    [Doubt(1, " ", 9.0, before=True), Doubt(1, " ", 9.0, after=True), Doubt(1, "g", 6.5)],
)
def test_what_does_not_count_hides_no_fault(harmless):
    doubts = [harmless, Doubt(1, "3", 4.0, before=True)]
    assert faults("x9", *doubts) == faults("x9", *doubts[::-1]) == ["'9' at position 2 reads as '39'"]


def test_a_character_shaped_like_a_look_alike_is_not_read_as_what_is_less_like_it():
    assert faults("4.0", Doubt(2, "o", 3.5), Doubt(2, "a", 3.0)) == []
    assert faults("4.0", Doubt(2, "o", 3.5), Doubt(2, "a", 3.5 + DIGIT + 0.01)) == [
        "'0' at position 3 reads as 'a'"
    ]


@pytest.mark.parametrize(
    ("text", "doubt", "clear"),
    [
        ("at", Doubt(0, "u", CLEAR.pen - 0.01), True),
        ("at", Doubt(0, "u", CLEAR.pen + 0.01), False),
        ("17", Doubt(0, "4", CLEAR.pen - 0.01), True),
        ("17", Doubt(0, "4", CLEAR.pen + 0.01), False),
        ("as", Doubt(1, "S", CLEAR.pen + ALIKE_GAIN - 0.01), True),
        ("as", Doubt(1, "S", CLEAR.pen + ALIKE_GAIN + 0.01), False),
        ("a b", Doubt(1, "", 99.0), True),
        ("at", Doubt(0, "u", 99.0), False),
    ],
)
def test_a_text_is_clear_unless_something_else_is_nearly_as_probable(text, doubt, clear):
    assert read_back(Doubtful(doubt), line(CAT), text).clear == clear


def test_ink_of_several_lines_is_clear_if_all_are():
    for doubt, clear in ((Doubt(0, "u", CLEAR.pen - 0.1), True), (Doubt(0, "u", CLEAR.pen + 0.1), False)):
        assert read_back_lines(Doubtful(doubt), line(CAT), "at").clear == clear


def test_spaces_are_never_at_fault():
    assert faults("a b", Doubt(1, "", 99.0), Doubt(2, " ", 99.0, before=True)) == []
    assert faults("a b", Doubt(1, "x", 99.0)) == []


def test_ink_without_room_for_the_text_is_at_fault():
    verdict = read_back(Doubtful(log_likelihood=-np.inf), line(CAT), "some text")
    assert [str(fault) for fault in verdict.faults] == ["'s' at position 1 is missing"]
    assert verdict.log_likelihood == -np.inf
    assert read_back(reader(), Ink(strokes=([(5, 5)],)), CAT).faults


def test_a_clear_line_has_no_fault_and_another_text_has():
    for text in (CAT, ROOM, SHIP):
        assert read_back(reader(), line(text), text).faults == []
    assert len(read_back(reader(), line(CAT), SHIP).faults) > 5


# words


@pytest.mark.parametrize(
    ("text", "read", "words"),
    [
        ("the window was", "the uundow was", [(4, "window", "uundow")]),
        ("the window was", "the wimdow was", []),  # one character, which has a limit of its own
        ("the window was", "the VVindow VVas", [(4, "window", "VVindow"), (11, "was", "VVas")]),
        ("see Sue", "See sue", []),  # look-alikes
        ("warm bread", "war mbread", []),  # spaces
        ("he was here", "he here", [(3, "was", "")]),
        ("at it", "xyat it", [(0, "at", "xyat")]),
        ("at it", "at xyit", [(3, "it", "xyit")]),
        ("at it", "at itxy", [(3, "it", "itxy")]),
        ("  at  it", "at uf", [(6, "it", "uf")]),
        ("window", "", [(0, "window", "")]),
        ("1997", "I99Z", []),
    ],
)
def test_words_that_differ_in_several_characters(text, read, words):
    assert words_as_read(text, read) == words


@given(st.text("abS s", max_size=12), st.text("abS s", max_size=12))
def test_words_as_read_stand_at_their_places(text, read):
    for place, word, other in words_as_read(text, read):
        assert text[place : place + len(word)] == word == word.strip()
        assert other != word
        assert " " not in other
    assert words_as_read(text, text) == []


def test_a_misshapen_word_is_at_fault_by_its_limit():
    found = read_back(Doubtful(read="the uundow", gain=WORD + 0.01), line(CAT), "the window")
    assert [str(fault) for fault in found.faults] == ["'window' at position 5 reads as 'uundow'"]
    assert read_back(Doubtful(read="the uundow", gain=WORD - 0.01), line(CAT), "the window").faults == []


def test_what_is_ignored_may_look_like_anything():
    """Such as what is removed and replaced by a drawn sign: its ink is not that of the character."""
    text, ignored = "0window0 was", {0, 7}
    odd, wrong = Doubt(7, "x", 99.0), Doubt(9, "o", SMALL + 1)
    found = read_back(Doubtful(odd, wrong, read="8window8 was"), line(CAT), text, ignored=ignored)
    assert [(fault.place, fault.character) for fault in found.faults] == [(9, "w")]
    assert found.troubles == [9]
    assert words_as_read("0at0", "oofoo") != []
    assert words_as_read("00at", "88at", {0, 1}) == []
    assert words_as_read("0window", "8uundow", {0}) == [(0, "0window", "0uundow")]
    misshapen = Doubtful(read="8uundow0 was", gain=WORD + 0.01)
    found = read_back(misshapen, line(CAT), text, ignored=ignored)
    assert [(fault.place, fault.character, fault.reads_as) for fault in found.faults] == [
        (0, "0window0", "0uundow0")
    ]
    assert found.troubles == [1]  # which is the first that is not ignored
    assert illegible(text, ignored).troubles == [1]


def test_a_word_with_a_misread_character_is_not_named_twice_and_places_are_in_order():
    one = Doubt(8, "m", SMALL + 1)
    found = read_back(Doubtful(one, read="tna uumdow", gain=99.0), line(CAT), "the window was")
    assert [(fault.place, fault.character) for fault in found.faults] == [(0, "the"), (8, "o"), (11, "was")]


@pytest.mark.parametrize(
    "text", [CAT, "I", "it", "Room 12", "a much longer text than anyone could read here"]
)
def test_scribbles_do_not_say_a_text(text):
    scribbles = load_model("iam-prediction").sample_many(4, 300, seed=5, bias=0.5, predictions=False)
    assert all(read_back(reader(), ink, text).faults for ink in scribbles)


PAGE_TEXT = f"{CAT}\n\n  Room 17, May 4\n{SHIP}"


@pytest.fixture(scope="module")
def three() -> Ink:
    return page(line(CAT), line(ROOM), line(SHIP))


def test_faults_of_several_lines_have_their_places_in_the_whole_text(three):
    (fault,) = read_back_lines(reader(), three, PAGE_TEXT).faults
    assert str(fault) == f"'7' at position {PAGE_TEXT.index('7') + 1} reads as '2'"


def test_likelihood_of_several_lines_is_that_of_all(three):
    parts = [read_back(reader(), line(text), text).log_likelihood for text in (CAT, ROOM, SHIP)]
    whole = read_back_lines(reader(), three, f"{CAT}\n{ROOM}\n{SHIP}")
    assert whole.faults == []
    assert whole.log_likelihood == pytest.approx(sum(parts), abs=1e-4)


def test_equal_lines_are_told_apart():
    ink = page(line(CAT), line(ROOM), line(ROOM))
    text = f"{CAT}\n{ROOM}\nRoom 17, May 4"
    (fault,) = read_back_lines(reader(), ink, text).faults
    assert fault.place == text.index("7")


def test_ink_of_another_number_of_lines_is_read_as_one():
    text = "the cat\n\nset on it"
    (fault,) = read_back_lines(reader(), line(CAT), text).faults
    assert (fault.place, fault.character, fault.reads_as) == (text.index("et"), "e", "a")
