"""The mixture-density output in NumPy: parameters, log-density, and drawing from it.

The counterpart of hwcli.network.mixture, where the layout and the bounds are explained; here with the bias
and the temperature that steer sampling. Graves 2013, equations 18-25, 61 and 62.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Steering:
    """How far sampling leans towards the likely.

    `bias` b is Graves's: sigma = exp(sigma^ - b), pi ∝ exp(pi^ (1 + b)). `temperature` t divides the logits
    of pi and eos and multiplies the variances.
    """

    bias: float = 0.0
    temperature: float = 1.0


class Mixture(NamedTuple):
    """Distribution parameters for any leading shape (…), m components; offsets normalised."""

    eos: Array  # (…), probability
    pi: Array  # (…, m)
    mu: Array  # (…, 2, m)
    sigma: Array  # (…, 2, m)
    rho: Array  # (…, m)


def mixture(raw: Array, sigma_min: Array, steering: Steering = Steering()) -> Mixture:
    """The network's output (…, 6 m + 1) as parameters. `sigma_min` (2,) is in normalised units."""
    m = (raw.shape[-1] - 1) // 6
    b, t = steering.bias, steering.temperature
    logits = raw[..., 1 : 1 + m] * ((1 + b) / t)
    pi = np.exp(logits - logits.max(-1, keepdims=True))
    pi /= pi.sum(-1, keepdims=True)
    pairs = (*raw.shape[:-1], 2, m)
    narrow = np.minimum(raw[..., 1 + 3 * m : 1 + 5 * m], LOG_SIGMA_MAX).reshape(pairs)
    sigma = (sigma_min[:, None] + np.exp(narrow - b)) * math.sqrt(t)
    return Mixture(
        eos=sigmoid(raw[..., 0] / t),
        pi=pi,
        mu=raw[..., 1 + m : 1 + 3 * m].reshape(pairs),
        sigma=sigma,
        rho=RHO_MAX * np.tanh(raw[..., 1 + 5 * m :]),
    )


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    half: Array = np.tanh(0.5 * x)
    return 0.5 * half + 0.5


def offset_log_density(mix: Mixture, offsets: Array) -> Array:
    """Log density in nats, (…), of normalised `offsets` (…, 2)."""
    z = (offsets[..., None] - mix.mu) / mix.sigma
    zx, zy = z[..., 0, :], z[..., 1, :]
    one_minus_rho2 = 1 - mix.rho**2
    quadratic = (zx**2 + zy**2 - 2 * mix.rho * zx * zy) / one_minus_rho2
    log_norm = np.log(mix.sigma).sum(-2) + 0.5 * np.log(one_minus_rho2) + math.log(2 * math.pi)
    with np.errstate(divide="ignore"):  # a component of weight 0 adds nothing
        terms = np.log(mix.pi) - log_norm - 0.5 * quadratic
    top = terms.max(-1, keepdims=True)
    result: Array = top[..., 0] + np.log(np.exp(terms - top).sum(-1))
    return result


def eos_log_probability(raw: Array, eos: Array) -> Array:
    """Log probability in nats, (…), of 0/1 `eos` (…), from the raw output's logit."""
    return -np.logaddexp(0, np.where(eos > 0.5, -raw[..., 0], raw[..., 0]))


def draw(raw: Array, sigma_min: Array, steering: Steering, uniform: Array, normal: Array) -> Array:
    """One row (dx, dy, eos) for each of a batch, (batch, 3), offsets normalised.

    `uniform` (batch, 2) chooses the component and the pen-lift; `normal` (batch, 2) goes through the Cholesky
    factor of that component's covariance. Only the chosen component's parameters are computed.
    """
    m = (raw.shape[1] - 1) // 6
    b, t = steering.bias, steering.temperature
    logits = raw[:, 1 : 1 + m] * ((1 + b) / t)
    weights = np.exp(logits - logits.max(1, keepdims=True))
    heights = weights.cumsum(1)
    # scaled by the last height, the uniform draw never passes it: there is always a component
    chosen = (heights <= uniform[:, :1] * heights[:, -1:]).sum(1)
    np.minimum(chosen, m - 1, out=chosen)
    picked = raw[np.arange(len(raw))[:, None], 1 + m + chosen[:, None] + m * np.arange(5)]  # mu, sigma^, rho^
    sigma = (sigma_min + np.exp(np.minimum(picked[:, 2:4], LOG_SIGMA_MAX) - b)) * math.sqrt(t)
    rho = RHO_MAX * np.tanh(picked[:, 4])
    rows = np.empty((len(raw), 3), dtype=raw.dtype)
    rows[:, 0] = picked[:, 0] + sigma[:, 0] * normal[:, 0]
    rows[:, 1] = picked[:, 1] + sigma[:, 1] * (rho * normal[:, 0] + np.sqrt(1 - rho**2) * normal[:, 1])
    rows[:, 2] = uniform[:, 1] < sigmoid(raw[:, 0] / t)
    return rows
