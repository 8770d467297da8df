"""The mixture-density output in NumPy: parameters and log-densities.

Graves 2013, equations 18-25, 61 and 62. The counterpart of hwcli.network.mixture, which explains the layout
and the bounds. Here bias and temperature steer sampling, and `Mixture` holds probabilities, which an ink's
prediction stores, where torch's holds log pi and a logit.
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
    """How strongly sampling favours likely outcomes.

    `bias` b follows Graves 2013, equations 61 and 62: sigma = exp(sigma^ - b), pi ∝ exp(pi^ (1 + b)).
    `temperature` t divides the logits of pi and eos and multiplies the variances.
    """

    bias: float = 0.0
    temperature: float = 1.0


class Mixture(NamedTuple):
    """The distribution's parameters, for any leading shape (…) and m components, in normalised units."""

    eos: Array  # (…), the probability of end-of-stroke
    pi: Array  # (…, m)
    mu: Array  # (…, 2, m)
    sigma: Array  # (…, 2, m)
    rho: Array  # (…, m)


def mixture(raw: Array, sigma_min: Array, steering: Steering = Steering()) -> Mixture:
    """Split the output `raw` (…, 6 m + 1) into parameters; `sigma_min` (2,) is in normalised units.

    >>> mix = mixture(np.zeros(7), sigma_min=np.zeros(2))  # one component
    >>> float(mix.eos), mix.mu.tolist(), mix.sigma.tolist()
    (0.5, [[0.0], [0.0]], [[1.0], [1.0]])
    >>> round(float(offset_log_density(mix, np.zeros(2))), 4)  # -log(2 pi)
    -1.8379
    """
    m = (raw.shape[-1] - 1) // 6
    b, t = steering.bias, steering.temperature
    logits = raw[..., 1 : 1 + m] * ((1 + b) / t)
    pi = np.exp(logits - logits.max(-1, keepdims=True))
    pi /= pi.sum(-1, keepdims=True)
    pairs = (*raw.shape[:-1], 2, m)
    narrow = np.minimum(raw[..., 1 + 3 * m : 1 + 5 * m], LOG_SIGMA_MAX).reshape(pairs)
    sigma = (sigma_min[:, None] + np.exp(narrow - b)) * math.sqrt(t)
    return Mixture(
        eos=_sigmoid(raw[..., 0] / t),
        pi=pi,
        mu=raw[..., 1 + m : 1 + 3 * m].reshape(pairs),
        sigma=sigma,
        rho=RHO_MAX * np.tanh(raw[..., 1 + 5 * m :]),
    )


def offset_log_density(mix: Mixture, offsets: Array) -> Array:
    """Return log p(offset), (…), in nats, of normalised `offsets` (…, 2): equations 23-25, by log-sum-exp."""
    z = (offsets[..., None] - mix.mu) / mix.sigma
    zx, zy = z[..., 0, :], z[..., 1, :]
    one_minus_rho2 = 1 - mix.rho**2
    quadratic = (zx**2 + zy**2 - 2 * mix.rho * zx * zy) / one_minus_rho2
    log_norm = np.log(mix.sigma).sum(-2) + 0.5 * np.log(one_minus_rho2) + math.log(2 * math.pi)
    with np.errstate(divide="ignore"):  # a component of weight 0 contributes nothing
        terms = np.log(mix.pi) - log_norm - 0.5 * quadratic
    top = terms.max(-1, keepdims=True)
    result: Array = top[..., 0] + np.log(np.exp(terms - top).sum(-1))
    return result


def eos_log_probability(raw: Array, eos: Array) -> Array:
    """Return log P(eos), (…), in nats, of 0/1 `eos` (…); from the logit in the output `raw` (…, 6 m + 1)."""
    return -np.logaddexp(0, np.where(eos > 0.5, -raw[..., 0], raw[..., 0]))


def mean_offset(mix: Mixture) -> Array:
    """Return the mean of the mixture, (…, 2), in normalised units."""
    result: Array = (mix.pi[..., None, :] * mix.mu).sum(-1)
    return result


def _sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), without overflow."""
    half: Array = np.tanh(0.5 * x)
    return 0.5 * half + 0.5
