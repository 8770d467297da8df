"""The protocol `graves`: the log-loss of whole lines, here in NumPy.

Per line: minus the log-density of the offsets of points 2…T, each given all points before it, minus the
log-probability of all end-of-stroke values, summed (Graves 2013, equation 26). Offsets are normalised per
axis to mean 0 and standard deviation 1; lines are teacher-forced in float32; no component is narrower than
half a grid step. `hw evaluate` computes this in torch (hwcli.training.validation.evaluate); tests compare
the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hwcli import console
from hwcli.alphabet import Alphabet
from hwcli.dataset.batches import padded_batches
from hwcli.dataset.line_texts import LineTexts, with_text
from hwcli.dataset.store import Dataset
from hwcli.engine.lstm import Engine, Weights
from hwcli.engine.mixture import eos_log_probability, mean_offset, mixture, offset_log_density
from hwcli.errors import HwError
from hwcli.model.file import ModelFile
from hwcli.normalisation import Normalisation


@dataclass(frozen=True)
class Evaluation:
    """The result of the protocol for a set of lines."""

    nats_per_sequence: float
    nats_per_point: float
    sse_per_point: float  # squared distance from the mixture's mean, in normalised units
    lines: int
    points: int

    @classmethod
    def of(cls, nats: float, sse: float, lines: int, points: int) -> Evaluation:
        """Average sums over all points of all lines."""
        return cls(nats / max(lines, 1), nats / max(points, 1), sse / max(points, 1), lines, points)

    @classmethod
    def total(cls, parts: Iterable[Evaluation]) -> Evaluation:
        """Return the result for the lines of all `parts`."""
        parts = list(parts)
        return cls.of(
            sum(part.nats_per_sequence * part.lines for part in parts),
            sum(part.sse_per_point * part.points for part in parts),
            sum(part.lines for part in parts),
            sum(part.points for part in parts),
        )


def lines_to_score(
    dataset: Dataset, split: str, alphabet: Alphabet | None
) -> tuple[list[int], LineTexts | None]:
    """Return the lines of `split`; with an `alphabet` those with text, and their texts. HwError if none."""
    lines = dataset.split(split)
    if not lines:
        raise HwError(
            f"{dataset.path} has no lines in split {split!r}", f"its splits: {', '.join(dataset.splits)}"
        )
    if alphabet is None:
        return lines, None
    known = with_text(dataset, lines)
    if not known:
        raise HwError(
            f"{dataset.path} cannot be scored by a synthesis model: its lines have no text",
            "add texts with hw preprocess --transcripts",
        )
    if len(known) < len(lines):
        console.note(f"{len(lines) - len(known):,} lines without text are left out")
    return known, LineTexts.of(dataset, known, alphabet)


def evaluate(
    model: ModelFile,
    dataset: Dataset,
    lines: Sequence[int],
    norm: Normalisation,
    batch_size: int | None = None,
    texts: LineTexts | None = None,
) -> Evaluation:
    """Score `lines` with the NumPy engine in units of `norm`; a synthesis network needs their `texts`."""
    sigma_min = np.array(model.normalisation.sigma_min, np.float32)
    weights = Weights.of(model)
    nats = sse = 0.0
    points = 0
    for batch in padded_batches(dataset, lines, norm, batch_size=batch_size, texts=texts):
        columns = None if batch.text is None else list(batch.text.codes[0].T)
        engine = Engine(weights, batch.inputs.shape[1], columns)
        for t, row in enumerate(batch.inputs):
            raw = engine.step(row.T).T
            mix = mixture(raw, sigma_min)
            offsets, eos = batch.targets[t, :, :2], batch.targets[t, :, 2]
            weight = batch.offset_weight[t]
            log_p = offset_log_density(mix, offsets) * weight
            log_p += eos_log_probability(raw, eos) * batch.eos_weight[t]
            nats -= float(log_p.sum(dtype=np.float64))
            error = offsets - mean_offset(mix)
            sse += float(((error**2).sum(-1) * weight).sum(dtype=np.float64))
        points += int(batch.eos_weight.sum())
    return Evaluation.of(nats, sse, len(lines), points)
