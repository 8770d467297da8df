"""UNIPEN's labels as people space text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.ink_io.unipen.labels import spaced_as_written

LABELS = [
    ("( 2 1 2 ) 7 5 3 - 8 6 7 5", "(212) 753-8675"),
    ("1 2 / 2 5 / 9 6", "12/25/96"),
    ("1 9 : 2 5", "19:25"),
    ("$ 5 . 0 0", "$5.00"),
    ("Mr . McArthur", "Mr. McArthur"),
    ("In my freshman year , I almost failed physics .", "In my freshman year, I almost failed physics."),
    ("It wasn ' t", "It wasn't"),
    ("Unfor -", "Unfor-"),
    ("1 + 2", "1 + 2"),
    ("how are you ?", "how are you?"),
    ("0 1 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 9"),
    ("R 2 D 2", "R 2 D 2"),
    ("", ""),
]


@pytest.mark.parametrize(("label", "text"), LABELS, ids=[row[1] for row in LABELS])
def test_signs_and_digits_close_up(label, text):
    assert spaced_as_written(label, "hpp") == text
    assert spaced_as_written(label, "art") == label


@given(st.text("ab 12.,'-$()/", max_size=40))
def test_only_spaces_go_and_nothing_is_left_to_do(label):
    text = spaced_as_written(label, "dar")
    assert text.replace(" ", "") == label.replace(" ", "")
    assert len(text) <= len(label)
