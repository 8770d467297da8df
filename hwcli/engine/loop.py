"""The loop that draws a batch of sequences point by point, in NumPy; its CUDA twin is hwcli.engine.cuda."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.ending import NEAR, Ending
from hwcli.engine.lstm import Engine, IntArray, Weights
from hwcli.engine.mixture import Steering
from hwcli.engine.pace import STRETCH, Pace
from hwcli.engine.pen import BLOCK, Noise, Pen
from hwcli.engine.trajectory import Start, Trajectory
from hwcli.normalisation import START, Normalisation, normalise

Array = NDArray[np.floating[Any]]
PLAIN = Steering()
SHRINK = 64  # steps after which sequences that have ended leave their batch
FULL = 4  # batches of a multiple of this are multiplied faster than smaller ones


class Resumed(NamedTuple):
    """How one sequence is resumed."""

    start: Start | None
    first: int = 0  # steps whose random numbers are used up
    stop: int | None = None  # the character under the window at which it stops; None: the end


@dataclass(frozen=True)
class Plan:
    """Settings of a generation, the same for all sequences of a batch."""

    points: int  # the most per sequence
    until: int = 0  # the pen lift at which a sequence ends (0: none)
    steering: Steering = PLAIN
    predictions: bool = True  # whether to keep the mixture vectors
    attention: bool = False  # whether to keep the weights of the window
    start: Start | None = None  # None: at the origin, where the first point is by definition
    resumable: bool = False  # whether to keep from where each sequence can be resumed
    resumed: Sequence[Resumed] = ()  # each sequence, where they were begun before
    alone: bool = True  # whether each sequence has the bits of a batch of its own
    limits: Sequence[int] = ()  # the most points of each sequence, where they differ; at most `points`

    def limits_of(self, batch: int) -> IntArray:
        """Return the limit of points of each of `batch` sequences."""
        return np.array(self.limits or [self.points] * batch, np.int64)

    def part(self, which: slice) -> Plan:
        """Return the plan of some of the sequences."""
        return replace(self, limits=self.limits[which], resumed=self.resumed[which])


def generate(
    weights: Weights,
    norm: Normalisation,
    grid: float,
    generators: Sequence[np.random.Generator],
    plan: Plan,
    texts: Sequence[IntArray] | None = None,
    pace: Pace | None = None,
    stop: Event | None = None,
) -> list[Trajectory]:
    """Generate one sequence per generator, as one batch.

    Points are rounded to `grid` steps per unit. A network with a window over text needs `texts`, each as
    character numbers; a sequence ends where its window passes the last one. A single sequence may have a
    `pace`. When `stop` is set, the loop ends soon, with sequences that nobody should use.
    """
    batch, points, m = len(generators), plan.points, weights.shape.mixtures
    engine = Engine(weights, batch, texts, plan.alone)
    window = engine.window
    rows = np.empty((3, batch), weights.output.dtype)
    rows[:] = normalise(np.array([START]), norm).T
    resumed = plan.resumed or [Resumed(plan.start)] * batch
    for k, start in enumerate(one.start for one in resumed):
        if start is not None:
            engine.begin(k, start.state)
            rows[:, k] = start.row
    at_rest = [k for k, one in enumerate(resumed) if one.start is None]
    starts: list[dict[int, Start]] = [{} for _ in range(batch)]
    pen = Pen(m, norm, plan.steering, grid)
    draw = _way_to_draw(pen, batch, plan.alone)
    kept = points if plan.predictions else 1
    raws = np.empty((kept, weights.shape.outputs, batch), weights.output.dtype)
    steps = np.zeros((points, 2, batch), np.int64)
    lifts = np.zeros((points, batch), bool)
    attended = np.zeros((points, batch), np.int64) if window else None
    phis = np.zeros((points, *window.phi.shape), window.phi.dtype) if window and plan.attention else None
    ends = window.ends if window else None
    ending = Ending(plan.limits_of(batch), plan.until, ends, NEAR * norm.std[0] * grid)
    ending.stop_at([one.stop for one in resumed])
    noises = [Noise(generator, m, one.first) for generator, one in zip(generators, resumed, strict=True)]
    lanes = np.arange(batch)  # the sequences that are drawn
    step, lift = steps[0], lifts[0]
    noise, normals = _blocks(noises, lanes)
    for t in range(points):
        k = t % BLOCK
        if t and t % SHRINK == 0 and len(places := _going_on(ending.running[lanes], plan.alone)) < len(lanes):
            lanes, engine = lanes[places], engine.part(places)
            window, draw = engine.window, _way_to_draw(pen, len(lanes), plan.alone)
            rows = np.ascontiguousarray(rows[:, places])
            noise, normals = noise[..., places], normals[..., places]
            step, lift = np.empty((2, len(lanes)), np.int64), np.empty(len(lanes), bool)
        if t and k == 0:
            noise, normals = _blocks(noises, lanes)
        whole = len(lanes) == batch
        raw = engine.step(rows, raws[t if plan.predictions else 0] if whole else None)
        if window is not None and attended is not None:
            attended[t, lanes] = window.attended()
            if phis is not None:
                phis[t, : len(window.phi), lanes] = window.phi.T
            ending.before_point(attended[t])
        if whole:
            step, lift = steps[t], lifts[t]
        draw(raw, noise[k], normals[k], step, lift, rows)
        if t == 0 and at_rest:
            pen.stay(steps[0], rows, at_rest)
        if plan.resumable:
            for place in np.flatnonzero(lift).tolist():
                starts[lanes[place]][t + 1] = Start(engine.state_of(place), rows[:, place].copy())
        if not whole:
            steps[t][:, lanes], lifts[t, lanes] = step, lift
            if plan.predictions:
                raws[t][:, lanes] = raw
        if t % STRETCH == STRETCH - 1:
            if pace is not None:
                pace.turn()
            if stop is not None and stop.is_set():
                break
        if plan.until or window is not None:
            ending.after_point(t, steps[t], lifts[t])
            if ending.all_ended:
                break
    done = trajectories(steps, lifts, raws if plan.predictions else None, attended, phis, ending, grid)
    return [one.with_starts(known) for one, known in zip(done, starts, strict=True)]


def _blocks(noises: Sequence[Noise], lanes: IntArray) -> tuple[Array, Array]:
    """Return the random numbers of the next BLOCK steps of `lanes`."""
    noise, normals = zip(*(noises[lane].block() for lane in lanes.tolist()), strict=True)
    return np.concatenate(noise, -1), np.concatenate(normals, -1)


def _way_to_draw(pen: Pen, batch: int, alone: bool) -> Callable[..., None]:
    return pen.draw_one if batch == 1 else pen.draw_each if alone else pen.draw_many


def _going_on(running: NDArray[np.bool_], alone: bool) -> IntArray:
    """Return the places of the sequences that go on; where they need not be `alone`, a few others, too."""
    count = int(running.sum())
    if not alone:
        count = min(count + -count % FULL, len(running))
    return np.sort(np.argsort(~running, kind="stable")[:count])


def trajectories(
    steps: NDArray[np.int64],
    lifts: NDArray[np.bool_],
    raws: Array | None,
    attended: IntArray | None,
    phis: Array | None,
    ending: Ending,
    grid: float,
) -> list[Trajectory]:
    """Split a batch into its sequences, each cut to its length.

    `steps` on the grid (points, 2, batch) is overwritten; `lifts` and `attended` are (points, batch), and
    `raws` is (points, 6 m + 1, batch), `phis` (points, longest + 1, batch).
    """
    places = steps.cumsum(0, out=steps)
    return [
        Trajectory(
            places[:n, :, i] / grid,
            lifts[:n, i],
            None if raws is None else raws[:n, :, i],
            None if attended is None else attended[:n, i],
            bool(ending.finished[i]),
            None if phis is None else phis[:n, :, i],
        )
        for i, n in enumerate(ending.lengths.tolist())
    ]
