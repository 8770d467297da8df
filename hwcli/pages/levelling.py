"""Rotating ink, and its prediction, until its baseline is level."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.pages.baseline import Baseline
from renderers.ink import Prediction

Points = NDArray[np.float64]
MAX_RHO = 1 - 1e-6  # the largest correlation that stays below 1 in float32


def levelled(points: Points, baseline: Baseline) -> Points:
    """Rotate and move `points` (n, 2) so that `baseline` becomes y = 0 and its reference point the origin."""
    return (points - [baseline.x, baseline.y]) @ _rotation(baseline.slope).T


def levelled_prediction(prediction: Prediction, slope: float, scale: float | Points = 1.0) -> Prediction:
    """Rotate a prediction of offsets as `levelled` does for a baseline of `slope`, then divide by `scale`.

    That is one number, or one for x and one for y, (2,).
    """
    rotation = _rotation(slope) / np.broadcast_to(scale, 2)[:, None]
    (a, b), (c, d) = rotation
    x, y = np.moveaxis(prediction.sigma.astype(np.float64), -1, 0)
    cov = prediction.rho * x * y
    xx = a * a * x * x + 2 * a * b * cov + b * b * y * y
    yy = c * c * x * x + 2 * c * d * cov + d * d * y * y
    xy = a * c * x * x + (a * d + b * c) * cov + b * d * y * y
    sigma = np.sqrt(np.stack([xx, yy], axis=-1))
    rho = np.clip(xy / (sigma[..., 0] * sigma[..., 1]), -MAX_RHO, MAX_RHO)
    kind: Any = prediction.mu.dtype
    return Prediction(
        eos=prediction.eos,
        pi=prediction.pi,
        mu=(prediction.mu @ rotation.T).astype(kind),
        sigma=sigma.astype(kind),
        rho=rho.astype(kind),
    )


def with_first_step(prediction: Prediction, step: Points) -> Prediction:
    """Add `step` (2,) to the means of the first row: its point is now predicted from somewhere else."""
    mu = prediction.mu.copy()
    mu[0] += step
    return Prediction(prediction.eos, prediction.pi, mu, prediction.sigma, prediction.rho)


def _rotation(slope: float) -> NDArray[np.float64]:
    """Return the (2, 2) rotation that makes a line of `slope` level."""
    length = math.hypot(1.0, slope)
    return np.array([[1.0, slope], [-slope, 1.0]]) / length
