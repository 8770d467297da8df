"""Lines that are drawn word by word, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from threading import Event, Lock

import numpy as np

from hwcli.engine.loop import Plan, Resumed
from hwcli.engine.lstm import IntArray
from hwcli.engine.threads import cores, run_in_threads
from hwcli.engine.trajectory import Trajectory
from hwcli.sampling.drafting.draft import Draft
from hwcli.sampling.drafting.word_by_word import Drawing, Passage
from hwcli.sampling.drafting.writer import Writer
from hwcli.sampling.jobs import Job

LANES = 4  # lines that are drawn side by side on a core; the longest is waited for
MOST_LANES = 16  # passages that are drawn side by side where their bits may depend on the others


class Line:
    """A line that is being drawn word by word: its next passage, and its draft when it is done.

    `entropy` and the number of the try choose its random numbers.
    """

    def __init__(self, job: Job, entropy: Sequence[int], drawing: Drawing[Draft]) -> None:
        assert job.target is not None
        self.codes: IntArray = job.target.codes
        self.draft: Draft | None = None
        self._most, self._entropy, self._drawing = job.points, entropy, drawing
        self._go_on(next)

    def lanes(self, most: int) -> int:
        """Return how often the next passage is to be drawn at once, if up to `most` times are possible."""
        return min(self._passage.most, most)

    def generators(self, lanes: int) -> list[np.random.Generator]:
        """Return the random numbers of each of the next attempts."""
        attempts = range(self._passage.attempt, self._passage.attempt + lanes)
        return [np.random.default_rng([*self._entropy, *([k] if k else [])]) for k in attempts]

    def resumed(self, plan: Plan) -> tuple[Resumed, int]:
        """Return how the next passage is resumed, and the most points that it may have."""
        kept, _, first, stop, limit, _ = self._passage
        left = self._most - (len(kept.points) if kept else 0)
        start = kept.starts[len(kept.points)] if kept else plan.start
        return Resumed(start, first, stop), max(left if limit is None else min(left, limit), 1)

    def take(self, attempts: Sequence[Trajectory], grid: float) -> None:
        """Continue with the next passage as it was written in `attempts`."""
        kept = self._passage.kept
        whole = [kept.followed_by(written, grid) if kept else written for written in attempts]
        self._go_on(lambda drawing: drawing.send(whole))

    def _go_on(self, advance: Callable[[Drawing[Draft]], Passage]) -> None:
        try:
            self._passage = advance(self._drawing)
        except StopIteration as end:
            self.draft = end.value


class Waiting:
    """Lines that several threads take when they have room."""

    def __init__(self, lines: Iterator[Line], room: int) -> None:
        self._lines, self._room, self._taken = lines, room, list[Line]()
        self._lock = Lock()

    def filled(self, lines: Sequence[Line]) -> list[Line]:
        """Return those of `lines` that are not done, and waiting ones, for as many as there is `room`."""
        going_on = [line for line in lines if line.draft is None]
        with self._lock:
            taken = list(islice(self._lines, self._room - len(going_on)))
            self._taken += taken
        return going_on + taken

    def drafts(self) -> list[Draft]:
        """Return the drafts of all lines."""
        return [line.draft for line in self._taken if line.draft is not None]


def draw_lines(lines: Iterable[Line], count: int, plan: Plan, writer: Writer) -> list[Draft]:
    """Return the drafts of `count` lines, each with the bits that it has by itself."""
    waiting = Waiting(iter(lines), min(-(-count // cores()), LANES))

    def draw(stop: Event | None) -> None:
        some: list[Line] = []
        while some := waiting.filled(some):
            asked = Passages.of(some, 1, plan)
            if stop is None:
                drawn = writer.drawn(asked.generators, asked.plan, asked.texts)
            else:
                drawn = writer.drawn_here(asked.generators, asked.plan, asked.texts, stop)
                if stop.is_set():
                    return
            for line, attempts in zip(some, asked.by_line(drawn), strict=True):
                line.take(attempts, writer.grid)

    if count == 1 or cores() == 1:
        draw(None)
    else:
        run_in_threads(lambda _, stop: draw(stop), range(cores()), cores())
    return waiting.drafts()


def mend_lines(lines: Sequence[Line], plan: Plan, writer: Writer) -> list[Draft]:
    """Return the drafts of `lines`, all drawn side by side: the bits of each depend on the others."""
    while some := [line for line in lines if line.draft is None]:
        asked = Passages.of(some, max(MOST_LANES // len(some), 1), replace(plan, alone=False))
        drawn = asked.by_line(writer.drawn(asked.generators, asked.plan, asked.texts, MOST_LANES // 2))
        pairs = list(zip(some, drawn, strict=True))
        run_in_threads(lambda pair, _: pair[0].take(pair[1], writer.grid), pairs, min(cores(), len(pairs)))
    return [line.draft for line in lines if line.draft is not None]


@dataclass(frozen=True)
class Passages:
    """The next passages of some lines, as a batch."""

    generators: Sequence[np.random.Generator]
    plan: Plan
    texts: Sequence[IntArray]
    lanes: Sequence[int]  # of each line

    @classmethod
    def of(cls, lines: Sequence[Line], most: int, plan: Plan) -> Passages:
        """Return the passages, each up to `most` times, as far as its line can use that."""
        lanes = [line.lanes(most) for line in lines]
        each = [line for line, count in zip(lines, lanes, strict=True) for _ in range(count)]
        resumed, limits = zip(*(line.resumed(plan) for line in each), strict=True)
        return cls(
            [one for line, count in zip(lines, lanes, strict=True) for one in line.generators(count)],
            replace(plan, points=max(limits), limits=limits, resumed=resumed, resumable=True),
            [line.codes for line in each],
            lanes,
        )

    def by_line(self, drawn: Sequence[Trajectory]) -> list[list[Trajectory]]:
        """Return what was drawn of each line."""
        found = iter(drawn)
        return [list(islice(found, count)) for count in self.lanes]
