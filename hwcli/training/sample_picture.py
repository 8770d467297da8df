"""A picture of the handwriting after every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwcli.model.file import ModelFile
from hwcli.training.training_data import TrainingData

if TYPE_CHECKING:
    from renderers.drawing import Drawing


def draw_samples(model: ModelFile, data: TrainingData) -> Drawing:
    """Draw samples of `model`, always with the same seed; for synthesis, the texts of two held-back lines.

    Raises:
        ValueError, HwError: The samples cannot be drawn; early in training they can be wild.
    """
    from hwcli.sampling.model import Model
    from renderers.drawing import draw

    if model.alphabet is None:
        return draw(Model(model, "last").sample_many(2, points=500, seed=0), "plain")
    shown = (data.valid_lines or data.train_lines)[:2]
    texts = [data.dataset.lines[line].text or "" for line in shown]
    known = ["".join(c for c in text if c in model.alphabet) for text in texts]
    return draw(Model(model, "last").sample_many(1, 900, seed=0, text=known, tries=1), "plain")
