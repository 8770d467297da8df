"""Batches for training: lines streamed end to end, in parallel lanes, cut into batches of fixed length.

The lines of an epoch are shuffled and laid end to end in `lanes` streams. A batch is the next `length` steps
of every stream, and the network's state is carried from one batch to the next (truncated backpropagation
through time). So every point is a target exactly once per epoch, with all earlier points of its line as
context, and only the ends of the streams are padded.

In a stream, a line of T points takes T + 1 steps:

    step     reset   start       row 1    …   row T-1
    input    zeros   (0, 0, 1)   row 1    …   row T-1
    target   –       row 1       row 2    …   row T

At the reset step the network's state is cleared (see hwcli.network.network); the start step is the one that
sampling begins with. The offset of row 1 is (0, 0) by definition, so it is not a target; its eos is.

For a network that writes given text, a batch also holds the text of each lane, in spans: the texts change
where one line ends and the next begins.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.epochs.augmentation import random_map
from hwcli.dataset.epochs.told_sources import NONE, ToldSources
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.model.shape import PEN
from hwcli.normalisation import START, Normalisation, normalise

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """The texts of all lanes over the steps of a batch; span n lasts until span n + 1 begins."""

    codes: IntArray  # (spans, characters, lanes), padded
    begins: tuple[int, ...]  # first step of each span; the first is 0


@dataclass(frozen=True)
class ArrayBatch:
    """Input of a training step, as time-major arrays; offsets are normalised."""

    inputs: FloatArray  # (length, lanes, 3 + number of sources that the network is told)
    reset: FloatArray  # (length, lanes), 1 where the state is cleared
    targets: FloatArray  # (length, lanes, 3)
    offset_weight: FloatArray  # (length, lanes), 1 where the offset is a target
    eos_weight: FloatArray  # (length, lanes), 1 where eos is a target: at every point
    text: Spans | None = None  # for a network that writes given text


class _Piece(NamedTuple):
    """The part of a line in a batch: steps `low` … `high - 1` hold its rows from `row` on."""

    line: int
    low: int
    high: int
    row: int


class Epoch:
    """The batches of one epoch: `epoch[k]` is the k-th, `length` steps of `lanes` parallel streams.

    `seed` and `epoch` determine the order of `lines`. `part` selects the lanes that the batches hold, for one
    of several processes; `texts` are those of all lines, for a network that writes given text. `augment` is
    the strength of the changes to each line (hwcli.dataset.epochs.augmentation). `told` are the sources of
    the lines, for a network that is told them.
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
        augment: float = 0.0,
        told: ToldSources | None = None,
    ) -> None:
        self.dataset = dataset
        self.augment, self.seed = augment, (seed, epoch)
        self.texts = texts
        self.told = told and told.in_epoch(seed, epoch)
        self.length = length
        self.part = part
        order = np.random.default_rng([seed, epoch]).permutation(np.asarray(lines, dtype=np.int64))
        self.lanes: list[list[int]] = [[] for _ in range(min(lanes, len(order)))]
        self.begins: list[list[int]] = [[] for _ in self.lanes]  # the step in its stream of each line's reset
        heap = [(0, lane) for lane in range(len(self.lanes))]
        for line in order:  # into the stream that is shortest so far
            steps, lane = heap[0]
            self.lanes[lane].append(int(line))
            self.begins[lane].append(steps)
            heapq.heapreplace(heap, (steps + int(dataset.lengths[line]) + 1, lane))
        self.steps = max(steps for steps, _ in heap) if heap else 0
        self._start = normalise(np.array(START), dataset.normalisation)

    def __len__(self) -> int:
        return -(-self.steps // self.length)

    def __getitem__(self, k: int) -> ArrayBatch:
        if not 0 <= k < len(self):
            raise IndexError(k)
        lanes = range(len(self.lanes))[self.part]
        shape = (self.length, len(lanes))
        batch = ArrayBatch(
            inputs=_empty_rows(shape, self.told),
            reset=np.ones(shape, np.float32),  # past the end of a stream, the state stays cleared
            targets=np.zeros((*shape, 3), np.float32),
            offset_weight=np.zeros(shape, np.float32),
            eos_weight=np.zeros(shape, np.float32),
            text=None if self.texts is None else self._spans(self.texts, k, lanes),
        )
        for column, lane in enumerate(lanes):
            for piece in self._pieces(lane, k):
                self._fill(batch, column, piece)
        return batch

    def _spans(self, texts: LineTexts, k: int, lanes: Sequence[int]) -> Spans:
        pieces = [list(self._pieces(lane, k)) for lane in lanes]
        longest = texts.padded_length(piece.line for lane in pieces for piece in lane)
        # a lane's text changes at the reset step, just before the line
        changes = sorted(
            (max(piece.low - 1, 0) if n else 0, column, piece.line)
            for column, lane in enumerate(pieces)
            for n, piece in enumerate(lane)
        )
        codes, begins = [np.full((longest, len(lanes)), texts.blank, np.int64)], [0]
        for step, column, line in changes:
            if step != begins[-1]:
                begins.append(step)
                codes.append(codes[-1].copy())
            codes[-1][:, column] = texts.columns([line], longest)[:, 0]
        return Spans(np.stack(codes), tuple(begins))

    def points(self, k: int) -> int:
        """Return the number of points in the k-th batch over all lanes, whatever `part` is."""
        return sum(p.high - p.low for lane in range(len(self.lanes)) for p in self._pieces(lane, k))

    def lines_in(self, k: int, lane: int) -> list[int]:
        """Return the lines with a point in a lane of the k-th batch."""
        return [piece.line for piece in self._pieces(lane, k)]

    def _pieces(self, lane: int, k: int) -> Iterator[_Piece]:
        """Yield the parts of lines in a lane of the k-th batch."""
        first = k * self.length
        lines, begins = self.lanes[lane], self.begins[lane]
        for index in range(bisect_right(begins, first) - 1, len(lines)):
            at = begins[index] - first
            if at >= self.length:
                return
            # the line takes steps at+1 … at+points after its reset; keep those inside the batch
            points = int(self.dataset.lengths[lines[index]])
            low, high = max(at + 1, 0), min(at + 1 + points, self.length)
            if low < high:
                yield _Piece(lines[index], low, high, low - at - 1)

    def _changed(self, line: int, rows: NDArray[Any]) -> NDArray[Any]:
        if not self.augment:
            return rows
        rows = rows.astype(np.float32)
        rows[:, :2] @= random_map(self.augment, *self.seed, line).T.astype(np.float32)
        return rows

    def _fill(self, batch: ArrayBatch, lane: int, piece: _Piece) -> None:
        """Write a part of a line into column `lane` of `batch`."""
        low, high, a = piece.low, piece.high, piece.row
        b = a + high - low  # rows a … b-1, counted from 0, are the targets
        begin = int(self.dataset.starts[piece.line])
        rows = self._changed(piece.line, self.dataset.offsets[begin + max(a - 1, 0) : begin + b])
        rows = normalise(rows, self.dataset.normalisation)
        batch.reset[low:high, lane] = 0
        batch.targets[low:high, lane] = rows[-(b - a) :]
        batch.inputs[low + (a == 0) : high, lane, :PEN] = rows[: b - a - (a == 0)]
        batch.eos_weight[low:high, lane] = 1
        batch.offset_weight[low:high, lane] = 1
        if a == 0:
            batch.inputs[low, lane, :PEN] = self._start
            batch.offset_weight[low, lane] = 0
        _tell(self.told, piece.line, batch.inputs[low:high, lane])


def _empty_rows(shape: tuple[int, int], told: ToldSources | None) -> FloatArray:
    return np.zeros((*shape, PEN + (len(told.names) if told else 0)), np.float32)


def _tell(told: ToldSources | None, line: int, rows: FloatArray) -> None:
    """Write the source of `line` into its rows, (steps, columns)."""
    if told is not None and told.of_line[line] != NONE:
        rows[:, PEN + told.of_line[line]] = 1


def groups_by_length(
    dataset: Dataset, lines: Sequence[int], points: int, most: int | None = None
) -> list[list[int]]:
    """Return `lines` in groups to be scored together: the longest first, and so in each group.

    A group has at most `most` lines. Padded to its longest line, it has at most `points` steps, unless that
    line alone has more.
    """
    order = sorted(lines, key=lambda i: (-int(dataset.lengths[i]), i))
    groups = []
    while order:
        size = max(1, points // int(dataset.lengths[order[0]]))
        groups.append(order[: min(size, most or size)])
        del order[: len(groups[-1])]
    return groups


def whole_lines(
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    texts: LineTexts | None = None,
    told: ToldSources | None = None,
) -> ArrayBatch:
    """Return a batch of whole lines, one per lane: as in an epoch, but without resets, padded at the end."""
    shape = (int(dataset.lengths[list(lines)].max()), len(lines))
    spans = None
    if texts is not None:
        spans = Spans(texts.columns(lines, texts.padded_length(lines))[None], (0,))
    batch = ArrayBatch(
        inputs=_empty_rows(shape, told),
        reset=np.zeros(shape, np.float32),
        targets=np.zeros((*shape, 3), np.float32),
        offset_weight=np.zeros(shape, np.float32),
        eos_weight=np.zeros(shape, np.float32),
        text=spans,
    )
    batch.inputs[0, :, :PEN] = normalise(np.array(START), norm)
    for lane, line in enumerate(lines):
        rows = normalise(dataset.line(line), norm)
        batch.inputs[1 : len(rows), lane, :PEN] = rows[:-1]
        _tell(told, line, batch.inputs[:, lane])
        batch.targets[: len(rows), lane] = rows
        batch.eos_weight[: len(rows), lane] = 1
        batch.offset_weight[1 : len(rows), lane] = 1
    return batch
