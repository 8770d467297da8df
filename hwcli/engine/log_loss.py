"""The log-loss and the squared error of points, from the engine's outputs: what validation measures.

The counterpart of hwcli.training.loss, without a gradient. Outputs are read as the engine leaves them, one
row per output, so that all arithmetic runs along the points; and in chunks that stay in the processor's
cache.
"""

from __future__ import annotations

import math

import numpy as np

from hwcli.engine.mixture import Array, eos_log_probability
from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX

POINTS = 1024  # computed at a time
NEGLIGIBLE = -60.0  # e^-60 is negligible beside 1, and an exp that underflows is slow
LEAST = -87.0  # exp underflows below it in float32


def log_loss(raw: Array, targets: Array, offset_weight: Array, eos_weight: Array, sigma_min: Array) -> Array:
    """Return the log-loss in nats of every point, (points,): Graves 2013, equation 26.

    `raw` are the outputs, (6 m + 1, points). `targets` are rows (dx, dy, eos), (points, 3), and `sigma_min`,
    (2,), is the smallest standard deviation of a component, both in normalised units. The weights, (points,),
    multiply the nats of offset and end-of-stroke.

    >>> raw = np.zeros((7, 1), np.float32)  # one component
    >>> round(float(log_loss(raw, np.zeros((1, 3)), np.ones(1), np.zeros(1), np.zeros(2))[0]), 4)  # log(2 pi)
    1.8379
    """
    nats = np.empty(raw.shape[1], raw.dtype)
    floor = sigma_min.astype(raw.dtype)[:, None, None]
    for begin in range(0, len(nats), POINTS):
        part = slice(begin, begin + POINTS)
        offset = _offset_log_density(raw[:, part], targets[part, :2].T, floor)
        eos = eos_log_probability(raw[:1, part].T, targets[part, 2])
        nats[part] = -(offset * offset_weight[part] + eos * eos_weight[part])
    return nats


def _offset_log_density(raw: Array, offsets: Array, floor: Array) -> Array:
    """Return log p(offset), (points,), of normalised `offsets` (2, points); `floor` is (2, 1, 1)."""
    m, points = len(raw) // 6, raw.shape[1]
    pi, tanh = raw[1 : 1 + m], np.tanh(raw[1 + 5 * m :])
    mu, narrow = (raw[1 + k * m : 1 + (k + 2) * m].reshape(2, m, points) for k in (1, 3))
    sigma = np.exp(np.clip(narrow, LEAST, LOG_SIGMA_MAX)) + floor
    zx, zy = (offsets[:, None].astype(raw.dtype) - mu) / sigma
    rho = tanh * RHO_MAX
    one_minus_rho2 = 1 - rho * rho
    quadratic = (zx * zx + zy * zy - 2 * rho * zx * zy) / one_minus_rho2
    log_norm = np.log(sigma).sum(0) + 0.5 * np.log(one_minus_rho2)
    density: Array = _log_sum_exp(pi - log_norm - 0.5 * quadratic) - _log_sum_exp(pi)
    return density - math.log(2 * math.pi)


def _log_sum_exp(terms: Array) -> Array:
    """Return the logarithm of the sum of exp(terms) over the rows, (points,)."""
    top = terms.max(0)
    total: Array = np.exp(np.maximum(terms - top, NEGLIGIBLE)).sum(0)
    result: Array = top + np.log(total)
    return result


def squared_error(raw: Array, targets: Array, offset_weight: Array) -> Array:
    """Return the squared distance, (points,), of every target from the mixture's mean, times its weight.

    The arguments are those of `log_loss`.
    """
    errors = np.empty(raw.shape[1], raw.dtype)
    for begin in range(0, len(errors), POINTS):
        part = slice(begin, begin + POINTS)
        m, some = len(raw) // 6, raw[:, part]
        weights = np.exp(some[1 : 1 + m] - some[1 : 1 + m].max(0))
        mu = some[1 + m : 1 + 3 * m].reshape(2, m, -1)
        mean = (weights * mu).sum(1) / weights.sum(0)
        errors[part] = ((targets[part, :2].T - mean) ** 2).sum(0) * offset_weight[part]
    return errors
