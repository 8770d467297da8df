"""Predictions in a few bytes per component: rounded to about 1 %, without the lightest components."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from renderers.formats.viewer.arrays import Pack
from renderers.ink import Prediction

# The lightest components of a point that together weigh at most this much are left out.
DROPPED = 0.02
STEPS = 8  # of a mean in its standard deviation: as coarse as the deviation allows
LARGEST_STEP = 32767
SMALLEST = 1e-300  # of weights and deviations whose logarithm is taken


def packed(prediction: Prediction) -> dict[str, Any]:
    """Return `prediction` as JSON for mixture.mjs.

    - `kept` (n,): the number of components of each point, in falling order of their weights,
    - `eos` (n,): probabilities, in steps of 1 / 65535,
    - of each component: `pi` and both `sigma` as logarithms between `limits`, both `mu` in `steps` of
      the deviation, and `rho` as 127 · arcsin(ρ) · 2/π.
    """
    # (points, components), the heaviest first
    order = np.argsort(-prediction.pi, axis=1, kind="stable")
    pi = np.take_along_axis(np.asarray(prediction.pi, dtype=np.float64), order, axis=1)
    total = pi.sum(axis=1, keepdims=True)
    heavier = np.cumsum(pi, axis=1) - pi  # than each
    kept = (heavier < (1 - DROPPED) * total) & (pi > 0)
    kept[0] = False  # the first point has no previous point
    mu, sigma = (
        np.take_along_axis(np.asarray(both, dtype=np.float64), order[:, :, None], axis=1)[kept]
        for both in (prediction.mu, prediction.sigma)
    )
    rho = np.take_along_axis(np.asarray(prediction.rho, dtype=np.float64), order, axis=1)[kept]
    logs = {"pi": np.log(np.maximum(pi[kept], SMALLEST)), "sigma": np.log(np.maximum(sigma, SMALLEST))}
    limits = {name: _limits(values) for name, values in logs.items()}
    coded = {name: _coded(values, limits[name]) for name, values in logs.items()}
    low, high = limits["sigma"]
    decoded = np.exp(low + coded["sigma"] / 255 * (high - low))  # as the page has them
    with np.errstate(over="ignore"):
        means = np.rint(np.clip(STEPS * mu / decoded, -LARGEST_STEP, LARGEST_STEP))
    pack = Pack()
    numbers = {
        "kept": pack.add(kept.sum(axis=1), "u2"),
        "eos": pack.add(np.rint(65535 * np.asarray(prediction.eos, dtype=np.float64)), "u2"),
        "pi": pack.add(coded["pi"], "u1"),
        "muX": pack.add(means[:, 0], "i2"),
        "muY": pack.add(means[:, 1], "i2"),
        "sigmaX": pack.add(coded["sigma"][:, 0], "u1"),
        "sigmaY": pack.add(coded["sigma"][:, 1], "u1"),
        "rho": pack.add(np.rint(np.arcsin(rho) * (254 / np.pi)), "i1"),
    }
    return {"numbers": numbers, "steps": STEPS, "limits": limits, "pack": pack.encoded()}


def _limits(logs: NDArray[np.float64]) -> list[float]:
    return [float(logs.min()), float(logs.max())] if logs.size else [0.0, 0.0]


def _coded(logs: NDArray[np.float64], limits: list[float]) -> NDArray[np.float64]:
    """Map logarithms between `limits` to 0 … 255."""
    low, high = limits
    coded: NDArray[np.float64] = np.rint(255 * (logs - low) / ((high - low) or 1.0))
    return coded
