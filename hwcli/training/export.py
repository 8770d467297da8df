"""The model file of a run: weights, and how they were trained."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hwcli.config.sections import Config
from hwcli.ink_size import Size
from hwcli.model.file import ModelFile
from hwcli.network.network import Network
from hwcli.training.checkpoint import Progress
from hwcli.training.training_data import TrainingData


def model_file(
    network: Network, data: TrainingData, config: Config, seed: int, progress: Progress, size: Size | None
) -> ModelFile:
    """Return `network` with its data, settings, training progress and best validation loss.

    `size` is the typical size of the training lines' handwriting, None if it has no extent.
    """
    dataset = data.dataset
    train = {k: v for k, v in asdict(config.train).items() if v is not None}
    about: dict[str, Any] = {
        "data": dict(dataset.source),
        "training": {
            "model": asdict(config.model),
            "train": train | {"seed": seed},
            "epoch": progress.epoch,
            "steps": progress.step,
            "lines": len(data.train_lines),
        },
    }
    if progress.best is not None:
        about["log_loss"] = {
            "split": "valid",
            "lines": len(data.valid_lines),
            "nats_per_sequence": progress.best,
            "protocol": "graves",
            "sigma_floor": dataset.normalisation.sigma_min,
        }
    if size is not None:
        about["hand"] = asdict(size)
    return ModelFile(network.shape, dataset.normalisation, network.tensors(), about, data.alphabet)
