"""Turning ink until its baseline is level, and its prediction with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.pages.baseline import Baseline
from renderers.ink import Prediction

Points = NDArray[np.float64]
LARGEST_RHO = 1 - 1e-6  # what float32 still tells from 1


def levelled(points: Points, baseline: Baseline) -> Points:
    """`points` (n, 2), turned and moved so that `baseline` is the level line y = 0 and its x is 0."""
    moved: Points = (points - [baseline.x, baseline.y]) @ _turn(baseline.slope).T
    return moved


def levelled_prediction(prediction: Prediction, slope: float, times: float = 1.0) -> Prediction:
    """`prediction`, of offsets, for ink turned until a baseline of `slope` was level, and divided."""
    turn = _turn(slope) / times
    (a, b), (c, d) = turn
    x, y = np.moveaxis(prediction.sigma.astype(np.float64), -1, 0)
    cov = prediction.rho * x * y
    xx = a * a * x * x + 2 * a * b * cov + b * b * y * y
    yy = c * c * x * x + 2 * c * d * cov + d * d * y * y
    xy = a * c * x * x + (a * d + b * c) * cov + b * d * y * y
    sigma = np.sqrt(np.stack([xx, yy], axis=-1))
    rho = np.clip(xy / (sigma[..., 0] * sigma[..., 1]), -LARGEST_RHO, LARGEST_RHO)
    kind: Any = prediction.mu.dtype
    return Prediction(
        eos=prediction.eos,
        pi=prediction.pi,
        mu=(prediction.mu @ turn.T).astype(kind),
        sigma=sigma.astype(kind),
        rho=rho.astype(kind),
    )


def first_seen_from(prediction: Prediction, step: Points) -> Prediction:
    """`prediction` with its first row's means moved by `step` (2,): the point before it stands elsewhere."""
    mu = prediction.mu.copy()
    mu[0] += step
    return Prediction(prediction.eos, prediction.pi, mu, prediction.sigma, prediction.rho)


def _turn(slope: float) -> NDArray[np.float64]:
    """(2, 2) that makes a line of `slope` level."""
    length = math.hypot(1.0, slope)
    return np.array([[1.0, slope], [-slope, 1.0]]) / length
