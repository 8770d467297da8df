"""The mixture-density output: bivariate Gaussians for the offset, a Bernoulli for end-of-stroke.

Graves 2013, equations 18-26, with two bounds that keep the loss finite: sigma = sigma_min + exp(sigma^), so
that no component is narrower than the grid allows, and rho = RHO_MAX tanh(rho^). With m components, the
output vector is [eos^, pi^ (m), mu x (m), mu y (m), sigma^ x (m), sigma^ y (m), rho^ (m)].

The NumPy counterpart is hwcli.engine.mixture; a test compares the two in float64.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX


class Mixture(NamedTuple):
    """The distribution's parameters, for any leading shape (…) and m components."""

    eos: Tensor  # (…), the logit of end-of-stroke
    log_pi: Tensor  # (…, m)
    mu: Tensor  # (…, 2, m)
    sigma: Tensor  # (…, 2, m)
    rho: Tensor  # (…, m)


def mixture(raw: Tensor, sigma_min: Tensor) -> Mixture:
    """Split the output `raw` (…, 6 m + 1) into parameters; `sigma_min` (2,) is in normalised units."""
    m = (raw.shape[-1] - 1) // 6
    eos, pi, mu, sigma, rho = torch.split(raw, [1, m, 2 * m, 2 * m, m], dim=-1)
    pairs = (*raw.shape[:-1], 2, m)
    return Mixture(
        eos=eos.squeeze(-1),
        log_pi=functional.log_softmax(pi, dim=-1),
        mu=mu.reshape(pairs),
        sigma=sigma_min[:, None] + sigma.reshape(pairs).clamp(max=LOG_SIGMA_MAX).exp(),
        rho=RHO_MAX * rho.tanh(),
    )


def offset_log_density(mix: Mixture, offsets: Tensor) -> Tensor:
    """Return log p(offset), (…), in nats, of normalised `offsets` (…, 2): equations 23-25, by log-sum-exp."""
    z = (offsets.unsqueeze(-1) - mix.mu) / mix.sigma  # (…, 2, m)
    zx, zy = z.unbind(-2)
    one_minus_rho2 = 1 - mix.rho**2
    quadratic = (zx**2 + zy**2 - 2 * mix.rho * zx * zy) / one_minus_rho2
    log_norm = mix.sigma.log().sum(-2) + 0.5 * one_minus_rho2.log() + math.log(2 * math.pi)
    return torch.logsumexp(mix.log_pi - log_norm - 0.5 * quadratic, dim=-1)


def eos_log_probability(mix: Mixture, eos: Tensor) -> Tensor:
    """Return log P(eos), (…), in nats, of 0/1 `eos` (…); from the logit, so that saturation stays finite."""
    return -functional.binary_cross_entropy_with_logits(mix.eos, eos, reduction="none")


def mean_offset(mix: Mixture) -> Tensor:
    """Return the mean of the mixture, (…, 2), in normalised units."""
    return (mix.log_pi.exp().unsqueeze(-2) * mix.mu).sum(-1)


def mean_of_outputs(raw: Tensor) -> Tensor:
    """Return `mean_offset`, (…, 2), of the outputs `raw` (…, 6 m + 1), without the other parameters."""
    m = (raw.shape[-1] - 1) // 6
    _, pi, x, y, _ = torch.split(raw, [1, m, m, m, 3 * m], dim=-1)
    pi = pi.softmax(-1)
    return torch.stack([(pi * x).sum(-1), (pi * y).sum(-1)], -1)
