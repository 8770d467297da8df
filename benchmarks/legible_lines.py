"""Lines that a model writes and the bundled reader finds clear, for the model to learn from.

    python benchmarks/legible_lines.py OUT.ndjson --model NAME|PATH --minutes 16 --seed 1 [--words FILE]

A network that learned from people's rough lines also writes rough lines. It writes more legibly after it has
learned from those of its own lines that can be read (rejection sampling; Gulcehre et al. 2023, "ReST", arXiv
2308.08998, do this with text). The lines are drawn at a low bias, so they vary nearly as much as people's.

Few whole lines are clear at a low bias, so a line is drawn word by word. When the window reaches the next
word, the last two words are read. If the reader finds a fault in them, or takes something else for nearly as
likely, or sees another number of words, the network returns to its state before the last word and draws that
word again. After RETRIES it keeps only the words before. LANES lines are drawn side by side, on one core.

Texts are random words, and texts of the kinds that lines are composed of (hwcli.refining.grammar). The words
are short frequent ones, those of the grammar, and those in FILE (one per line), if any.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Annotated

import numpy as np
import typer

from hwcli.engine.ending import EXTRA_STROKES, NEAR, REST
from hwcli.engine.lstm import Array, Engine, IntArray, State
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK, Pen, draw_noise
from hwcli.engine.threads import one_blas_thread
from hwcli.errors import HwError
from hwcli.ink_io import ndjson
from hwcli.normalisation import START, normalise
from hwcli.reader.reader import Reader
from hwcli.refining.grammar import Grammar
from hwcli.refining.vocabulary import WORDS
from hwcli.sampling.drafting.read_back import read_back
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model
from renderers.ink import Ink

LANES = 32
RETRIES = 5
SHORTEST, LONGEST = 10, 60  # characters of a line
MOST_POINTS = 900  # of a word
LOOK_BACK = 120  # points among which the end of a word is looked for
SHOWN = 30.0  # seconds
FREQUENT = """
    a about after all an and any are as at back be because been before but by can could day did do down even
    every first for from get give go good great had has have he head her here him his how I if in into is it
    its just know last left life like little long look made make man many may me men more most much must my
    never new no not now of off old on one only or other our out over own people place put right said same say
    see she should small so some still such take than that the the the their them then there these they thing
    think this those though three through time to too two under up upon us very was water way we well went
    were what when where which while who why will with without work world would year yes yet you your
"""  # the more often a word is here, the more often it is drawn


class Texts:
    """Draws texts: a share `prose` of words in no order, the others from the grammar."""

    def __init__(self, random: Random, words: list[str], prose: float) -> None:
        self._random, self._words, self._prose = random, words, prose
        self._frequent, self._grammar = FREQUENT.split(), Grammar(random)

    def next(self) -> str:
        """Return a text of at most LONGEST characters."""
        while True:
            text = self._of_words() if self._random.random() < self._prose else self._grammar.line()
            if text and len(text) <= LONGEST:
                return text

    def _of_words(self) -> str:
        random, words = self._random, [self._word()]
        length = random.randint(12, 46)
        while len(longer := " ".join([*words, word := self._word()])) <= length:
            if word != words[-1]:
                words.append(word)
            if len(longer) < length - 4 and random.random() < 0.04:
                words[-1] += ","
        text, kind = " ".join(words).rstrip(","), random.random()
        if kind < 0.4:
            text = text[0].upper() + text[1:]
        return text + random.choice("....?!") if kind < 0.3 else text

    def _word(self) -> str:
        kind = self._random.random()
        return self._random.choice(self._frequent if kind < 0.5 else WORDS if kind < 0.8 else self._words)


@dataclass(frozen=True)
class Mark:
    """The state that a lane returns to."""

    state: State
    row: Array  # (3,)
    points: int


@dataclass
class Lane:
    """A line that is being drawn."""

    text: str
    codes: IntArray
    mark: Mark
    steps: list[tuple[int, int]] = field(default_factory=list)
    lifts: list[bool] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)  # of the words that are done, in points
    came: int | None = None  # points when the window came to the next word
    tries: int = 0
    passed: bool = False  # whether the window has passed the text
    strokes: int = 0
    stroke_points: int = 0

    @cached_property
    def starts(self) -> list[int]:
        """The places of the words after the first."""
        return [place + 1 for place, character in enumerate(self.text) if character == " "]

    @property
    def next_start(self) -> int | None:
        """The place of the word after the one that is being drawn."""
        return self.starts[len(self.ends)] if len(self.ends) < len(self.starts) else None

    def ink(self, first: int, end: int, grid: float) -> Ink:
        """Return points `first` to `end` (not included) as an ink."""
        points = np.cumsum(np.array(self.steps[:end], np.float64), 0)[first:] / grid
        return Ink.from_points(points, np.array(self.lifts[first:end], bool))

    def is_over(self, step: tuple[int, int], near: float) -> bool:
        """Return whether the text ended before `step`, as `hwcli.engine.ending` has it; note the step."""
        if not self.passed or not self.steps:
            return False
        begins = self.lifts[-1]
        self.strokes += begins
        self.stroke_points = 1 if begins else self.stroke_points + 1
        return (begins and (step[0] > near or self.strokes > EXTRA_STROKES)) or self.stroke_points > REST

    def word_ends(self) -> list[int]:
        """Return where the word may end, in points: at this lift, or at the one before the window left it."""
        assert self.came is not None
        count = len(self.steps)
        lifts = [k + 1 for k in range(max(count - LOOK_BACK, 0), count) if self.lifts[k]]
        return [count] * self.lifts[-1] + [lift for lift in lifts if lift < self.came][-1:]

    def go_back(self) -> None:
        """Forget what was drawn after the mark."""
        del self.steps[self.mark.points :], self.lifts[self.mark.points :]
        self.came, self.passed, self.strokes, self.stroke_points = None, False, 0, 0


class Writer:
    """Draws lines word by word, LANES side by side."""

    def __init__(self, model: Model, reader: Reader, texts: Texts, bias: float, seed: int) -> None:
        assert model.file.alphabet is not None
        self._alphabet, self._weights, self._reader = model.file.alphabet, model.weights, reader
        self._norm, self._grid = model.file.normalisation, 10.0**model.decimals
        self._mixtures, self._near = model.weights.shape.mixtures, NEAR * self._norm.std[0] * self._grid
        self._texts = texts
        self._pen = Pen(self._mixtures, self._norm, Steering(bias), self._grid)
        self._rngs = [np.random.default_rng([seed, lane]) for lane in range(LANES)]
        state = Engine(self._weights, 1, [self._alphabet.encode("a")]).state
        self._start = Mark(state, normalise(np.array([START]), self._norm)[0], 0)
        self._lanes = [self._new_lane() for _ in range(LANES)]
        self.done: list[tuple[Ink, str]] = []

    def run(self, minutes: float, out: Path, name: str) -> None:
        """Write lines to `out` for some minutes; their ids begin with `name`."""
        end, shown, count, t = time.monotonic() + 60 * minutes, time.monotonic(), 0, 0
        engine = self._engine()
        rows = np.repeat(self._start.row[:, None], LANES, 1).astype(self._weights.output.dtype)
        with one_blas_thread(), out.open("wb") as file:
            while time.monotonic() < end:
                if t % BLOCK == 0:
                    noise, normals = draw_noise(self._rngs, self._mixtures)
                engine = self._advanced(engine, rows, noise[t % BLOCK], normals[t % BLOCK])
                t += 1
                for ink, text in self.done:
                    count += 1
                    even = Ink([stroke.round() for stroke in ink.strokes])  # whole units, as people's
                    file.write(ndjson.dump(replace(even, text=text, id=f"{name}-{count}")))
                self.done.clear()
                if time.monotonic() > shown + SHOWN:
                    shown = time.monotonic()
                    typer.echo(f"{count} lines, {(end - shown) / 60:.1f} min left", err=True)

    def _engine(self) -> Engine:
        return Engine(self._weights, LANES, [lane.codes for lane in self._lanes])

    def _new_lane(self) -> Lane:
        text = self._texts.next()
        return Lane(text, self._alphabet.encode(text), self._start)

    def _advanced(self, engine: Engine, rows: Array, noise: Array, normals: Array) -> Engine:
        """Draw a point of each line; return the engine of the next step, a new one if a line was replaced."""
        step, lift = np.empty((2, LANES), np.int64), np.empty(LANES, bool)
        self._pen.draw_many(engine.step(rows), noise, normals, step, lift, rows)
        assert engine.window is not None
        attended = engine.window.attended().tolist()
        back, new = [], []
        for k, lane in enumerate(self._lanes):
            if not lane.steps:
                self._pen.stay(step[:, k : k + 1], rows[:, k : k + 1], [0])
            lane.passed |= attended[k] >= len(lane.codes)
            here = int(step[0, k]), int(step[1, k])
            if lane.is_over(here, self._near):
                whole = lane.ink(0, len(lane.steps), self._grid)
                if self._is_clear(whole, lane.text):
                    self.done.append((whole, lane.text))
                    new.append(k)
                else:
                    back.append(k)
                continue
            lane.steps.append(here)
            lane.lifts.append(bool(lift[k]))
            if len(lane.steps) > lane.mark.points + MOST_POINTS:
                back.append(k)
            elif self._word_is_done(lane, attended[k]):
                if (end := self._clear_end(lane)) is None:
                    back.append(k)
                else:
                    lane.ends.append(end)
                    lane.came, lane.tries = None, 0
                    state = engine.state.part(np.array([k]))
                    lane.mark = Mark(state, rows[:, k].copy(), len(lane.steps))
        return self._went_back(engine, rows, back, new) if back or new else engine

    def _word_is_done(self, lane: Lane, attended: int) -> bool:
        """Return whether the window is at the next word, and the stroke in which it came there has ended."""
        if lane.next_start is None or lane.passed:
            return False
        if lane.came is None and attended >= lane.next_start:
            lane.came = len(lane.steps)
        return lane.came is not None and (lane.lifts[-1] or len(lane.steps) > lane.came + REST)

    def _clear_end(self, lane: Lane) -> int | None:
        """Return where the last two words end so that they are clear; None if they are not."""
        assert lane.next_start is not None
        before = max(len(lane.ends) - 1, 0)
        first, place = (lane.ends[before - 1], lane.starts[before - 1]) if before else (0, 0)
        text = lane.text[place : lane.next_start - 1]
        for end in lane.word_ends():
            if end > first and self._is_clear(lane.ink(first, end, self._grid), text):
                return end
        return None

    def _is_clear(self, ink: Ink, text: str) -> bool:
        try:
            if not read_back(self._reader, ink, text).clear:
                return False
            return len(self._reader.text_of(ink).split()) == len(text.split())
        except HwError:  # not a line of handwriting
            return False

    def _went_back(self, engine: Engine, rows: Array, back: list[int], new: list[int]) -> Engine:
        state = engine.state
        for k in back:
            lane = self._lanes[k]
            lane.tries += 1
            if lane.tries > RETRIES:
                self._keep_words(lane)
                new.append(k)
            else:
                lane.go_back()
        for k in new:
            self._lanes[k] = self._new_lane()
        for k in {*back, *new}:
            mark = self._lanes[k].mark
            state.layers[..., k] = mark.state.layers[..., 0]
            for part, kept in ((state.kappa, mark.state.kappa), (state.w, mark.state.w)):
                assert part is not None
                assert kept is not None
                part[..., k] = kept[..., 0]
            rows[:, k] = mark.row
        if new:
            engine = self._engine()
        engine.state = state
        return engine

    def _keep_words(self, lane: Lane) -> None:
        """Keep the words before the one that failed, if there are enough."""
        if len(lane.ends) > 1:
            text = lane.text[: lane.starts[len(lane.ends) - 1] - 1]
            ink = lane.ink(0, lane.ends[-1], self._grid)
            if len(text) >= SHORTEST and self._is_clear(ink, text):
                self.done.append((ink, text))


def main(
    out: Annotated[Path, typer.Argument(help="hw ink to write.")],
    model: Annotated[str, typer.Option(help="Bundled model, model file or run folder.")] = "default",
    minutes: Annotated[float, typer.Option(help="Time to write for.")] = 16.0,
    seed: Annotated[int, typer.Option(help="Seed of the texts and the lines.")] = 1,
    bias: Annotated[float, typer.Option(help="Bias.")] = 0.0,
    prose: Annotated[float, typer.Option(help="Share of texts of words.")] = 0.7,
    words: Annotated[Path | None, typer.Option(help="More words, one per line.")] = None,
) -> None:
    """Write lines that can be read, for some minutes."""
    known = words.read_text(encoding="utf-8").split() if words else list(WORDS)
    plain = [word for word in known if word.isascii() and word.isalpha() and word.islower()]
    usual = [word for word in plain if 3 <= len(word) <= 11]
    writer = load_model(model, "synthesis")
    assert writer.reader is not None
    texts = Texts(Random(seed), usual, prose)
    Writer(writer, writer.reader, texts, bias, seed).run(minutes, out, f"own-{seed}")


if __name__ == "__main__":
    typer.run(main)
