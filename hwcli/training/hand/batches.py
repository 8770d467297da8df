"""Lines side by side, whole, for learning a hand from few of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from hwcli.dataset.epochs.batches import ArrayBatch, Spans
from hwcli.model.file import ModelFile
from hwcli.normalisation import START, normalise
from hwcli.training.batch_tensors import Batch
from renderers.ink import Ink

LANES = 16  # lines side by side: the processor's products take no longer than for four


def endlessly(inks: Sequence[Ink], seed: int) -> Iterator[Ink]:
    """Yield the inks without end, each as often as any other, in random order."""
    generator = np.random.default_rng(seed)
    while inks:
        for number in generator.permutation(len(inks)):
            yield inks[number]


def side_by_side(file: ModelFile, told: NDArray[np.float64], inks: Sequence[Ink]) -> Batch:
    """Return a batch of whole lines, padded at their ends; `told` (sources,) is read at every step."""
    assert file.alphabet is not None
    time, lanes = max(map(len, inks)), len(inks)
    inputs, targets = (np.zeros((time, lanes, width), np.float32) for width in (file.shape.row, 3))
    offset_weight, eos_weight = np.zeros((2, time, lanes), np.float32)
    texts = [file.alphabet.encode_lossy(ink.text or "") for ink in inks]
    codes = np.full((max(map(len, texts)), lanes), len(file.alphabet), np.int64)
    inputs[0, :, :3], inputs[:, :, 3:] = normalise(np.array(START), file.normalisation), told
    for lane, (ink, text) in enumerate(zip(inks, texts, strict=True)):
        rows, n = normalise(ink.offsets, file.normalisation), len(ink)
        inputs[1:n, lane, :3] = rows[:-1]
        targets[:n, lane] = rows
        offset_weight[1:n, lane], eos_weight[:n, lane] = 1, 1
        codes[: len(text), lane] = text
    reset = np.zeros((time, lanes), np.float32)
    arrays = ArrayBatch(inputs, reset, targets, offset_weight, eos_weight, Spans(codes[None], (0,)))
    return Batch.of(arrays, torch.device("cpu"))


def windows(batch: Batch, length: int) -> Iterator[Batch]:
    """Yield the parts of `batch` that an update sees, `length` steps each, without a nearly empty last one.

    The state is carried on from each to the next.
    """
    for begin in range(0, len(batch.inputs), length):
        steps = slice(begin, begin + length)
        if (points := int(batch.eos_weight[steps].sum())) >= length:
            yield replace(
                batch,
                inputs=batch.inputs[steps],
                reset=batch.reset[steps],
                targets=batch.targets[steps],
                offset_weight=batch.offset_weight[steps],
                eos_weight=batch.eos_weight[steps],
                points=points,
            )
