"""The learning rate as a function of the step."""

from __future__ import annotations

import math

from hwcli.config.sections import TrainConfig


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of `step`, counted from 0, in a run of `config.epochs` epochs."""
    rate = config.lr
    if config.schedule == "exponential":
        rate *= config.decay ** (step // steps_per_epoch)
    elif config.schedule == "cosine":
        done = step / (config.epochs * steps_per_epoch)
        rate *= 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    elif config.schedule == "trapezoid":
        left = 1 - step / (config.epochs * steps_per_epoch)
        rate *= min(max(left, 0.0) / config.cooldown, 1.0) if config.cooldown else 1.0
    if step < config.warmup:
        rate *= (step + 1) / config.warmup
    return rate
