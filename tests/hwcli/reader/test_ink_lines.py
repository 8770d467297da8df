"""The lines of ink: cut where the pen goes back and down, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hwcli.reader.ink_lines import split_lines
from print_letters import strokes_of
from readable import CAT, ROOM, SHIP, line, one_after_the_other, page
from renderers.ink import Frame, Ink, Trace


def printed(text: str, down: float = 0.0) -> Ink:
    return Ink(strokes=tuple(stroke + np.array([0, down]) for stroke in strokes_of(text)))


def counts(*inks: Ink) -> list[int]:
    return [len(part.strokes) for part in split_lines(one_after_the_other(*inks))]


@pytest.mark.parametrize("distance", [250, 400])
def test_each_line_of_a_page_is_one_part(distance):
    texts = ["zoo Tool", "vol", "lo lo lo vol.", "oz 77"]
    lines = [printed(text, k * distance) for k, text in enumerate(texts)]
    assert counts(*lines) == [len(ink.strokes) for ink in lines]
    ink = one_after_the_other(*lines)
    again = one_after_the_other(*split_lines(ink))
    assert all(a is b or np.array_equal(a, b) for a, b in zip(again.strokes, ink.strokes, strict=True))


def test_a_page_is_cut_where_its_trace_says():
    signature = [printed("vol"), Ink(strokes=tuple(s + np.array([900, 250]) for s in strokes_of("oz")))]
    ink = one_after_the_other(*signature)
    of = np.concatenate([np.full(len(part), place) for part, place in zip(signature, (0, 4), strict=True)])
    written = replace(ink, text="vol\noz", trace=Trace(of), frame=Frame(0, 0, 2000, 600))
    assert len(split_lines(ink)) == 1
    assert [len(part.strokes) for part in split_lines(written)] == [len(one.strokes) for one in signature]


def test_handwriting_on_several_lines_is_split():
    inks = [line(text) for text in (CAT, ROOM, SHIP)]
    assert [len(part.strokes) for part in split_lines(page(*inks))] == [len(ink.strokes) for ink in inks]


@pytest.mark.parametrize("text", [CAT, ROOM, SHIP])
def test_one_line_stays_as_it_is(text):
    (part,) = split_lines(line(text))
    assert part is line(text)


def test_dots_and_bars_that_are_written_last_do_not_cut_a_line():
    zoo = printed("zoo vol oz")
    dots = Ink(strokes=([(10, -30), (12, -28)], [(300, -30), (303, -29)], [(0, 50), (700, 50)]))
    assert counts(zoo, dots) == [len(zoo.strokes) + 3]


def test_a_line_that_falls_is_one():
    falling = Ink(
        strokes=tuple(s + 0.3 * s[:, :1] * np.array([0, 1]) for s in strokes_of("zoo vol lo Tool oz"))
    )
    assert counts(falling) == [len(falling.strokes)]


@pytest.mark.parametrize("strokes", [[], [[(5, 5)]], [[(0, 0), (9, 9)], [(0, 900), (9, 909)], [(0, 2000)]]])
def test_few_strokes_are_one_line(strokes):
    ink = Ink(strokes=tuple(strokes))
    assert split_lines(ink) == [ink]
