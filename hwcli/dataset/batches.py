"""Batches for training: whole lines streamed side by side through windows of fixed length.

The lines of an epoch are shuffled and laid end to end in `lanes` streams. A window is the next `length` steps
of every stream, and the network's state is carried from one window to the next, so every point is a target
exactly once an epoch, with everything written before it in its line behind it. (That is windows in proportion
to a line's length, without the chance.) No padding is computed but for the ends of the streams.

In a stream a line of T points takes T + 1 steps:

    step     reset   start       row 1    …   row T-1
    input    zeros   (0, 0, 1)   row 1    …   row T-1
    target   –       row 1       row 2    …   row T

At the reset step the network forgets all (see hwcli.network.network); the start step is the one that sampling
begins with. The offset of row 1 is (0, 0) by definition and no target; its eos is one.

For a network that writes given text, a window also says which characters each stream is about, span by span:
they change where one line ends and the next begins.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.normalisation import START, Normalisation, normalise

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """The characters under a window: those of every lane, from one step on to the next span's first."""

    codes: IntArray  # (spans, longest, lanes)
    begins: tuple[int, ...]  # the first is 0


@dataclass(frozen=True)
class Window:
    """Time-major arrays; offsets normalised."""

    inputs: FloatArray  # (length, lanes, 3)
    reset: FloatArray  # (length, lanes), 1 where the state is forgotten
    targets: FloatArray  # (length, lanes, 3)
    offset_weight: FloatArray  # (length, lanes), 1 where the offset is a target
    eos_weight: FloatArray  # (length, lanes), 1 where eos is a target: where there is a point
    text: Spans | None = None  # what is written, for a network that writes given text


class _Piece(NamedTuple):
    """The part of a line that stands in a window: steps `low` … `high - 1`, its rows from `row` on."""

    line: int
    low: int
    high: int
    row: int


class Epoch:
    """The windows of one epoch, in order: `epoch[k]` is the k-th, the same for the same arguments.

    With a `part`, the windows hold those lanes alone: what one of several processes learns from. With
    `texts`, those of all lines, they hold what is written too.
    """

    def __init__(
        self,
        dataset: Dataset,
        lines: Sequence[int],
        lanes: int,
        length: int,
        seed: int,
        epoch: int,
        part: slice = slice(None),
        texts: LineTexts | None = None,
    ) -> None:
        self.dataset = dataset
        self.texts = texts
        self.length = length
        self.part = part
        order = np.random.default_rng([seed, epoch]).permutation(np.asarray(lines, dtype=np.int64))
        self.lanes: list[list[int]] = [[] for _ in range(min(lanes, len(order)))]
        self.begins: list[list[int]] = [[] for _ in self.lanes]  # stream step of each line's reset
        heap = [(0, lane) for lane in range(len(self.lanes))]
        for line in order:  # each line goes to the stream that is shortest so far
            steps, lane = heap[0]
            self.lanes[lane].append(int(line))
            self.begins[lane].append(steps)
            heapq.heapreplace(heap, (steps + int(dataset.lengths[line]) + 1, lane))
        self.steps = max(steps for steps, _ in heap) if heap else 0
        self._start = normalise(np.array(START), dataset.normalisation)

    def __len__(self) -> int:
        return -(-self.steps // self.length)

    def __getitem__(self, k: int) -> Window:
        if not 0 <= k < len(self):
            raise IndexError(k)
        lanes = range(len(self.lanes))[self.part]
        shape = (self.length, len(lanes))
        window = Window(
            inputs=np.zeros((*shape, 3), np.float32),
            reset=np.ones(shape, np.float32),  # past the end of a stream nothing is remembered
            targets=np.zeros((*shape, 3), np.float32),
            offset_weight=np.zeros(shape, np.float32),
            eos_weight=np.zeros(shape, np.float32),
            text=None if self.texts is None else self._spans(self.texts, k, lanes),
        )
        for column, lane in enumerate(lanes):
            for piece in self._pieces(lane, k):
                self._fill(window, column, piece)
        return window

    def _spans(self, texts: LineTexts, k: int, lanes: Sequence[int]) -> Spans:
        pieces = [list(self._pieces(lane, k)) for lane in lanes]
        longest = texts.room(piece.line for lane in pieces for piece in lane)
        # a lane's text changes at the reset step, the one before the line's first
        changes = sorted(
            (max(piece.low - 1, 0) if n else 0, column, piece.line)
            for column, lane in enumerate(pieces)
            for n, piece in enumerate(lane)
        )
        codes, begins = [np.full((longest, len(lanes)), texts.nothing, np.int64)], [0]
        for step, column, line in changes:
            if step != begins[-1]:
                begins.append(step)
                codes.append(codes[-1].copy())
            codes[-1][:, column] = texts.side_by_side([line], longest)[:, 0]
        return Spans(np.stack(codes), tuple(begins))

    def points(self, k: int) -> int:
        """The number of points in the k-th window, over all lanes, whatever this process's part is."""
        return sum(p.high - p.low for lane in range(len(self.lanes)) for p in self._pieces(lane, k))

    def lines_in(self, k: int, lane: int) -> list[int]:
        """The lines that have a point in a lane of the k-th window."""
        return [piece.line for piece in self._pieces(lane, k)]

    def _pieces(self, lane: int, k: int) -> Iterator[_Piece]:
        """What a lane's stream holds of lines in the k-th window."""
        first = k * self.length
        lines, begins = self.lanes[lane], self.begins[lane]
        for index in range(bisect_right(begins, first) - 1, len(lines)):
            at = begins[index] - first
            if at >= self.length:
                return
            # the line's steps after its reset are at+1 … at+points; of them, those inside the window
            points = int(self.dataset.lengths[lines[index]])
            low, high = max(at + 1, 0), min(at + 1 + points, self.length)
            if low < high:
                yield _Piece(lines[index], low, high, low - at - 1)

    def _fill(self, window: Window, lane: int, piece: _Piece) -> None:
        low, high, a = piece.low, piece.high, piece.row
        b = a + high - low  # rows a … b-1 are the targets, counted from 0
        begin = int(self.dataset.starts[piece.line])
        rows = normalise(self.dataset.offsets[begin + max(a - 1, 0) : begin + b], self.dataset.normalisation)
        window.reset[low:high, lane] = 0
        window.targets[low:high, lane] = rows[-(b - a) :]
        window.inputs[low + (a == 0) : high, lane] = rows[: b - a - (a == 0)]
        window.eos_weight[low:high, lane] = 1
        window.offset_weight[low:high, lane] = 1
        if a == 0:
            window.inputs[low, lane] = self._start
            window.offset_weight[low, lane] = 0


def padded_batches(
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    points: int = 40_000,
    batch_size: int | None = None,
    texts: LineTexts | None = None,
) -> Iterator[Window]:
    """Whole lines for evaluation, lines of like length together.

    A batch has `batch_size` lines, or, for None, as many as make some `points` steps. The windows are as in
    an epoch, without the reset steps, padded at the end, and normalised by `norm`.
    """
    order = sorted(lines, key=lambda i: (int(dataset.lengths[i]), i))
    while order:
        longest = int(dataset.lengths[order[-1]])
        chosen = order[-(batch_size or max(1, points // longest)) :]
        del order[-len(chosen) :]
        yield _padded(dataset, chosen, longest, norm, texts)


def _padded(
    dataset: Dataset, lines: Sequence[int], longest: int, norm: Normalisation, texts: LineTexts | None
) -> Window:
    shape = (longest, len(lines))
    spans = None
    if texts is not None:
        spans = Spans(texts.side_by_side(lines, texts.room(lines))[None], (0,))
    window = Window(
        inputs=np.zeros((*shape, 3), np.float32),
        reset=np.zeros(shape, np.float32),
        targets=np.zeros((*shape, 3), np.float32),
        offset_weight=np.zeros(shape, np.float32),
        eos_weight=np.zeros(shape, np.float32),
        text=spans,
    )
    window.inputs[0] = normalise(np.array(START), norm)
    for lane, line in enumerate(lines):
        rows = normalise(dataset.line(line), norm)
        window.inputs[1 : len(rows), lane] = rows[:-1]
        window.targets[: len(rows), lane] = rows
        window.eos_weight[: len(rows), lane] = 1
        window.offset_weight[1 : len(rows), lane] = 1
    return window
