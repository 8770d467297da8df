"""The learning rate as a function of the step, and what falls with it."""

from __future__ import annotations

import math

from hwcli.config.sections import TrainConfig

LONGEST_WARMUP = 0.1  # share of the time of a run of limited time


def learning_rate(config: TrainConfig, step: int, done: float, spent: float = 0.0) -> float:
    """Return the learning rate of `step`, counted from 0, after `done` of `config.epochs` epochs.

    Epochs differ by a few steps, so how far a run is cannot be told from the number of steps. `spent` is the
    share of its time that a run of limited time has used: the warm-up takes at most a tenth of it.
    """
    rate = config.lr
    if config.schedule == "exponential":
        rate *= config.decay ** int(done)
    elif config.schedule == "cosine":
        rate *= 0.5 * (1 + math.cos(math.pi * min(done / config.epochs, 1.0)))
    elif config.schedule == "trapezoid":
        left = 1 - done / config.epochs
        rate *= min(max(left, 0.0) / config.cooldown, 1.0) if config.cooldown else 1.0
    if step < config.warmup:
        rate *= min(max((step + 1) / config.warmup, spent / LONGEST_WARMUP), 1.0)
    return rate


def augmentation(config: TrainConfig, done: float) -> float:
    """Return the strength of the changes to lines after `done` of `config.epochs`, for `random_map`."""
    return config.augment * learning_rate(config, config.warmup, done) / config.lr
