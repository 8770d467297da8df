"""The log-loss of a batch, Graves 2013, equation 26."""

from __future__ import annotations

from torch import Tensor

from hwcli.network.fused_loss import fused_log_loss
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density
from hwcli.training.batch_tensors import Batch


def log_loss(raw: Tensor, batch: Batch, sigma_min: Tensor) -> Tensor:
    """Return the negative log-likelihood in nats, (time, batch), of outputs `raw`, (time, batch, 6 m + 1).

    A step counts its offset and its end-of-stroke as far as the batch's weights make them targets.
    """
    mix = mixture(raw, sigma_min)
    offset = offset_log_density(mix, batch.targets[..., :2]) * batch.offset_weight
    eos = eos_log_probability(mix, batch.targets[..., 2]) * batch.eos_weight
    return -(offset + eos)


def training_loss(raw: Tensor, batch: Batch, sigma_min: Tensor) -> Tensor:
    """Return `log_loss`, with its gradient computed in the same pass."""
    return fused_log_loss(raw, batch.targets, batch.offset_weight, batch.eos_weight, sigma_min)
