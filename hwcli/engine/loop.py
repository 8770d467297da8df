"""Writing: the loop that draws a batch of sequences point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.ending import NEAR, Ending
from hwcli.engine.lstm import Engine, IntArray, State, Weights
from hwcli.engine.mixture import Steering
from hwcli.engine.pen import BLOCK, Pen, roll
from hwcli.normalisation import START, Normalisation, normalise

Array = NDArray[np.floating[Any]]
PLAIN = Steering()


@dataclass(frozen=True)
class Begin:
    """Where writing begins: a state of the network, and the row that it reads next."""

    state: State  # of one sequence
    row: NDArray[np.float32]  # (3,) normalised


@dataclass(frozen=True)
class Plan:
    """What is to be written, the same for all sequences of a batch."""

    points: int  # at the most
    until: int = 0  # pen-lifts after which a sequence ends (0: only `points` ends it)
    steering: Steering = PLAIN
    predictions: bool = True  # whether to keep the mixture vectors
    begin: Begin | None = None  # None: at the origin, where the first point lies by definition


@dataclass(frozen=True)
class Written:
    """One sequence."""

    points: NDArray[np.float64]  # (n, 2) in the model's units, from the origin
    lifts: NDArray[np.bool_]  # (n,) whether the pen lifts after the point
    raws: Array | None  # (n, 6 m + 1) mixture vectors
    attended: IntArray | None = None  # (n,) the character that the window stood on, counted from 0
    finished: bool = True  # with a text: whether the window passed its end, rather than the points ran out

    def within(self, points: int) -> Written:
        """The same with so many points at the most, unfinished where it has more."""
        if len(self.points) <= points:
            return self
        return Written(
            self.points[:points],
            self.lifts[:points],
            None if self.raws is None else self.raws[:points],
            None if self.attended is None else self.attended[:points],
            finished=False,
        )


def write(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    texts: Sequence[IntArray] | None = None,
) -> list[Written]:
    """A sequence for each of `generators`, side by side. Points lie on a grid of `grid` places a unit.

    `texts` are what they are to write, for a network with a window; a sequence then ends where its window
    passes the last character.
    """
    batch, points, m = len(generators), plan.points, weights.shape.mixtures
    engine = Engine(weights, batch, texts)
    window = engine.window
    rows = np.empty((3, batch), weights.output.dtype)
    if plan.begin is None:
        rows[:] = normalise(np.array([START]), norm).T
    else:
        engine.state = plan.begin.state
        rows[:] = plan.begin.row[:, None]
    pen = Pen(m, norm, plan.steering, grid)
    draw = pen.one if batch == 1 else pen.many
    kept = points if plan.predictions else 1
    raws = np.empty((kept, weights.shape.outputs, batch), weights.output.dtype)
    steps = np.zeros((points, 2, batch), np.int64)
    lifts = np.zeros((points, batch), bool)
    attended = np.zeros((points, batch), np.int64) if window else None
    ending = Ending(batch, points, plan.until, window.ends if window else None, NEAR * norm.std[0] * grid)
    for t in range(points):
        k = t % BLOCK
        if k == 0:
            choices, normals = roll(generators, m)
        raw = engine.step(rows, raws[t if plan.predictions else 0])
        if window is not None and attended is not None:
            attended[t] = window.attended()
            ending.look(attended[t])
        draw(raw, choices[k], normals[k], steps[t], lifts[t], rows)
        if t == 0 and plan.begin is None:
            pen.rest(steps[0], rows)
        if plan.until or window is not None:
            ending.draw(t, steps[t], lifts[t])
            if ending.all_over:
                break
    return as_written(steps, lifts, raws if plan.predictions else None, attended, ending, grid)


def as_written(
    steps: NDArray[np.int64],
    lifts: NDArray[np.bool_],
    raws: Array | None,
    attended: IntArray | None,
    ending: Ending,
    grid: float,
) -> list[Written]:
    """The sequences of a batch from their steps on the grid (points, 2, batch) and pen-lifts (points, batch).

    With `raws` (points, 6 m + 1, batch) and the characters `attended` (points, batch). `steps` is written
    over.
    """
    places = steps.cumsum(0, out=steps)
    return [
        Written(
            places[:n, :, i] / grid,
            lifts[:n, i],
            None if raws is None else raws[:n, :, i],
            None if attended is None else attended[:n, i],
            bool(ending.finished[i]),
        )
        for i, n in enumerate(ending.lengths.tolist())
    ]
