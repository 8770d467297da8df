"""Drawing a line word by word: what cannot be read is drawn again, and what stands before it is kept.

The first word is judged as soon as the window has passed it. As long as it cannot be read, nothing but it is
drawn again. Then the rest of the line is drawn, and all of it judged. Where a word is in trouble then, the
line is taken back to the beginning of this word, and continues from there in the same way.

A line can be taken back to any place where the pen was lifted, since the state of the network there is kept.
So what is drawn anew is, like all of a sample, drawn point by point from what the network predicts after all
that stands before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.drafting.draft import FOR_CLARITY, Draft
from hwcli.sampling.target_text import POINTS, TargetText

MARGIN = 100  # points that a word may have beside those of its characters


class Passage(NamedTuple):
    """What is to be drawn of a line: what follows `kept`, up to a character or the end."""

    kept: Trajectory | None  # None: the line is drawn from its beginning
    attempt: int  # chooses the random numbers, with those of the line
    first: int = 0  # how many points have used them up
    stop: int | None = None  # the character under the window at which it stops
    limit: int | None = None  # of points; None: that of the line
    most: int = 1  # attempts, from this one on, that may be drawn at once: the first good one is taken


T = TypeVar("T")
Drawing = Generator[Passage, Sequence[Trajectory], T]  # yields what to draw


class Opening(NamedTuple):
    """A line up to a word that was just drawn."""

    draft: Draft  # of the word
    rest: Passage | None = None  # what follows it
    whole: Draft | None = None  # of the line, if nothing does

    @property
    def badness(self) -> tuple[bool, bool, float]:
        """A key that is lowest for the one whose word can be read best."""
        return bool(self.draft.faults), not self.draft.clear, self.draft.doubt


class WordByWord:
    """Draws a line of the `target` text.

    `judge` returns the draft of a line that is to have a text, with the number of tries so far. Each word is
    drawn up to `tries` times, and the rest of the line as often.
    """

    def __init__(
        self,
        target: TargetText,
        judge: Callable[[TargetText, Trajectory, int], Draft],
        tries: int,
    ) -> None:
        self._target, self._judge, self._tries = target, judge, tries
        self._words = [match.span() for match in re.finditer(r"\S+", target.text)]
        self._drawn = [0] + [1] * (len(self._words) - 1)  # how often each word was drawn for its own sake
        self._tried = 0  # words that were drawn

    def draft(self, first: Draft | None = None) -> Drawing[Draft]:
        """Yield passages, to be sent the line with each drawn, once or more often; return the best line.

        If the `first` draft is there already, only what is in trouble is drawn.
        """
        if first is not None:
            self._tried, self._drawn[0] = 1, 1
            best = draft = first
        else:
            best = draft = yield from self._line(None, 0)
        for _ in range(self._tries - 1):
            word = self._in_trouble(draft)
            if word is None:
                break
            draft = yield from self._line(self._before(draft.written, word), word)
            best = replace(min(best, draft, key=lambda one: one.badness), tries=draft.tries)
        return best

    def _line(self, kept: Trajectory | None, word: int) -> Drawing[Draft]:
        """Draw `word` and all that follows, after what is `kept`."""
        opening = yield from self._word(kept, word)
        if opening is not None and opening.whole is not None:
            return replace(opening.whole, tries=self._tried)
        if opening is None or opening.rest is None:  # the pen never came to the next word
            (written,) = yield Passage(kept, self._tried)
            self._tried += 1
        else:
            (written,) = yield opening.rest
        return self._judge(self._target, written, self._tried)

    def _word(self, kept: Trajectory | None, word: int) -> Drawing[Opening | None]:
        """Draw `word`, after what is `kept`, until it can be read; return the best, if there is any."""
        best: Opening | None = None
        while (left := self._most(best is None or bool(best.draft.faults)) - self._drawn[word]) > 0:
            passage = Passage(kept, self._tried, most=left if self._drawn[word] else 1)
            if word + 1 < len(self._words):
                begin, stop = self._words[word][0], self._words[word + 1][0]
                limit = POINTS * (stop - begin) + MARGIN
                passage = passage._replace(stop=self._target.start + stop, limit=limit)
            for written in (yield passage):
                opening = self._opening(kept, word, written)
                self._drawn[word] += 1
                self._tried += 1
                if opening is not None and (best is None or opening.badness < best.badness):
                    best = opening
                if best is not None and best.draft.clear:
                    return best
                if self._drawn[word] >= self._most(best is None or bool(best.draft.faults)):
                    break  # further attempts may have been drawn for a word at fault
        return best

    def _opening(self, kept: Trajectory | None, word: int, written: Trajectory) -> Opening | None:
        """Return a line up to `word`, as far as it was `written`; None if the pen has not come further."""
        begin, end = self._words[word]

        def of_word(draft: Draft) -> Draft:
            return draft if kept is None else draft.since(begin, int(self._target.spelling.places[begin]))

        if word + 1 == len(self._words):
            whole = self._judge(self._target, written, self._tried + 1)
            return Opening(of_word(whole), whole=whole)
        before = 0 if kept is None else len(kept.points)
        points = written.resumable(len(written.points))
        if not written.finished or points <= before:
            return None
        opening = written.until(points)
        draft = self._judge(self._target.until(end), opening, self._tried + 1)
        return Opening(of_word(draft), Passage(opening, self._tried, points - before))

    def _in_trouble(self, draft: Draft) -> int | None:
        """Return the first word in trouble that may be drawn again; None if there is none."""
        places = self._target.spelling.places
        faulty = {_word_at(fault.place, [int(places[k]) for k in self._begins]) for fault in draft.faults}
        for place in draft.troubles:
            word = _word_at(place, self._begins)
            if self._drawn[word] < self._most(word in faulty):
                return word
        return None

    def _before(self, written: Trajectory, word: int) -> Trajectory | None:
        """Return what is `written` before `word`."""
        assert written.attended is not None
        reached = written.attended >= self._target.start + self._words[word][0]
        points = written.resumable(int(reached.argmax()) if reached.any() else len(reached))
        return written.until(points) if word and points else None

    @property
    def _begins(self) -> list[int]:
        return [begin for begin, _ in self._words]

    def _most(self, faulty: bool) -> int:
        return self._tries if faulty else min(FOR_CLARITY, self._tries)


def _word_at(place: int, begins: Sequence[int]) -> int:
    """Return which of the words that begin at `begins` is at `place`; the first if none is."""
    return max(bisect_right(begins, place) - 1, 0)
