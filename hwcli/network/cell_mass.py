"""The probability of a cell of the grid: a mixture of bivariate Gaussians, integrated over a rectangle.

The density of whole-number data can be made arbitrarily large by narrow components; the probability of the
cell around a whole number cannot exceed 1. In standard units the mass of one component is that of (x, y),
normal with correlation rho, over a rectangle. With s = sqrt(1 - rho^2) it is one integral,

    ∫ phi(x) [Phi((y2 - rho x) / s) - Phi((y1 - rho x) / s)] dx    from x1 to x2

computed by Gauss-Legendre quadrature, as a sum of logarithms, so that tails do not underflow. NODES nodes are
exact to ten digits while the integrand changes little over the cell. Most cells are smaller still: there,
the density itself is integrated in both directions, which needs no Phi. For cells that are neither:

- If rho is high, the integrand has edges of width s / rho. The integral then runs over p = (y - rho x) / s,
  which is independent of x, and the condition on x is exact. The integrand's only edges are at the p of the
  rectangle's corners, where it is split.
- The integrand is at most exp(-q / 2) with q convex (twice minus the largest log-density at that p). What is
  below exp(-REACH / 2) of its highest point is left out, and the integral is split at the highest point, so
  that a cell in the tail, whose mass is all at one edge, is resolved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hwcli.network.mixture import Mixture, eos_log_probability, mixture

FEW, NODES, MANY = 6, 10, 32  # nodes of the quadrature: for small and easy cells, and per part of the others
SMALL, EASY = 0.5, 5.0  # largest change of the log-integrand, from middle to edge, that FEW and NODES resolve
CORRELATED = 0.5  # correlation from which on the integral over p is the smoother one
REACH = 90.0  # twice the nats below the highest point at which the integrand is negligible: e^-45
HALVINGS = 60  # steps of a search in an interval
NEGLIGIBLE = 30.0  # nats below another component at which a component is left out: e^-30
POINTS = 512  # computed at a time, so that the arrays stay in the processor's cache


def mass_loss(
    raw: Tensor,
    targets: Tensor,
    offset_weight: Tensor,
    eos_weight: Tensor,
    sigma_min: Tensor,
    half_cell: Tensor,
) -> Tensor:
    """Return minus the log-probability in nats of every step, (…), in float64: cell and end-of-stroke.

    `raw` are outputs (…, 6 m + 1) and `targets` rows (dx, dy, eos), (…, 3), in normalised units, as are
    `sigma_min` and half of the cell's sides, `half_cell`, both (2,). Where a weight, (…), is 0, its part is
    0 and not computed.
    """
    nats = torch.zeros(offset_weight.shape, dtype=torch.float64, device=raw.device)
    for where in _pieces((offset_weight != 0) | (eos_weight != 0)):
        mix = mixture(raw[where].double(), sigma_min.double())
        target, weight = targets[where].double(), offset_weight[where].double()
        offset = torch.zeros_like(weight)
        wanted = weight != 0
        chosen = Mixture(*(part[wanted] for part in mix))
        offset[wanted] = offset_log_mass(chosen, target[wanted, :2], half_cell.double())
        eos = eos_log_probability(mix, target[:, 2]) * eos_weight[where].double()
        nats[where] = -(offset * weight + eos)
    return nats


def _pieces(wanted: Tensor) -> list[tuple[Tensor, ...]]:
    """Return the indices of the true elements of `wanted`, in pieces of POINTS."""
    return [tuple(piece.t()) for piece in torch.split(wanted.nonzero(), POINTS)]


def offset_log_mass(mix: Mixture, offsets: Tensor, half_cell: Tensor) -> Tensor:
    """Return the log-probability, (…), of the cells around `offsets` (…, 2), `half_cell` (2,) to each side.

    All of it is in the mixture's units and in float64. A component that contributes nothing is not
    integrated.
    """
    middle = (offsets.unsqueeze(-1) - mix.mu) / mix.sigma  # (…, 2, m)
    half = half_cell.unsqueeze(-1) / mix.sigma
    (x, y), (a, b) = middle.unbind(-2), half.unbind(-2)
    s2 = 1 - mix.rho**2
    # at most the mass of the strip in x or in y; at least area times the density in the middle, times its
    # least ratio to that in the middle, averaged over opposite points (a cosh, at least 1)
    gap = torch.maximum(x.abs() - a, y.abs() - b).clamp(min=0)
    most = mix.log_pi - 0.5 * gap**2
    density = -0.5 * (x**2 + y**2 - 2 * mix.rho * x * y) / s2 - 0.5 * s2.log() - math.log(2 * math.pi)
    least = mix.log_pi + density + (4 * a * b).log() - 0.5 * (a + b) ** 2 / s2
    kept = most >= least.amax(-1, keepdim=True) - NEGLIGIBLE
    terms = torch.full_like(most, -math.inf)
    mass = rectangle_log_mass(*(t[kept] for t in (x, y, a, b, mix.rho)))
    terms[kept] = mix.log_pi[kept] + mass
    return torch.logsumexp(terms, -1)


def rectangle_log_mass(x: Tensor, y: Tensor, a: Tensor, b: Tensor, rho: Tensor) -> Tensor:
    """Return the log-mass, (n,), of a standard bivariate normal with correlation `rho` over rectangles.

    The rectangles have their middles at (`x`, `y`) and reach `a` and `b` to each side; all are float64, (n,).
    """
    x, y, rho = x, torch.where(rho < 0, -y, y), rho.abs()  # reflected, so that the correlation is positive
    swap = a > b  # integrate along the shorter side
    x, y, a, b = (
        torch.where(swap, y, x),
        torch.where(swap, x, y),
        torch.where(swap, b, a),
        torch.where(swap, a, b),
    )
    s = (1 - rho**2).sqrt()
    result = torch.empty_like(x)
    small = torch.maximum(a * _steepest(x, y, a, b, rho, s), b * _steepest(y, x, b, a, rho, s)) <= SMALL
    # the slope is at most this, since the mean of a normal on an interval is at most 1 beyond its near end;
    # the second derivative is at most 1 / s^2
    apart = ((y - rho * x).abs() + rho * a - b).clamp(min=0) / s
    easy = ~small & (a * (x.abs() + a + rho / s * (apart + 1)) <= EASY) & (a <= s)
    for chosen, integral in ((small, _small), (easy, _easy), (~small & ~easy, _hard)):
        if chosen.any():
            result[chosen] = integral(*(t[chosen] for t in (x, y, a, b, rho, s)))
    return result


def _steepest(x: Tensor, y: Tensor, a: Tensor, b: Tensor, rho: Tensor, s: Tensor) -> Tensor:
    """Return the largest slope of the log-density in the direction of x within the rectangles."""
    return ((x - rho * y).abs() + a + rho * b) / s**2


def _small(x: Tensor, y: Tensor, a: Tensor, b: Tensor, rho: Tensor, s: Tensor) -> Tensor:
    """Integrate the density in both directions; it is taken relative to that in the middle."""
    at, weights = _rule(FEW, x.device)
    s2 = s**2
    u, v = a * at, b * at  # (FEW, n)
    along_x = weights * torch.exp(-(u * (x - rho * y) + 0.5 * u**2) / s2)
    along_y = weights * torch.exp(-(v * (y - rho * x) + 0.5 * v**2) / s2)
    across = torch.exp((rho / s2 * u).unsqueeze(1) * v)  # (FEW, FEW, n)
    integral = ((across * along_y).sum(1) * along_x).sum(0)
    middle = -0.5 * (x**2 + y**2 - 2 * rho * x * y) / s2 - s.log() - math.log(2 * math.pi)
    return middle + (a * b * integral).log()


def _easy(x: Tensor, y: Tensor, a: Tensor, b: Tensor, rho: Tensor, s: Tensor) -> Tensor:
    """Integrate over x."""

    def bounds(at: Tensor) -> tuple[Tensor, Tensor]:
        return (y - b - rho * at) / s, (y + b - rho * at) / s

    return _integral(x - a, x + a, bounds, NODES)


def _hard(x: Tensor, y: Tensor, a: Tensor, b: Tensor, rho: Tensor, s: Tensor) -> Tensor:
    """Integrate over p where the correlation is high, otherwise over x, in parts about the highest point."""
    x1, x2, y1, y2 = x - a, x + a, y - b, y + b
    over_p = rho > CORRELATED
    divisor = torch.where(over_p, rho, 1.0)

    def bounds(at: Tensor) -> tuple[Tensor, Tensor]:
        low = torch.where(over_p, torch.maximum(x1, (y1 - s * at) / divisor), (y1 - rho * at) / s)
        high = torch.where(over_p, torch.minimum(x2, (y2 - s * at) / divisor), (y2 - rho * at) / s)
        return low, torch.maximum(low, high)

    def q(at: Tensor) -> Tensor:
        low, high = bounds(at)
        return at**2 + torch.minimum(torch.maximum(low, torch.zeros_like(low)), high) ** 2

    corners = torch.stack([(v - rho * u) / s for u in (x1, x2) for v in (y1, y2)]).sort(0).values
    begin, end = torch.where(over_p, corners[0], x1), torch.where(over_p, corners[3], x2)
    top = _lowest(q, begin, end)
    limit = q(top) + REACH
    begin, end = _crossing(q, top, begin, limit), _crossing(q, top, end, limit)
    inner = torch.where(over_p, corners[1:3], top)
    edges = torch.cat([torch.stack([begin, top, end]), inner]).clamp(begin, end).sort(0).values
    parts = [_integral(low, high, bounds, MANY) for low, high in pairwise(edges)]
    return torch.logsumexp(torch.stack(parts), 0)


Bounds = Callable[[Tensor], tuple[Tensor, Tensor]]


def _integral(begin: Tensor, end: Tensor, bounds: Bounds, nodes: int) -> Tensor:
    """Return the log of ∫ phi(t) [Phi(high(t)) - Phi(low(t))] dt from `begin` to `end`, each (n,)."""
    at, weights = _rule(nodes, begin.device)
    middle, half = (begin + end) / 2, (end - begin) / 2
    t = middle + half * at  # (nodes, n)
    log_phi = -0.5 * t**2 - 0.5 * math.log(2 * math.pi)
    return torch.logsumexp(weights.log() + log_phi + _interval_log_mass(*bounds(t)), 0) + half.log()


def _rule(nodes: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the nodes and weights of Gauss-Legendre quadrature on [-1, 1], each (nodes, 1)."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return torch.from_numpy(at).to(device).unsqueeze(1), torch.from_numpy(weights).to(device).unsqueeze(1)


def _interval_log_mass(low: Tensor, high: Tensor) -> Tensor:
    """Return log(Phi(high) - Phi(low)) of the standard normal, also far out, where Phi is 0 or 1."""
    reflect = low + high < 0
    low, high = torch.where(reflect, -high, low), torch.where(reflect, -low, high)
    root = math.sqrt(0.5)
    near = 0.5 * (torch.erf(root * high) - torch.erf(root * low))
    start = low.clamp(min=0)  # the tail begins at low > 1; below it, erfcx could overflow
    ratio = torch.exp(-0.5 * (high - start) * (high + start))
    tail = torch.special.erfcx(root * start) - ratio * torch.special.erfcx(root * high)
    far = low > 1
    return torch.where(far, 0.5 * tail, near).log() - torch.where(far, 0.5 * low**2, 0.0)


def _lowest(q: Callable[[Tensor], Tensor], begin: Tensor, end: Tensor) -> Tensor:
    """Return where the convex function `q` is lowest between `begin` and `end`, by ternary search."""
    for _ in range(HALVINGS):
        third = (end - begin) / 3
        left, right = begin + third, end - third
        falling = q(left) > q(right)
        begin, end = torch.where(falling, left, begin), torch.where(falling, end, right)
    return (begin + end) / 2


def _crossing(q: Callable[[Tensor], Tensor], top: Tensor, end: Tensor, limit: Tensor) -> Tensor:
    """Return where `q`, which rises from `top` to `end`, reaches `limit`; `end` if it does not."""
    inside, outside = top, end
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        below = q(middle) < limit
        inside, outside = torch.where(below, middle, inside), torch.where(below, outside, middle)
    return torch.where(q(end) < limit, end, outside)
