"""Windows and the log-loss by autograd, to test hwcli.network.fused_loss."""

from __future__ import annotations

import torch

from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density

FLOOR = (0.013, 0.02)
M = 4
Arguments = tuple[torch.Tensor, ...]  # raw, targets, offset_weight, eos_weight, sigma_min


def unfused(raw, targets, offset_weight, eos_weight, sigma_min):
    """Compute hwcli.training.loss.log_loss from the mixture, for autograd."""
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, targets[..., :2]) * offset_weight
    return -(offset + eos_log_probability(mix, targets[..., 2]) * eos_weight)


def window(*lead: int, m: int = M, seed: int = 0, dtype=torch.float64, scale: float = 1.0) -> Arguments:
    """Return outputs (…, 6 m + 1), targets with some lifts, weights in 0 … 1, and sigma_min."""
    rng = torch.Generator().manual_seed(seed)
    raw = scale * torch.randn(*lead, 6 * m + 1, generator=rng, dtype=torch.float64)
    targets = torch.randn(*lead, 3, generator=rng, dtype=torch.float64)
    targets[..., 2] = (targets[..., 2] > 1).double()
    weights = (1.4 * torch.rand(2, *lead, generator=rng, dtype=torch.float64) - 0.2).clamp(0, 1)
    floor = torch.tensor(FLOOR, dtype=torch.float64)
    return tuple(t.to(dtype) for t in (raw, targets, *weights, floor))


def by_output(raw: torch.Tensor) -> torch.Tensor:
    """Return the same values, laid out output by output."""
    return raw.movedim(-1, 0).contiguous().movedim(0, -1)


def both(loss, args: Arguments, scale: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the nats, and the gradient of their sum weighted by `scale`."""
    raw = args[0].detach().requires_grad_()
    nats = loss(raw, *args[1:])
    (gradient,) = torch.autograd.grad(nats, raw, torch.ones_like(nats) if scale is None else scale)
    return nats.detach(), gradient


def assert_same(args: Arguments, rtol: float = 1e-10, atol: float = 1e-10) -> None:
    """Compare values and gradients with the unfused loss, for an arbitrary incoming gradient."""
    scale = torch.randn(args[2].shape, generator=torch.Generator().manual_seed(9), dtype=args[0].dtype)
    for ours, theirs in zip(both(fused_log_loss, args, scale), both(unfused, args, scale), strict=True):
        assert ours.shape == theirs.shape
        assert theirs.isfinite().all()
        torch.testing.assert_close(ours, theirs, rtol=rtol, atol=atol)
