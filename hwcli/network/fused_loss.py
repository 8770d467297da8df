"""The log-loss of a window and its gradient in one pass: a faster `hwcli.training.loss.log_loss`.

Autograd keeps some thirty arrays of the components' size between the forward and the backward pass, and reads
and writes them all in main memory. Here the points are processed in chunks that stay in the processor's
cache, transposed: a row is one output at all points of the chunk, so that all arithmetic runs along the
points. The gradient (Graves 2013, equations 27-37, with this project's bounds on sigma and rho) is computed
while the chunk is in the cache. Only one array of the outputs' size is kept, and the backward pass is one
product with it.

For one component at one point let z = (target - mu) / sigma, C = 1 / (1 - rho^2), and

    V = C (zy - rho zx),    U = zx - rho V,    so that    zx U + zy V = C Z

with Graves's Z (equation 25). With gamma, the component's responsibility (equation 28), the gradient is

    pi^       pi - gamma
    mu        -gamma (U, V) / sigma
    sigma^    -gamma (z (U, V) - 1) exp(sigma^) / sigma      0 where sigma^ is above its bound
    rho^      -gamma (C rho + U V) d rho / d rho^
    eos^      P(eos) - eos
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from hwcli.model.shape import LOG_SIGMA_MAX, RHO_MAX

CACHE = 2 << 20  # bytes per thread for the arrays of a chunk: about the size of a core's own cache
ROUND = 64  # points: the length of every chunk but the last is a multiple of this
NEGLIGIBLE = -60.0  # e^-60 is negligible beside 1, and an exp that underflows is 60 times as slow
BITS = {torch.float32: torch.int32, torch.float64: torch.int64}  # integers of the same size


def fused_log_loss(
    raw: Tensor, targets: Tensor, offset_weight: Tensor, eos_weight: Tensor, sigma_min: Tensor
) -> Tensor:
    """Return the log-loss in nats of every step, (…): Graves 2013, equation 26.

    `raw` are the network's outputs, (…, 6 m + 1), in float32 or float64 (else TypeError); only they get a
    gradient, and only the first derivative. `targets` are rows (dx, dy, eos), (…, 3), and `sigma_min`, (2,),
    is the smallest standard deviation of a component, both in normalised units. The weights, (…), multiply
    the nats. Where one is 0, its part of the loss and of the gradient is exactly 0, even if the values there
    are infinite or NaN: the 0 is set, not multiplied.

    The gradient is laid out output by output (`gradient.movedim(-1, 0).is_contiguous()`), which matrix
    products read without a copy. If `raw` has the same layout, it is read in place; otherwise it is
    transposed first, which takes a fifth of the whole time on the CPU.
    """
    if raw.dtype not in BITS:
        raise TypeError(f"the log-loss cannot be computed in {raw.dtype}, only in float32 or float64")
    others = [t.detach() for t in (targets, offset_weight, eos_weight, sigma_min)]
    if not torch.is_grad_enabled():
        return loss_and_gradient(raw, *others, with_gradient=False)[0]
    nats: Tensor = _LogLoss.apply(raw, *others)  # type: ignore[no-untyped-call]  # torch has no types for it
    return nats


class _LogLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, raw: Tensor, *others: Tensor) -> Tensor:
        nats, gradient = loss_and_gradient(raw, *others, with_gradient=ctx.needs_input_grad[0])
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return nats

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad.unsqueeze(-1), None, None, None, None


def loss_and_gradient(
    raw: Tensor,
    targets: Tensor,
    offset_weight: Tensor,
    eos_weight: Tensor,
    sigma_min: Tensor,
    *,
    with_gradient: bool = True,
    chunk: int | None = None,
) -> tuple[Tensor, Tensor | None]:
    """Return `fused_log_loss` (…) and, if `with_gradient`, its gradient (…, 6 m + 1), outside autograd.

    `chunk` points are computed at a time: by default what fits into the cache on the CPU, elsewhere all.
    """
    raw, dtype = raw.detach(), raw.dtype
    rows = raw.reshape(-1, raw.shape[-1]).t()  # (6 m + 1, points)
    points = rows.shape[1]
    target = targets.reshape(points, 3).t().to(dtype, memory_format=torch.contiguous_format)
    weight, lift_weight = offset_weight.reshape(points).to(dtype), eos_weight.reshape(points).to(dtype)
    floor = sigma_min.to(dtype).view(2, 1, 1)
    kept = (weight != 0).to(BITS[dtype]).neg_()  # all bits set, or none
    sums = raw.new_empty(3, points)
    gradient = raw.new_empty(rows.shape) if with_gradient else None

    size = max(1, min(points, chunk or _points_at_a_time(raw)))
    scratch = _Scratch(raw, size)
    pieces = [torch.split(part, size, -1) for part in (rows, target[:2, None], weight, kept, *sums)]
    gradient_bits = None if gradient is None else torch.split(gradient.view(kept.dtype), size, -1)
    for i, (given, goal, scale, keep, *these) in enumerate(zip(*pieces, strict=True)):
        if len(scale) != scratch.points:
            scratch = _Scratch(raw, len(scale))
        if given.stride(1) == 1:
            _densities(_Parts.of(given), goal, floor, scratch, these)
        else:
            scratch.rows.copy_(given)
            _densities(scratch.parts, goal, floor, scratch, these)
        if gradient_bits is not None:
            _gradient(scale, scratch, these)
            # a bitwise "and" with 0 is 0, even for NaN
            torch.bitwise_and(scratch.bits, keep, out=gradient_bits[i])

    highest, all_pi, all_densities = sums
    offset = all_pi.log_().sub_(all_densities.log_()).sub_(highest).add_(1 + math.log(2 * math.pi))
    lift_logit, lift = rows[0].contiguous(), target[2]
    cost = functional.binary_cross_entropy_with_logits(lift_logit, lift, reduction="none")
    nats = torch.where(weight != 0, offset * weight, 0) + torch.where(lift_weight != 0, cost * lift_weight, 0)
    if gradient is not None:
        d_lift = (1 - lift) - torch.sigmoid(-lift_logit)
        gradient[0] = torch.where(lift_weight != 0, d_lift * lift_weight, 0)
        gradient = gradient.t().view(raw.shape)
    return nats.view(raw.shape[:-1]), gradient


def _points_at_a_time(raw: Tensor) -> int:
    """Return the points per chunk: at most what the cache holds, and all chunks of nearly the same size."""
    points = raw.numel() // raw.shape[-1]
    if raw.device.type != "cpu":
        return points
    per_point = _Scratch.rows_for(raw.shape[-1]) * raw.element_size()
    most = max(CACHE * torch.get_num_threads() // per_point, ROUND)
    chunks = max(-(-points // most), 1)
    return -(-points // (chunks * ROUND)) * ROUND


class _Parts(NamedTuple):
    """Views of an array (6 m + 1, points), one per kind of output; eos^ is left out."""

    pi: Tensor  # (m, points)
    mu: Tensor  # (2, m, points)
    sigma: Tensor  # (2, m, points)
    rho: Tensor  # (m, points)

    @classmethod
    def of(cls, rows: Tensor) -> _Parts:
        m = len(rows) // 6
        _, pi, mu, sigma, rho = torch.split(rows, [1, m, 2 * m, 2 * m, m])
        return cls(pi, mu.view(2, m, rows.shape[1]), sigma.view(2, m, rows.shape[1]), rho)


class _Scratch:
    """The arrays of one chunk, and views of them, made once since making them takes time."""

    def __init__(self, like: Tensor, points: int) -> None:
        outputs, dtype = like.shape[-1], like.dtype
        m = outputs // 6
        self.points = points
        self.rows = like.new_empty(outputs, points)  # the outputs; what `_densities` leaves; the gradient
        self.bits = self.rows.view(BITS[dtype])
        self.parts = _Parts.of(self.rows)
        self.zx, self.zy = self.parts.mu.unbind()
        self.sigma = like.new_empty(2, m, points)  # exp(sigma^), then `along`
        self.along = self.sigma  # z (U, V) - 1
        self.along_x, self.along_y = self.along.unbind()
        self.inverse = like.new_empty(2, m, points)  # 1 / sigma
        self.inverse_x, self.inverse_y = self.inverse.unbind()
        self.pull = like.new_empty(2, m, points)  # U, V
        self.u, self.v = self.pull.unbind()
        self.c = like.new_empty(m, points)  # C
        self.density = like.new_empty(m, points)  # a component's log-density, then its density / the highest
        self.factor = like.new_empty(points)
        self.zero, self.one, self.minus_one = like.new_zeros(()), like.new_ones(()), like.new_full((), -1)
        limits = torch.finfo(dtype)
        self.least = float(math.ceil(math.log(limits.tiny)))  # exp underflows below it
        step = math.ulp(LOG_SIGMA_MAX) * limits.eps / torch.finfo(torch.float64).eps
        self.above = LOG_SIGMA_MAX + step  # the first sigma^ above its bound

    @staticmethod
    def rows_for(outputs: int) -> int:
        """Return the number of values stored per point."""
        return outputs + 8 * (outputs // 6)


def _densities(raw: _Parts, target: Tensor, floor: Tensor, scratch: _Scratch, sums: Sequence[Tensor]) -> None:
    """Compute the components' densities at `target` (2, 1, points); `raw` may be `scratch.parts`.

    `sums`, each (points,), receive: the highest log-density of a component (without 1 and log 2 pi), the sum
    of exp(pi^ - highest pi^), and the sum of the densities divided by the highest. The scratch arrays then
    hold what their comments say, and `scratch.parts` holds exp(pi^ - highest pi^), z, exp(sigma^) (0 above
    its bound) and tanh(rho^).
    """
    pi, z, spread, tanh = scratch.parts
    c, density = scratch.c, scratch.density
    highest, all_pi, all_densities = sums
    torch.clamp(raw.sigma, scratch.least, LOG_SIGMA_MAX, out=scratch.sigma).exp_()
    torch.add(scratch.sigma, floor, out=scratch.inverse).reciprocal_()
    # hardtanh's derivative is 0 at its bounds, clamp's is 1: hence `above`
    torch.ops.aten.hardtanh_backward.grad_input(
        scratch.sigma, raw.sigma, scratch.least, scratch.above, grad_input=spread
    )
    torch.sub(target, raw.mu, out=z).mul_(scratch.inverse)
    torch.tanh(raw.rho, out=tanh)
    torch.addcmul(scratch.one, tanh, tanh, value=-(RHO_MAX**2), out=c).reciprocal_()
    torch.addcmul(scratch.zy, tanh, scratch.zx, value=-RHO_MAX, out=scratch.v).mul_(c)
    torch.addcmul(scratch.zx, tanh, scratch.v, value=-RHO_MAX, out=scratch.u)
    torch.addcmul(scratch.minus_one, z, scratch.pull, out=scratch.along)
    torch.amax(raw.pi, 0, out=highest)
    torch.sub(raw.pi, highest, out=pi)
    torch.sqrt(c, out=density).mul_(scratch.inverse_x).mul_(scratch.inverse_y).log_()
    density.add_(pi).add_(scratch.along_x, alpha=-0.5).add_(scratch.along_y, alpha=-0.5)
    torch.sum(pi.clamp_min_(NEGLIGIBLE).exp_(), 0, out=all_pi)
    torch.amax(density, 0, out=highest)
    density.sub_(highest).clamp_min_(NEGLIGIBLE).exp_()
    # negligible densities become 0: they are factors below, and products that underflow are slow
    torch.threshold_(density, 1.01 * math.exp(NEGLIGIBLE), 0)
    torch.sum(density, 0, out=all_densities)


def _gradient(weight: Tensor, scratch: _Scratch, sums: Sequence[Tensor]) -> None:
    """Write the gradient of all outputs but eos^, times `weight` (points,), into `scratch.rows`."""
    pi, z, spread, tanh = scratch.parts
    _, all_pi, all_densities = sums
    minus = scratch.density.mul_(torch.div(weight, all_densities, out=scratch.factor).neg_())  # -gamma
    torch.addcmul(minus, pi, torch.div(weight, all_pi, out=scratch.factor), out=pi)
    minus_by_sigma = scratch.inverse.mul_(minus)
    torch.mul(scratch.pull, minus_by_sigma, out=z)
    spread.mul_(scratch.along).mul_(minus_by_sigma)
    both = torch.addcmul(scratch.zero, scratch.u, scratch.v, value=RHO_MAX, out=scratch.along_x)
    both.addcmul_(scratch.c, tanh, value=RHO_MAX**2).mul_(minus)
    torch.ops.aten.tanh_backward.grad_input(both, tanh, grad_input=tanh)
