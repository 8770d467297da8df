"""A network in training, as others see it: its model file, and a picture of its handwriting."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwcli import console
from hwcli.config.kinds import in_use
from hwcli.config.sections import Config
from hwcli.dataset import learned_from
from hwcli.dataset.learned_from import LearnedFrom
from hwcli.errors import HwError
from hwcli.ink_size import Size
from hwcli.model.file import ModelFile
from hwcli.network.network import Network
from hwcli.training.checkpoint import Progress
from hwcli.training.training_data import TrainingData

if TYPE_CHECKING:
    from renderers.drawing import Drawing


def model_file(
    network: Network,
    data: TrainingData,
    config: Config,
    seed: int,
    progress: Progress,
    size: Size | None,
    learned: LearnedFrom,
    scored: int,
) -> ModelFile:
    """Return the model file of `network`; `size` is the training lines', None if they have no extent.

    It has a log-loss, of `scored` validation lines, only if these very weights were validated.
    """
    dataset = data.dataset
    about: dict[str, Any] = {
        "data": dict(dataset.source),
        "training": {
            "model": asdict(config.model),
            "train": in_use(config, "train") | {"seed": seed},
            "epoch": progress.epoch,  # completed epochs
            "steps": progress.step,
            "lines": len(data.train_lines),
        },
        learned_from.KEY: learned.content(),
    }
    if progress.valid_step == progress.step and progress.valid is not None and math.isfinite(progress.valid):
        about["log_loss"] = {
            "split": "valid",
            "lines": scored,
            "nats_per_sequence": progress.valid,
            "protocol": "graves",
            "sigma_floor": dataset.normalisation.sigma_min,
        }
    if data.told and len(learned_sources := list(dataset.by_source(data.train_lines))) == 1:
        about["source"] = learned_sources[0]  # such as one's own hand, learned after others
    if size is not None:
        about["hand"] = asdict(size)
    sources = data.told.names if data.told else ()
    return ModelFile(network.shape, dataset.normalisation, network.tensors(), about, data.alphabet, sources)


def save_picture(model: ModelFile, data: TrainingData, folder: Path, name: str) -> Drawing | None:
    """Save a picture of `model`'s samples as `name` in `folder`; return it, or None after a warning.

    The seed is always the same. For synthesis, they are the texts of two held-out lines.
    """
    folder.mkdir(exist_ok=True)
    try:
        drawing = _samples(model, data)
        drawing.save(folder / f"{name}.svg")
    except (ValueError, HwError) as error:  # samples that are still wild must not end the run
        unit, number = name.split("-")
        console.warn(f"cannot draw the samples of {unit} {int(number)}: {error}")
        return None
    return drawing


def _samples(model: ModelFile, data: TrainingData) -> Drawing:
    from hwcli.sampling.model import Model
    from hwcli.sampling.options import SampleOptions
    from renderers.drawing import draw

    if model.alphabet is None:
        return draw(Model(model, "last").sample_many(2, points=500, seed=0), "plain")
    shown = (data.valid_lines or data.train_lines)[:2]
    texts = [data.dataset.lines[line].text or "" for line in shown]
    known = ["".join(c for c in text if c in model.alphabet) for text in texts]
    inks = Model(model, "last").quiet_samples(1, 0, SampleOptions(points=900, tries=1), text=known)
    return draw(inks, "plain")
