"""The lines that the page asks for."""

from __future__ import annotations

import string

import pytest

from hwcli.errors import HwError
from hwcli.hands.library import MIN_TEXT
from hwcli.recorder.prompts import LONGEST, MOST, PROMPTS, missing, prompts_in, unlearned


def test_the_ten_lines_have_every_letter_in_both_cases_every_digit_and_usual_punctuation():
    assert len(PROMPTS) == len(set(PROMPTS)) == 10
    written = set("".join(PROMPTS))
    assert written >= set(string.ascii_letters + string.digits + ".,:;!?'\"()-&")
    assert written <= set(string.printable)


def test_each_line_is_long_enough_for_a_hand_and_short_enough_for_a_tablet():
    assert all(max(20, MIN_TEXT) <= len(line) <= 35 for line in PROMPTS)


def test_lines_of_a_file_are_stripped_and_blank_ones_left_out():
    assert prompts_in("  one\ttwo \r\n\n \nthree", "f") == ("one two", "three")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n\n", "f contains no text"),
        ("a\n" * (MOST + 1), f"f has {MOST + 1} prompts"),
        ("ok\n" + "a" * (LONGEST + 1), "f, line 2: 81 characters"),
        ("ok\n\nb\x1b[31m", "f, line 3: a character cannot be shown"),
        ("zero\u200bwidth", "f, line 1: a character cannot be shown"),
    ],
)
def test_other_files_are_refused(text, message):
    with pytest.raises(HwError) as caught:
        prompts_in(text, "f")
    assert message in caught.value.message
    assert caught.value.hint


def test_what_prompts_lack_and_what_no_model_knows_is_found():
    assert missing(PROMPTS) == ""
    assert missing(("abc" + string.ascii_uppercase, "d9")) == "efghijklmnopqrstuvwxyz012345678"
    assert unlearned(PROMPTS) == ""
    assert unlearned(("née", "5 €")) == "é€"
