"""How well ink can be read as its text, by the bundled reader, for many lines on all cores.

The score is the log-likelihood of the text per character, in nats. The limits were chosen by looking at lines
of UNIPEN around them: below HOPELESS most have another text than their label says, or lack a part of it;
below NEAT they are hard to read, or have letters drawn twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hwcli.console import Reporter
from hwcli.dataset.packing import Line
from hwcli.engine.threads import cores
from hwcli.errors import HwError
from hwcli.reader.load import load_reader
from hwcli.reader.reader import Reader
from hwcli.workers import Workers
from renderers.ink import Ink

NEAT, HOPELESS = -0.5, -1.0
FEW = 100  # lines that one process reads before another has started
TOGETHER = 8  # lines that a worker gets at once


class Said(NamedTuple):
    """Ink, as the offsets (n, 3) of a line, and the text that it should say."""

    offsets: NDArray[Any]
    text: str

    @classmethod
    def of(cls, line: Line) -> Said:
        """Return what a line that is kept, with a text, should say."""
        assert line.offsets is not None
        return cls(line.offsets, line.text or "")


class Scores(Protocol):
    """Scores lines in order; `report` receives how many are done."""

    def __call__(self, lines: Sequence[Said], report: Reporter | None = None) -> list[float]:
        """Return the score of each of `lines`."""


@contextmanager
def scoring(jobs: int = 0) -> Iterator[Scores]:
    """Give a function that scores lines in `jobs` processes (0: one per core), by the bundled reader."""
    pool: Workers | None = None

    def scores(lines: Sequence[Said], report: Reporter | None = None) -> list[float]:
        nonlocal pool
        if pool is None and min(jobs or cores(), len(lines) // FEW) > 1:
            pool = held.enter_context(Workers(jobs or cores()))
        found = pool.map(_score_here, lines, chunksize=TOGETHER) if pool else map(_score_here, lines)
        return [_counted(score, done, len(lines), report) for done, score in enumerate(found, 1)]

    with ExitStack() as held:
        yield scores


def score(reader: Reader, line: Said) -> float:
    """Return the log-likelihood of a line's text per character; -inf if it cannot be read at all."""
    try:
        return reader.log_likelihoods(Ink.from_offsets(line.offsets), [line.text])[0] / len(line.text)
    except HwError:
        return -np.inf


def _counted(score: float, done: int, count: int, report: Reporter | None) -> float:
    if report is not None:
        report(done, count)
    return score


_reader: Reader | None = None  # of this process


def _score_here(line: Said) -> float:
    global _reader
    if _reader is None:
        _reader = load_reader()
    return score(_reader, line)
