"""Measuring a model on a dataset, for Python; the command hw evaluate also scores readers, and on GPUs."""

from __future__ import annotations

from pathlib import Path

from hwcli import console
from hwcli.dataset.epochs.told_sources import ToldSources
from hwcli.dataset.learned_from import Overlap
from hwcli.dataset.store import Dataset, open_dataset
from hwcli.evaluation.scores import lines_to_score
from hwcli.evaluation.scoring import score_lines
from hwcli.protocols import Figures, protocol_of
from hwcli.sampling.load import load_model
from hwcli.sampling.model import Model


def evaluate(
    dataset: Dataset | str | Path,
    model: Model | str | Path = "default",
    split: str = "valid",
    protocol: str = "graves",
) -> Figures:
    """Measure how well `model` predicts the lines of a `split` of `dataset`, on all cores.

    `dataset` is open, or its folder; `model` is loaded, or what `load_model` takes. `protocol` is graves
    (log-loss of normalised offsets), vrnn or mass; docs/training.md explains them. The figures have
    `nats_per_sequence` and `nats_per_point`; their `result` has the squared error per point and the numbers
    of lines and points. Warns on stderr if the model learned from the same writers or forms.

    Raises UsageError for an unknown protocol; HwError for a dataset or a model that cannot be opened, a split
    without lines, lines without the text that a synthesis model needs, and units that the protocol does not
    measure.
    """
    measured = protocol_of(protocol)
    data = dataset if isinstance(dataset, Dataset) else open_dataset(dataset)
    file = (model if isinstance(model, Model) else load_model(model)).file
    measured.check(data)
    lines, texts = lines_to_score(data, split, file.alphabet)
    told = ToldSources.of(data, file.sources) if file.sources else None
    result = score_lines(file, data, lines, texts=texts, protocol=measured, told=told).mean()
    if warning := Overlap.of(file.about, data, lines).warning:
        console.warn(warning)
    return measured.figures(result, file.normalisation)
