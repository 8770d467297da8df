"""Proofreading a sample by the path of its window over the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.alphabet import Alphabet
from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.drafting.proofread import LONG, proofread
from hwcli.sampling.target_text import TargetText

ABC = Alphabet(" abcde")


def written(places: list[int], finished: bool = True) -> Trajectory:
    n = len(places)
    attended = np.array(places, np.int64)
    return Trajectory(np.zeros((n, 2)), np.zeros(n, bool), None, attended, finished)


def faults(text: str, counts: list[int], finished: bool = True, prime: str | None = None) -> list[str]:
    """Return the faults of a sample with `counts` points on each character of the prime and the text."""
    target = TargetText.of(ABC, text, prime_text=prime)
    places = [place for place, points in enumerate(counts) for _ in range(points)]
    return [str(fault) for fault in proofread(written(places, finished), target)]


@pytest.mark.parametrize(
    ("text", "counts", "expected"),
    [
        ("abc", [20, 25, 19], []),
        ("abc", [1, 1, 1], []),
        ("a bc", [20, 0, 20, 20], []),  # a space needs no ink
        ("abc", [20, 0, 19], ["skipped 'b' at position 2"]),
        ("abc", [0, 20, 0], ["skipped 'a' at position 1", "skipped 'c' at position 3"]),
        ("abc", [20, LONG, 20], []),
        ("abc", [20, LONG + 1, 20], ["repeated 'b' at position 2"]),
        ("a b", [20, LONG + 1, 20], ["repeated ' ' at position 2"]),  # the pen drew during the space
        ("abc", [200, 200, 200], []),  # a slow hand
        ("abc", [40, LONG * 40 // 21 + 1, 40], ["repeated 'b' at position 2"]),
        ("ab", [2000, 20], ["repeated 'a' at position 1"]),  # which is no slow hand
        ("a", [200], []),
        ("a", [262], ["repeated 'a' at position 1"]),
        ("abc", [5, LONG, 5], []),  # the limit does not shrink for a fast hand
        (
            "aa",
            [0, 0, 9],
            ["skipped 'a' at position 1"],
        ),  # after the end, points count for the last character
        ("ab", [20, 0, 9], []),
        ("abc", [20, 20, 80, 10], []),
        ("abc", [20, 20, 80, 11], ["repeated 'c' at position 3"]),
    ],
)
def test_skipped_and_repeated_characters_are_found_in_text_order(text, counts, expected):
    assert faults(text, counts) == expected


@pytest.mark.parametrize(
    ("counts", "last"),
    [
        ([20, 20, 5], "'c' at position 3"),
        ([20, 5], "'b' at position 2"),
        ([], "'a' at position 1"),
    ],
)
def test_unfinished_text_names_the_last_character_reached(counts, last):
    assert faults("abc", counts, finished=False)[-1] == f"unfinished {last}"


def test_prime_is_not_proofread():
    before = [0, 0, 999, 0]  # points spent on each character of "abc "
    assert faults("de", [*before, 20, 20], prime="abc") == []
    assert faults("de", [*before, 20, 0], prime="abc") == ["skipped 'e' at position 2"]
    assert faults("de", before, finished=False, prime="abc") == [
        "skipped 'd' at position 1", "unfinished 'd' at position 1"
    ]  # fmt: skip


def test_partial_text_is_proofread_as_far_as_it_went():
    assert proofread(written([0, 0, 1], True), TargetText.of(ABC, "abcd"), partly=True) == []
    (fault,) = proofread(written([0, 0, 2], True), TargetText.of(ABC, "abcd"), partly=True)
    assert (fault.kind, fault.place) == ("skipped", 1)


@given(
    text=st.text(st.sampled_from(" abc"), min_size=1, max_size=20).filter(str.strip),
    places=st.lists(st.integers(0, 25), max_size=60),
    finished=st.booleans(),
)
def test_faults_match_the_path_of_the_window(text, places, finished):
    target = TargetText.of(ABC, text)
    found = proofread(written(places, finished), target)
    assert [fault.kind == "unfinished" for fault in found].count(True) == (not finished)
    for fault in found:
        assert type(fault.place) is int
        assert target.text[fault.place] == fault.character
    skipped = {fault.place for fault in found if fault.kind == "skipped"}
    visited = {min(place, len(target.text) - 1) for place in places}
    # characters that the window has not reached are not skipped
    end = len(target.text) if finished else max(visited, default=0) + 1
    assert skipped == {k for k, c in enumerate(target.text[:end]) if k not in visited and c != " "}
    order = [fault.place for fault in found if fault.kind != "unfinished"]
    assert order == sorted(set(order))
