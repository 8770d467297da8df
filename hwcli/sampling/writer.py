"""Writing: the loop that draws a batch of sequences point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.dataset.store import Normalisation
from hwcli.dataset.windows import START, normalise
from hwcli.sampling.engine import Engine, Weights
from hwcli.sampling.mixture import Steering
from hwcli.sampling.pen import BLOCK, Pen, roll

Array = NDArray[np.floating[Any]]
PLAIN = Steering()


@dataclass(frozen=True)
class Begin:
    """Where writing begins: a state of the network, and the row that it reads next."""

    state: Array  # (2, layers, hidden, 1)
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


def write(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
) -> list[Written]:
    """A sequence for each of `generators`, side by side. Points lie on a grid of `grid` places a unit."""
    batch, points, m = len(generators), plan.points, weights.shape.mixtures
    engine = Engine(weights, batch)
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
    for t in range(points):
        k = t % BLOCK
        if k == 0:
            choices, normals = roll(generators, m)
        raw = engine.step(rows, raws[t if plan.predictions else 0])
        draw(raw, choices[k], normals[k], steps[t], lifts[t], rows)
        if t == 0 and plan.begin is None:
            pen.rest(steps[0], rows)
        if plan.until and lifts[t].any():
            lifted += lifts[t]
            if (lifted >= plan.until).all():
                break
    return as_written(steps, lifts, raws if plan.predictions else None, plan, grid)


def as_written(
    steps: NDArray[np.int64],
    lifts: NDArray[np.bool_],
    raws: Array | None,
    plan: Plan,
    grid: float,
) -> list[Written]:
    """The sequences of a batch from their steps on the grid (points, 2, batch) and pen-lifts (points, batch).

    With `raws` (points, 6 m + 1, batch). Each ends where the plan says. `steps` is written over.
    """
    lengths = np.full(lifts.shape[1], plan.points)
    if plan.until:
        enough = lifts.cumsum(0) >= plan.until
        lengths = np.where(enough.any(0), enough.argmax(0) + 1, plan.points)
    places = steps.cumsum(0, out=steps)
    return [
        Written(places[:n, :, i] / grid, lifts[:n, i], None if raws is None else raws[:n, :, i])
        for i, n in enumerate(lengths.tolist())
    ]
