"""The protocol `graves`: the log-loss of whole lines, and its engine in NumPy.

Offsets normalised by axis to mean 0 and standard deviation 1, teacher-forced in float32; for each line the
offsets of points 2…T given those before plus the end-of-stroke terms, summed; no component narrower than half
a grid step. The engine in torch is hwcli.training.loss.evaluate; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwcli.dataset.batches import padded_batches
from hwcli.dataset.line_texts import LineTexts
from hwcli.dataset.store import Dataset
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import eos_log_probability, mixture, offset_log_density
from hwcli.model.file import ModelFile
from hwcli.normalisation import Normalisation


@dataclass(frozen=True)
class Evaluation:
    """What the protocol gives for some lines."""

    nats_per_sequence: float
    nats_per_point: float
    sse_per_point: float  # squared distance to the mixture's mean, in normalised units
    lines: int
    points: int

    @classmethod
    def of(cls, nats: float, sse: float, lines: int, points: int) -> Evaluation:
        """From sums over all points of all lines."""
        return cls(nats / max(lines, 1), nats / max(points, 1), sse / max(points, 1), lines, points)


def evaluate(
    model: ModelFile,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    texts: LineTexts | None = None,
) -> Evaluation:
    """Score `lines`, `batch_size` at a time (None: as many as fit well), by the engine that samples.

    `texts` are for a network that writes given text.
    """
    sigma_min = np.array(model.normalisation.sigma_min, np.float32)
    weights = Weights.of(model)
    nats = sse = 0.0
    points = 0
    for window in padded_batches(dataset, lines, norm, batch_size=batch_size, texts=texts):
        columns = None if window.text is None else list(window.text.codes[0].T)
        engine = Engine(weights, window.inputs.shape[1], columns)
        for t, row in enumerate(window.inputs):
            raw = engine.step(row.T).T
            mix = mixture(raw, sigma_min)
            offsets, eos = window.targets[t, :, :2], window.targets[t, :, 2]
            wanted = window.offset_weight[t]
            log_p = offset_log_density(mix, offsets) * wanted
            log_p += eos_log_probability(raw, eos) * window.eos_weight[t]
            nats -= float(log_p.sum(dtype=np.float64))
            mean = (mix.pi[:, None, :] * mix.mu).sum(-1)
            sse += float((((offsets - mean) ** 2).sum(-1) * wanted).sum(dtype=np.float64))
        points += int(window.eos_weight.sum())
    return Evaluation.of(nats, sse, len(lines), points)
