"""Writing: the loop that draws a batch of sequences point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.store import Normalisation
from hwcli.dataset.windows import START, normalise
from hwcli.sampling.engine import Engine, IntArray, State, Weights
from hwcli.sampling.mixture import Steering
from hwcli.sampling.pen import BLOCK, Pen, roll

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
    lifted = np.zeros(batch, np.int64)
    attended = np.zeros((points, batch), np.int64) if window else None
    passed = np.zeros(batch, bool)
    for t in range(points):
        k = t % BLOCK
        if k == 0:
            choices, normals = roll(generators, m)
        raw = engine.step(rows, raws[t if plan.predictions else 0])
        if window is not None and attended is not None:
            attended[t] = window.attended()
            passed |= attended[t] == window.ends
            if passed.all():
                break
        draw(raw, choices[k], normals[k], steps[t], lifts[t], rows)
        if t == 0 and plan.begin is None:
            pen.rest(steps[0], rows)
        if plan.until and lifts[t].any():
            lifted += lifts[t]
            if (lifted >= plan.until).all():
                break
    looked = None if attended is None or window is None else (attended, window.ends)
    return as_written(steps, lifts, raws if plan.predictions else None, plan, grid, looked)


def as_written(
    steps: NDArray[np.int64],
    lifts: NDArray[np.bool_],
    raws: Array | None,
    plan: Plan,
    grid: float,
    looked: tuple[IntArray, IntArray] | None = None,
) -> list[Written]:
    """The sequences of a batch from their steps on the grid (points, 2, batch) and pen-lifts (points, batch).

    With `raws` (points, 6 m + 1, batch), and in `looked` the characters attended (points, batch) and the
    places behind the last (batch,). Each ends where the plan or its text says. `steps` is written over.
    """
    lengths = np.full(lifts.shape[1], plan.points)
    finished = np.ones(len(lengths), bool)
    if plan.until:
        enough = lifts.cumsum(0) >= plan.until
        lengths = np.where(enough.any(0), enough.argmax(0) + 1, plan.points)
    if looked is not None:
        behind = looked[0] == looked[1]
        finished = behind.any(0)
        # not the point at which the window has passed the end, but there is always one
        lengths = np.minimum(lengths, np.where(finished, np.maximum(behind.argmax(0), 1), plan.points))
    places = steps.cumsum(0, out=steps)
    return [
        Written(
            places[:n, :, i] / grid,
            lifts[:n, i],
            None if raws is None else raws[:n, :, i],
            None if looked is None else looked[0][:n, i],
            bool(finished[i]),
        )
        for i, n in enumerate(lengths.tolist())
    ]
