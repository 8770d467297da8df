"""Completing ink: marks, signs and everything else that a network left to be drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwcli.lettering.line_ink import IntArray, LineInk, points_in_order
from hwcli.lettering.pen_stroke import Pen
from hwcli.lettering.spelling import Spelling
from hwcli.lettering.steps import STEPS
from renderers.ink import Ink, Prediction

Points = NDArray[np.float64]
SURE = 0.1  # standard deviation of what is drawn about itself, in spacings of the points
DIGITS = 6  # significant digits of the points' spacing that coordinates are rounded to
UNLIKELY_END = 1e-3  # probability that a drawn stroke ends elsewhere


def finished(
    ink: Ink,
    spelling: Spelling,
    owner: IntArray,
    entropy: Sequence[int],
    before: Points | None = None,
    start: int = 0,
) -> Ink:
    """Return `ink`, whose network wrote `spelling.written`, as ink of `spelling.text`.

    `owner`, (points,), says which character of what was written each point belongs to; -1: none. Its text and
    trace are those of `spelling.text` already. Characters without a point are left as they are. Marks follow
    their word. `entropy` seeds how shapes vary. `before`, (2,), is the pen before the first point; None if
    there is none. The ink's own text has `spelling.text` from position `start` on.
    """
    if spelling.is_plain or not len(ink):
        return ink
    line = LineInk(ink, spelling.written, owner)
    pen = Pen(line.slant, line.spacing, np.random.default_rng(list(entropy)))
    first = 0
    for one in spelling.recipes:
        stop = first + len(one.written)
        for step in one.steps:
            if len(line.of(first, stop)) > 1:
                STEPS[step.kind](line, first, stop, step.name, pen)
        first = stop
    points, ends, old, places = points_in_order(line)
    changed = (old < 0) | (points != ink.points[old]).any(1)
    points[changed] = np.round(points[changed], _decimals(line.spacing))
    prediction = ink.prediction and _prediction(ink, points, ends, old, before, SURE * line.spacing)
    trace = ink.trace
    if trace is not None:
        drawn = spelling.in_text(places) + start
        trace = replace(
            trace,
            characters=np.where(old < 0, drawn, trace.characters[old]),
            attention=trace.attention and trace.attention.rows(old),
        )
    return replace(
        ink, strokes=Ink.from_points(points, ends).strokes, prediction=prediction or None, trace=trace
    )


def _decimals(spacing: float) -> int:
    """Return decimals as fine as those of samples, so that ink is short to write down."""
    return int(np.clip(DIGITS - 1 - math.floor(math.log10(spacing)), 0, 12))


def _prediction(
    ink: Ink, points: Points, ends: NDArray[np.bool_], old: IntArray, before: Points | None, sure: float
) -> Prediction:
    """Return the prediction of the finished points.

    Where a point or the one before it was moved, so was the mean of its prediction. What is drawn is certain.
    """
    known = ink.prediction
    assert known is not None
    start = np.zeros(2) if before is None else before
    steps = np.diff(points, axis=0, prepend=start[None])
    given = np.diff(ink.points, axis=0, prepend=start[None])[old]
    new = old < 0
    kind = known.mu.dtype
    mu = known.mu[old] + (steps - given)[:, None].astype(kind)
    mu[new] = steps[new, None]
    sigma, rho, pi, eos = (part[old] for part in (known.sigma, known.rho, known.pi, known.eos))
    sigma[new], rho[new], pi[new] = sure, 0.0, 0.0
    pi[new, 0] = 1.0
    eos[new] = np.where(ends[new], 1 - UNLIKELY_END, UNLIKELY_END)
    return Prediction(eos=eos, pi=pi, mu=mu, sigma=sigma, rho=rho)
