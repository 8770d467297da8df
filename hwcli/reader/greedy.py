"""The text of the most probable path through each line, without alternatives; many lines on all cores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwcli.alphabet import Alphabet
from hwcli.console import Reporter
from hwcli.engine.threads import cores, one_blas_thread
from hwcli.model.reader_file import ReaderFile
from hwcli.reader.ctc import best_path
from hwcli.reader.engine import Array, ReaderWeights, classify
from hwcli.workers import Workers

FEW = 100  # lines that one process reads before another has started
TOGETHER = 8  # lines that a worker gets at once

T = TypeVar("T")
Rows = NDArray[np.float32]


def text_of(alphabet: Alphabet, logs: Array) -> str:
    """Return the text of the most probable path through log-probabilities (frames, classes)."""
    return "".join(alphabet.characters[k - 1] for k in best_path(logs.astype(np.float64)).tolist())


def read_all(reader: ReaderFile, lines: Sequence[Rows], report: Reporter | None = None) -> list[str]:
    """Return the text of each of `lines`, features (steps, CHANNELS); `report` receives the lines done.

    Lines are shared among processes: the steps of a network are too short for threads, which would wait for
    each other's interpreter lock.
    """
    jobs = min(cores(), -(-len(lines) // FEW))
    if jobs <= 1:
        read = _Reading(reader)
        return [read(rows) for rows in _reported(lines, len(lines), report)]
    with Workers(jobs, _begin, reader) as pool:
        texts = pool.map(_read_here, lines, chunksize=TOGETHER)
        return list(_reported(texts, len(lines), report))


def _reported(items: Iterable[T], count: int, report: Reporter | None) -> Iterator[T]:
    for done, item in enumerate(items, 1):
        yield item
        if report is not None:
            report(done, count)


class _Reading:
    """Reads one line after the other."""

    def __init__(self, reader: ReaderFile) -> None:
        self.alphabet = reader.alphabet
        self.weights = ReaderWeights.of(reader.shape, reader.tensors)

    def __call__(self, rows: Rows) -> str:
        with one_blas_thread():
            return text_of(self.alphabet, classify(self.weights, rows))


_here: _Reading | None = None  # in a worker


def _begin(reader: ReaderFile) -> None:
    global _here
    _here = _Reading(reader)


def _read_here(rows: Rows) -> str:
    assert _here is not None
    return _here(rows)
