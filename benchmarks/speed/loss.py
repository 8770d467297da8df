"""Speed of the fused log-loss against the one differentiated by autograd, forward and backward.

At the defaults' window (300 x 50) and at a smaller one (150 x 64), with 20 mixtures in float32. The
outputs are laid out point by point, as nn.Linear writes them, or output by output.

    python benchmarks/speed/loss.py [rounds] [threads ...]
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from common import pairs, seconds, table
from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
THREADS = [int(n) for n in sys.argv[2:]] or [1, 2]
SHAPES = [(300, 50), (150, 64)]
MIXTURES = 20


def unfused(
    raw: Tensor, targets: Tensor, offset_weight: Tensor, eos_weight: Tensor, sigma_min: Tensor
) -> Tensor:
    """Compute hwcli.training.loss.log_loss, for autograd."""
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, targets[..., :2]) * offset_weight
    return -(offset + eos_log_probability(mix, targets[..., 2]) * eos_weight)


def arguments(time: int, batch: int, by_output: bool) -> list[Tensor]:
    rng = np.random.default_rng(0)
    raw = torch.from_numpy(rng.standard_normal((time, batch, 6 * MIXTURES + 1))).float()
    if by_output:
        raw = raw.movedim(-1, 0).contiguous().movedim(0, -1)
    targets = torch.from_numpy(rng.standard_normal((time, batch, 3))).float()
    targets[..., 2] = (targets[..., 2] > 1.5).float()
    weight = torch.ones(time, batch)
    return [raw.requires_grad_(), targets, weight, weight, torch.tensor([0.013, 0.02])]


def step(loss: Callable[..., Tensor], args: list[Tensor]) -> None:
    points = args[2].sum()
    torch.autograd.grad(loss(*args).sum() / points, args[0])


for threads in THREADS:
    torch.set_num_threads(threads)
    for time, batch in SHAPES:
        for by_output in (False, True):
            args = arguments(time, batch, by_output)
            ours, floor = partial(step, fused_log_loss, args), partial(step, unfused, args)
            pairs(lambda job=ours: seconds(job), lambda job=floor: seconds(job), 3)  # warm up
            a, b = pairs(lambda job=ours: 1e3 * seconds(job), lambda job=floor: 1e3 * seconds(job), ROUNDS)
            layout = "output by output" if by_output else "point by point"
            where = f"{time} x {batch}, {layout}, {threads} thread" + "s" * (threads > 1)
            table([(f"fused, {where}", a), ("autograd", b)], "ms")
            ratio = statistics.median(y / x for x, y in zip(a, b, strict=True))
            print(f"ratio autograd / fused: {ratio:.2f} (target: 3)", flush=True)
