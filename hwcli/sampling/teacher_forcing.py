"""Teacher forcing: the network reads given ink, and predicts each point from those before.

Lines of a page continue from the same prime. It is read once, with its own text, up to where the window comes
near that text's end, and from there with the text of each line. What the window lets through of text that is
far ahead hardly changes the next prediction (docs/decisions.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.lstm import Engine, IntArray, State, Weights
from hwcli.engine.mixture import eos_log_probability, mixture, offset_log_density
from hwcli.engine.pace import STRETCH, Pace
from hwcli.engine.threads import one_blas_thread
from hwcli.model.file import ModelFile
from hwcli.model.shape import PEN
from hwcli.normalisation import START, normalise
from hwcli.sampling.target_text import TargetText
from renderers.ink import Ink

NEAR_END = 4  # characters before the end of a prime's text from which what follows it matters
KEPT = 4  # primes of which the beginning is remembered


class Reading(NamedTuple):
    """Results of the network reading given ink of n points."""

    rows: NDArray[np.float32]  # (n + 1, 3) normalised, the start row first
    raws: NDArray[np.float32]  # (n, 6 m + 1) mixture vectors that predict each row but the first
    attended: IntArray  # (n,) the character that the window stood on; 0 without a window
    state: State  # after every row but the last

    def log_loss(self, file: ModelFile) -> float:
        """Return the log-loss in nats by protocol `graves`: eq 26, offsets of points 2 to n and all eos."""
        return float(self.log_losses(file).sum())

    def log_losses(self, file: ModelFile) -> NDArray[np.float64]:
        """Return the log-loss of every point, (n,), which add up to `log_loss`."""
        mix = mixture(self.raws, np.array(file.normalisation.sigma_min, np.float32))
        offsets = offset_log_density(mix, self.rows[1:, :2]).astype(np.float64)
        offsets[0] = 0  # the first point lies at the origin by definition
        losses: NDArray[np.float64] = -offsets - eos_log_probability(self.raws, self.rows[1:, 2])
        return losses


class _Part(NamedTuple):
    """Consecutive points of an ink as read, k of them."""

    raws: NDArray[np.float32]  # (k, 6 m + 1)
    attended: IntArray  # (k,)
    state: State  # after them


class TeacherForcing:
    """Reads ink in the model's units with a network's `weights`, at the `pace` of a single sequence."""

    def __init__(self, file: ModelFile, weights: Weights, pace: Pace) -> None:
        self._norm, self._weights, self._pace = file.normalisation, weights, pace
        self._beginning = lru_cache(KEPT)(self._begin)

    def read(self, ink: Ink, target: TargetText | None) -> Reading:
        """Read `ink`, with its text for a synthesis network."""
        rows = self._rows(ink)
        return Reading(rows, *self._steps(rows[:-1], None if target is None else target.codes))

    def read_prime(self, ink: Ink, target: TargetText | None) -> Reading:
        """Read `ink`, of which the text is `target.before`; the text after it is still to be written."""
        rows = self._rows(ink)
        before = b"" if target is None else target.codes[: target.start].tobytes()
        first = self._beginning(rows[:-1].tobytes(), before)
        rest = self._steps(rows[len(first.raws) : -1], None if target is None else target.codes, first.state)
        raws = np.concatenate([first.raws, rest.raws])
        return Reading(rows, raws, np.concatenate([first.attended, rest.attended]), rest.state)

    def _rows(self, ink: Ink) -> NDArray[np.float32]:
        return normalise(np.concatenate([[START], ink.offsets]), self._norm)

    def _begin(self, rows: bytes, codes: bytes) -> _Part:
        """Read the points of a prime for which it does not matter what follows its text."""
        text = np.frombuffer(codes, np.int64)
        points = np.frombuffer(rows, np.float32).reshape(-1, PEN)
        return self._steps(points, text, near=len(text) - NEAR_END) if codes else self._steps(points, None)

    def _steps(
        self,
        rows: NDArray[np.float32],
        text: IntArray | None,
        state: State | None = None,
        near: int | None = None,
    ) -> _Part:
        """Read `rows` from `state` on, up to the one with which the window comes to character `near`."""
        engine = Engine(self._weights, 1, None if text is None else [text])
        if state is not None:
            engine.state = state
        raws = np.empty((len(rows), self._weights.shape.outputs), np.float32)
        attended = np.zeros(len(rows), np.int64)
        with one_blas_thread():
            self._pace.begin()
            for t, row in enumerate(rows):
                before = engine.state if near is not None else None
                engine.step(row[:, None], raws[t][:, None])
                if engine.window is not None:
                    attended[t] = engine.window.attended()[0]
                if before is not None and near is not None and attended[t] >= near:
                    return _Part(raws[:t], attended[:t], before)
                if t % STRETCH == STRETCH - 1:
                    self._pace.turn()
        return _Part(raws, attended, engine.state)
