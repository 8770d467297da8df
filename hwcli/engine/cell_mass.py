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
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwcli.engine.erfcx import erfcx
from hwcli.engine.mixture import Mixture, eos_log_probability, mixture

FEW, NODES, MANY = 6, 10, 32  # nodes of the quadrature: for small and easy cells, and per part of the others
SMALL, EASY = 0.5, 5.0  # largest change of the log-integrand, from middle to edge, that FEW and NODES resolve
CORRELATED = 0.5  # correlation from which on the integral over p is the smoother one
REACH = 90.0  # twice the nats below the highest point at which the integrand is negligible: e^-45
HALVINGS = 60  # steps of a search in an interval
NEGLIGIBLE = 30.0  # nats below another component at which a component is left out: e^-30
POINTS = 512  # computed at a time, so that the arrays stay in the processor's cache

Array = NDArray[np.float64]


def mass_loss(
    raw: NDArray[np.floating[Any]],
    targets: NDArray[np.floating[Any]],
    offset_weight: NDArray[np.floating[Any]],
    eos_weight: NDArray[np.floating[Any]],
    sigma_min: Array,
    half_cell: Array,
) -> Array:
    """Return minus the log-probability in nats of every point, (points,): cell and end-of-stroke.

    `raw` are outputs (6 m + 1, points) and `targets` rows (dx, dy, eos), (points, 3), in normalised units, as
    are `sigma_min` and half of the cell's sides, `half_cell`, both (2,). Where a weight, (points,), is 0, its
    part is 0 and not computed.
    """
    nats = np.zeros(raw.shape[1])
    (wanted,) = np.nonzero((offset_weight != 0) | (eos_weight != 0))
    for begin in range(0, len(wanted), POINTS):
        where = wanted[begin : begin + POINTS]
        outputs = raw[:, where].T.astype(np.float64)
        target, weight = targets[where].astype(np.float64), offset_weight[where].astype(np.float64)
        offset, counts = np.zeros(len(where)), weight != 0
        offset[counts] = offset_log_mass(mixture(outputs[counts], sigma_min), target[counts, :2], half_cell)
        eos = eos_log_probability(outputs, target[:, 2]) * eos_weight[where]
        nats[where] = -(offset * weight + eos)
    return nats


def offset_log_mass(mix: Mixture, offsets: Array, half_cell: Array) -> Array:
    """Return the log-probability, (…), of the cells around `offsets` (…, 2), `half_cell` (2,) to each side.

    All of it is in the mixture's units and in float64. A component that contributes nothing is not
    integrated.
    """
    middle = (offsets[..., None] - mix.mu) / mix.sigma  # (…, 2, m)
    half = half_cell[:, None] / mix.sigma
    x, y, a, b = middle[..., 0, :], middle[..., 1, :], half[..., 0, :], half[..., 1, :]
    s2 = 1 - mix.rho**2
    with np.errstate(divide="ignore"):  # a component of weight 0 contributes nothing
        log_pi = np.log(mix.pi)
    # at most the mass of the strip in x or in y; at least area times the density in the middle, times its
    # least ratio to that in the middle, averaged over opposite points (a cosh, at least 1)
    gap = np.maximum(np.maximum(abs(x) - a, abs(y) - b), 0)
    most = log_pi - 0.5 * gap**2
    density = -0.5 * (x**2 + y**2 - 2 * mix.rho * x * y) / s2 - 0.5 * np.log(s2) - math.log(2 * math.pi)
    least = log_pi + density + np.log(4 * a * b) - 0.5 * (a + b) ** 2 / s2
    kept = most >= least.max(-1, keepdims=True) - NEGLIGIBLE
    terms = np.full(most.shape, -math.inf)
    mass = rectangle_log_mass(*(part[kept] for part in (x, y, a, b, mix.rho)))
    terms[kept] = log_pi[kept] + mass
    return _log_sum_exp(terms, -1)


def rectangle_log_mass(x: Array, y: Array, a: Array, b: Array, rho: Array) -> Array:
    """Return the log-mass, (n,), of a standard bivariate normal with correlation `rho` over rectangles.

    The rectangles have their middles at (`x`, `y`) and reach `a` and `b` to each side; all are float64, (n,).
    """
    y, rho = np.where(rho < 0, -y, y), abs(rho)  # reflected, so that the correlation is positive
    swap = a > b  # integrate along the shorter side
    x, y = np.where(swap, y, x), np.where(swap, x, y)
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    s = np.sqrt(1 - rho**2)
    result = np.empty_like(x)
    small = np.maximum(a * _steepest(x, y, a, b, rho, s), b * _steepest(y, x, b, a, rho, s)) <= SMALL
    # the slope is at most this, since the mean of a normal on an interval is at most 1 beyond its near end;
    # the second derivative is at most 1 / s^2
    apart = np.maximum(abs(y - rho * x) + rho * a - b, 0) / s
    easy = ~small & (a * (abs(x) + a + rho / s * (apart + 1)) <= EASY) & (a <= s)
    for chosen, integral in ((small, _small), (easy, _easy), (~small & ~easy, _hard)):
        if chosen.any():
            result[chosen] = integral(*(part[chosen] for part in (x, y, a, b, rho, s)))
    return result


def _steepest(x: Array, y: Array, a: Array, b: Array, rho: Array, s: Array) -> Array:
    """Return the largest slope of the log-density in the direction of x within the rectangles."""
    slope: Array = (abs(x - rho * y) + a + rho * b) / s**2
    return slope


def _small(x: Array, y: Array, a: Array, b: Array, rho: Array, s: Array) -> Array:
    """Integrate the density in both directions; it is taken relative to that in the middle."""
    at, weights = _rule(FEW)
    s2 = s**2
    u, v = a * at, b * at  # (FEW, n)
    along_x = weights * np.exp(-(u * (x - rho * y) + 0.5 * u**2) / s2)
    along_y = weights * np.exp(-(v * (y - rho * x) + 0.5 * v**2) / s2)
    across = np.exp((rho / s2 * u)[:, None] * v)  # (FEW, FEW, n)
    integral = ((across * along_y).sum(1) * along_x).sum(0)
    middle = -0.5 * (x**2 + y**2 - 2 * rho * x * y) / s2 - np.log(s) - math.log(2 * math.pi)
    result: Array = middle + np.log(a * b * integral)
    return result


def _easy(x: Array, y: Array, a: Array, b: Array, rho: Array, s: Array) -> Array:
    """Integrate over x."""

    def bounds(at: Array) -> tuple[Array, Array]:
        return (y - b - rho * at) / s, (y + b - rho * at) / s

    return _integral(x - a, x + a, bounds, NODES)


def _hard(x: Array, y: Array, a: Array, b: Array, rho: Array, s: Array) -> Array:
    """Integrate over p where the correlation is high, otherwise over x, in parts about the highest point."""
    x1, x2, y1, y2 = x - a, x + a, y - b, y + b
    over_p = rho > CORRELATED
    divisor = np.where(over_p, rho, 1.0)

    def bounds(at: Array) -> tuple[Array, Array]:
        low = np.where(over_p, np.maximum(x1, (y1 - s * at) / divisor), (y1 - rho * at) / s)
        high = np.where(over_p, np.minimum(x2, (y2 - s * at) / divisor), (y2 - rho * at) / s)
        return low, np.maximum(low, high)

    def q(at: Array) -> Array:
        low, high = bounds(at)
        result: Array = at**2 + np.minimum(np.maximum(low, 0), high) ** 2
        return result

    corners = np.sort(np.stack([(v - rho * u) / s for u in (x1, x2) for v in (y1, y2)]), 0)
    begin, end = np.where(over_p, corners[0], x1), np.where(over_p, corners[3], x2)
    top = _lowest(q, begin, end)
    limit = q(top) + REACH
    begin, end = _crossing(q, top, begin, limit), _crossing(q, top, end, limit)
    inner = np.where(over_p, corners[1:3], top)
    edges = np.sort(np.clip(np.concatenate([np.stack([begin, top, end]), inner]), begin, end), 0)
    parts = [_integral(low, high, bounds, MANY) for low, high in pairwise(edges)]
    return _log_sum_exp(np.stack(parts), 0)


Bounds = Callable[[Array], tuple[Array, Array]]


def _integral(begin: Array, end: Array, bounds: Bounds, nodes: int) -> Array:
    """Return the log of ∫ phi(t) [Phi(high(t)) - Phi(low(t))] dt from `begin` to `end`, each (n,)."""
    at, weights = _rule(nodes)
    middle, half = (begin + end) / 2, (end - begin) / 2
    t = middle + half * at  # (nodes, n)
    log_phi = -0.5 * t**2 - 0.5 * math.log(2 * math.pi)
    with np.errstate(divide="ignore"):  # a part of width 0 has no mass
        return _log_sum_exp(np.log(weights) + log_phi + _interval_log_mass(*bounds(t)), 0) + np.log(half)


@cache
def _rule(nodes: int) -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss-Legendre quadrature on [-1, 1], each (nodes, 1)."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return at[:, None], weights[:, None]


def _interval_log_mass(low: Array, high: Array) -> Array:
    """Return log(Phi(high) - Phi(low)) of the standard normal, also far out, where Phi is 0 or 1."""
    reflect = low + high < 0
    low, high = np.where(reflect, -high, low), np.where(reflect, -low, high)
    root = math.sqrt(0.5)
    low_tail, high_tail = 0.5 * erfcx(root * abs(low)), 0.5 * erfcx(root * high)  # over exp(-t^2 / 2)
    start = np.maximum(low, 0)
    ratio = np.exp(-0.5 * (high - start) * (high + start))
    with np.errstate(divide="ignore"):  # an empty interval has no mass, also where rounding makes it negative
        one_side = np.log(np.maximum(low_tail - ratio * high_tail, 0)) - 0.5 * start**2
    outside = np.exp(-0.5 * low**2) * low_tail + ratio * high_tail  # of an interval with 0 in it
    return np.where(low > 0, one_side, np.log1p(-outside))


def _log_sum_exp(terms: Array, axis: int) -> Array:
    """Return the logarithm of the sum of exp(terms) over `axis`."""
    top = terms.max(axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)  # where all terms are -inf, so is the result
    with np.errstate(divide="ignore"):
        result: Array = np.log(np.exp(terms - top).sum(axis)) + top.squeeze(axis)
    return result


def _lowest(q: Callable[[Array], Array], begin: Array, end: Array) -> Array:
    """Return where the convex function `q` is lowest between `begin` and `end`, by ternary search."""
    for _ in range(HALVINGS):
        third = (end - begin) / 3
        left, right = begin + third, end - third
        falling = q(left) > q(right)
        begin, end = np.where(falling, left, begin), np.where(falling, end, right)
    middle: Array = (begin + end) / 2
    return middle


def _crossing(q: Callable[[Array], Array], top: Array, end: Array, limit: Array) -> Array:
    """Return where `q`, which rises from `top` to `end`, reaches `limit`; `end` if it does not."""
    inside, outside = top, end
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        below = q(middle) < limit
        inside, outside = np.where(below, middle, inside), np.where(below, outside, middle)
    return np.where(q(end) < limit, end, outside)
