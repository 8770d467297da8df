"""What counts as misread: gains of characters by class, look-alikes, spaces, and places on several lines."""

from __future__ import annotations

import string

import numpy as np
import pytest

from hwcli.alphabet import Alphabet
from hwcli.reader.reader import Comparison, Doubt
from hwcli.sampling.read_back import (
    ALIKE,
    ALIKE_GAIN,
    CAPITAL,
    DIGIT,
    SIGN,
    SMALL,
    read_back,
    read_back_lines,
)
from readable import CAT, ROOM, SHIP, line, page, reader
from renderers.ink import Ink


class Doubtful:
    """A reader that has the given doubts about any ink."""

    alphabet = Alphabet(string.printable.strip() + " ")

    def __init__(self, *doubts: Doubt, log_likelihood: float = -3.0) -> None:
        self.comparison = Comparison(log_likelihood, doubts)

    def compare(self, ink: Ink, text: str) -> Comparison:
        return self.comparison


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
