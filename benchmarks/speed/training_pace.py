"""The pace of hw train on random lines, for several benchmarks."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.store import LineInfo, open_dataset, write
from hwcli.training.batch_tensors import Batch
from hwcli.training.trainer import StopRequestedError, Trainer

BATCH, WINDOW = 50, 300  # the defaults


def random_dataset(folder: Path, windows: int) -> Path:
    """Write random lines of IAM's lengths, enough for this many training windows; none for validation."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(300, 940, windows * BATCH * WINDOW // 620)
    offsets = rng.normal(0, 40, (lengths.sum(), 3)).astype(np.int16)
    offsets[:, 2] = rng.random(len(offsets)) < 0.04
    starts = np.concatenate([[0], np.cumsum(lengths)])
    folder.mkdir()
    write(folder, offsets, starts, [LineInfo(f"l{i}", f"l{i}", "train") for i in range(len(lengths))], {})
    return folder


def training_pace(
    data: Path,
    steps: int,
    precision: str,
    device: str = "cpu",
    threads: int = 0,
    model: ModelConfig = ModelConfig(),  # noqa: B008  # frozen
) -> float:
    """Return the points per second of hw train over `steps` windows, without its first step.

    The epoch should be longer than that: the ragged ends of its streams, 0.8 % of an epoch of IAM, would be
    several per cent of such a short one.
    """
    with tempfile.TemporaryDirectory() as run:
        settings = TrainConfig(epochs=1, precision=precision, device=device, threads=threads)
        trainer = Trainer(open_dataset(data), Path(run), Config(model=model, train=settings), seed=1)
        marks, points, step = [], [], trainer._step

        def counting(batch: Batch, epoch: Epoch) -> None:
            step(batch, epoch)
            points.append(batch.points)
            if len(points) in (1, steps + 1):
                trainer.state[0][0].cpu()  # wait for a GPU
                marks.append(time.perf_counter())
            trainer.stop = len(points) > steps

        trainer._step = counting
        with suppress(StopRequestedError):
            trainer.train()
        return sum(points[1:]) / (marks[1] - marks[0])
