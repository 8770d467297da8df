"""A line drawn word by word: what is drawn, what is kept, and which line counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hwcli.alphabet import Alphabet
from hwcli.engine.lstm import State
from hwcli.engine.trajectory import Start, Trajectory
from hwcli.sampling.drafting.draft import FOR_CLARITY, Draft
from hwcli.sampling.drafting.word_by_word import Passage, WordByWord
from hwcli.sampling.target_text import TargetText
from renderers.ink import Fault

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
START = Start(State(np.zeros(0)), np.zeros(3, np.float32))
PACE = 3  # points per character, the last of which lifts the pen
TEXT = "one two three"


def drawn(target: TargetText, passage: Passage, attempt: int) -> Trajectory:
    """Return what `passage` asks for; the x of its points says which attempt drew them."""
    kept = 0 if passage.kept is None else len(passage.kept.points) // PACE
    end = len(target.codes) if passage.stop is None else passage.stop
    attended = np.repeat(np.arange(kept, end), PACE)
    points = np.stack([np.full(len(attended), float(attempt)), np.arange(len(attended))], -1)
    lifts = attended != np.append(attended[1:], -1)
    starts = dict.fromkeys((np.flatnonzero(lifts) + 1).tolist(), START)
    new = Trajectory(points, lifts, None, attended, True, None, starts)
    if passage.kept is None:
        return new
    joined = passage.kept.followed_by(new, 1.0)
    x = np.concatenate([passage.kept.points, new.points])
    return Trajectory(x, joined.lifts, None, joined.attended, True, None, joined.starts)


class Scribe:
    """Draws and judges a line; `wrong` says how bad a word is by its place and the attempt that drew it.

    2: at fault, 1: not clear, 0: right.
    """

    def __init__(self, wrong: Callable[[int, int], int], text: str = TEXT, lanes: int = 1) -> None:
        self.target = TargetText.of(ALPHABET, text)
        self.wrong, self.lanes = wrong, lanes
        self.passages: list[Passage] = []

    def judge(self, target: TargetText, written: Trajectory, tries: int) -> Draft:
        faults, troubles = [], []
        begins = [k for k in range(len(target.text)) if k == 0 or target.text[k - 1] == " "]
        for word, begin in enumerate(begins):
            badness = self.wrong(word, int(written.points[written.attended == begin][0, 0]))
            if badness:
                troubles.append(begin)
            if badness == 2:
                faults.append(Fault("misread", begin, target.text[begin], "x"))
        return Draft(written, faults, float(len(troubles)), tries, troubles)

    def draft(self, tries: int = 8, first: Draft | None = None) -> Draft:
        drawing = WordByWord(self.target, self.judge, tries).draft(first)
        try:
            passage = next(drawing)
            while True:
                self.passages.append(passage)
                lanes = range(min(self.lanes, passage.most))
                passage = drawing.send([drawn(self.target, passage, passage.attempt + k) for k in lanes])
        except StopIteration as end:
            return end.value

    @property
    def asked(self) -> list[tuple[int, int, int | None]]:
        """Points that were kept, attempt and stop of each passage."""
        return [(0 if p.kept is None else len(p.kept.points), p.attempt, p.stop) for p in self.passages]


def attempts(draft: Draft) -> list[int]:
    """Return which attempt drew each word of the line."""
    written = draft.written
    begins = [0, *(k + 1 for k, c in enumerate(TEXT) if c == " ")]
    return [int(written.points[written.attended == begin][0, 0]) for begin in begins]


def test_a_line_that_can_be_read_is_one_try():
    scribe = Scribe(lambda word, attempt: 0)
    draft = scribe.draft()
    assert scribe.asked == [(0, 0, 4), (12, 0, None)]
    assert scribe.passages[1].first == 12  # it continues with the same random numbers
    assert (draft.tries, attempts(draft)) == (1, [0, 0, 0])


def test_a_first_word_that_cannot_be_read_is_drawn_again_by_itself():
    scribe = Scribe(lambda word, attempt: 2 * (word == 0 and attempt < 3))
    draft = scribe.draft()
    assert scribe.asked == [*[(0, k, 4) for k in range(4)], (12, 3, None)]
    assert (draft.tries, draft.faults, attempts(draft)) == (4, [], [3, 3, 3])


def test_a_line_is_taken_back_to_the_first_word_in_trouble():
    scribe = Scribe(lambda word, attempt: int(word == 1 and attempt < 2))
    draft = scribe.draft()
    assert scribe.asked == [(0, 0, 4), (12, 0, None), (12, 1, 8), (12, 2, 8), (24, 2, None)]
    assert (draft.tries, draft.clear, attempts(draft)) == (3, True, [0, 2, 2])


def test_the_last_word_is_drawn_to_the_end():
    scribe = Scribe(lambda word, attempt: int(word == 2 and attempt < 2))
    draft = scribe.draft()
    assert scribe.asked == [(0, 0, 4), (12, 0, None), (24, 1, None), (24, 2, None)]
    assert (draft.tries, attempts(draft)) == (3, [0, 0, 2])


def test_an_unclear_word_is_not_drawn_more_often_where_another_is_at_fault():
    scribe = Scribe(lambda word, attempt: (1, 0, 2)[word])
    draft = scribe.draft()
    first = [asked for asked in scribe.asked if asked[0] == 0]
    assert [attempt for _, attempt, _ in first] == [0, 1, 2, 3, 4]
    assert len([asked for asked in scribe.asked if asked[0] == 24]) == 7  # and once with the first word
    assert draft.faults


def test_words_after_one_that_is_drawn_again_are_judged_anew():
    scribe = Scribe(lambda word, attempt: int((word, attempt) in {(1, 0), (2, 1)}))
    draft = scribe.draft()
    assert attempts(draft) == [0, 1, 2]
    assert draft.clear


@pytest.mark.parametrize(("badness", "most"), [(2, 8), (1, FOR_CLARITY)])
def test_hopeless_words_are_given_up(badness, most):
    scribe = Scribe(lambda word, attempt: badness)
    draft = scribe.draft()
    assert [stop for _, _, stop in scribe.asked].count(4) == most
    assert len(scribe.passages) < 4 * most
    assert len(draft.troubles) == 3


@pytest.mark.parametrize("tries", [2, 3])
def test_no_word_is_drawn_more_often_than_is_allowed(tries):
    scribe = Scribe(lambda word, attempt: 1)
    scribe.draft(tries)
    assert [stop for _, _, stop in scribe.asked].count(4) == tries
    assert [stop for _, _, stop in scribe.asked].count(8) <= tries


def test_the_best_line_counts_even_if_a_later_one_is_worse():
    def wrong(word: int, attempt: int) -> int:
        return {(1, 0): 1}.get((word, attempt), 2 * (word == 2 and attempt > 0))

    draft = Scribe(wrong).draft()
    assert attempts(draft) == [0, 0, 0]
    assert (draft.faults, draft.troubles) == ([], [4])


def test_the_best_of_several_unclear_words_is_kept():
    class Doubtful(Scribe):
        def judge(self, target, written, tries):
            draft = super().judge(target, written, tries)
            return Draft(written, (), abs(written.points[0, 0] - 3), tries, draft.troubles)

    draft = Doubtful(lambda word, attempt: int(word == 0)).draft()
    assert attempts(draft) == [3, 3, 3]


@pytest.mark.parametrize("lanes", [1, 2, 3, 8])
def test_the_line_does_not_depend_on_how_many_attempts_are_drawn_at_once(lanes):
    def wrong(word: int, attempt: int) -> int:
        return (7 * attempt + 3 * word) % 5 > 2

    one, several = (Scribe(lambda word, attempt: int(word == 1), lanes=count) for count in (1, lanes))
    assert one.draft().tries == several.draft().tries
    one, several = (Scribe(wrong, lanes=count) for count in (1, lanes))
    assert attempts(one.draft()) == attempts(several.draft())
    assert len(several.passages) <= len(one.passages)


def test_a_line_that_is_there_is_only_mended():
    scribe = Scribe(lambda word, attempt: int(word == 1 and attempt == 0))
    first = scribe.judge(scribe.target, drawn(scribe.target, Passage(None, 0), 0), 1)
    draft = scribe.draft(first=first)
    assert scribe.asked == [(12, 1, 8), (24, 1, None)]
    assert (draft.tries, attempts(draft)) == (2, [0, 1, 1])


def test_a_line_that_is_good_already_is_kept():
    scribe = Scribe(lambda word, attempt: 0)
    first = scribe.judge(scribe.target, drawn(scribe.target, Passage(None, 0), 0), 1)
    assert scribe.draft(first=first) is first
    assert scribe.passages == []


def test_a_single_word_is_drawn_as_a_whole():
    scribe = Scribe(lambda word, attempt: 2 * (attempt < 2), text="one")
    draft = scribe.draft()
    assert scribe.asked == [(0, 0, None), (0, 1, None), (0, 2, None)]
    assert (draft.tries, draft.faults) == (3, [])


def test_without_a_pen_lift_before_a_word_the_line_is_drawn_from_its_beginning():
    scribe = Scribe(lambda word, attempt: int(word == 1 and attempt == 0))
    whole = drawn(scribe.target, Passage(None, 0), 0)
    joined = Trajectory(whole.points, whole.lifts, None, whole.attended, True, None, {})
    draft = scribe.draft(first=scribe.judge(scribe.target, joined, 1))
    assert scribe.asked[0] == (0, 1, 8)
    assert attempts(draft) == [1, 1, 1]


def test_a_word_after_which_the_pen_never_went_on_does_not_count():
    class Stuck(Scribe):
        def draft(self, tries: int = 8, first: Draft | None = None) -> Draft:
            drawing, sent = WordByWord(self.target, self.judge, tries).draft(first), 0
            passage = next(drawing)
            try:
                while True:
                    self.passages.append(passage)
                    written = drawn(self.target, passage, passage.attempt)
                    if passage.stop is not None and passage.attempt < 2:
                        written = Trajectory(
                            written.points, written.lifts, None, written.attended, False, None, {}
                        )
                    sent += 1
                    passage = drawing.send([written])
            except StopIteration as end:
                return end.value

    scribe = Stuck(lambda word, attempt: 0)
    draft = scribe.draft()
    assert scribe.asked == [(0, 0, 4), (0, 1, 4), (0, 2, 4), (12, 2, None)]
    assert attempts(draft) == [2, 2, 2]


def test_a_stand_in_that_looks_odd_does_not_matter():
    alphabet = Alphabet("abc &0", drawn="&")
    target = TargetText.of(alphabet, "a & b")
    assert target.spelling.stand_ins == {2}
    assert target.until(3).text == "a 0"
    assert target.until(3).spelling.text == "a &"
