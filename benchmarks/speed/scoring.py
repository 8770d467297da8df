"""Speed of scoring whole lines against the speed of training, and the memory that scoring adds.

Both with the same network and threads, on random lines of IAM's lengths, alternately in one process: a few
steps of hw train (batches of 64 x 150, without its first step), then hw evaluate's scoring of whole lines.
Wall-clock time decides; processor time is shown as well, since it depends less on other programs.

    python benchmarks/speed/scoring.py [rounds] [float32|bfloat16] [threads ...]
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from common import table
from hwcli import console
from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.dataset.epochs.batches import Epoch
from hwcli.dataset.store import Dataset, LineInfo, open_dataset, write
from hwcli.training.batch_tensors import Batch
from hwcli.training.trainer import StopRequestedError, Trainer
from hwcli.training.validation import evaluate

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
PRECISION = sys.argv[2] if len(sys.argv) > 2 else "auto"
THREADS = [int(n) for n in sys.argv[3:]] or [1, 2]
SIZES = [(2, 256, 12), (3, 400, 5)]  # layers, cells, steps of training per round
BATCH, WINDOW, SCORED = 64, 150, 256
TARGET = 3
console.set_quiet(True)

Times = tuple[float, float]  # wall-clock and processor time, in points per second


def dataset(folder: Path) -> Dataset:
    """Write random lines of IAM's lengths, SCORED of them to score, the rest to train on."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(300, 940, 700)
    offsets = rng.normal(0, 40, (lengths.sum(), 3)).astype(np.int16)
    offsets[:, 2] = rng.random(len(offsets)) < 0.04
    starts = np.concatenate([[0], np.cumsum(lengths)])
    folder.mkdir()
    splits = ["valid"] * SCORED + ["train"] * (len(lengths) - SCORED)
    write(folder, offsets, starts, [LineInfo(f"l{i}", f"l{i}", s) for i, s in enumerate(splits)], {})
    return open_dataset(folder)


def clocks() -> Iterator[float]:
    return iter((time.perf_counter(), time.process_time()))


def rates(points: int, start: Iterator[float]) -> Times:
    wall, processor = (points / (now - then) for now, then in zip(clocks(), start, strict=True))
    return wall, processor


def training(trainer: Trainer, steps: int) -> Times:
    """Return the speed of `steps` steps after the first one."""
    points: list[int] = []
    start = clocks()
    step = Trainer._step

    def counting(batch: Batch, epoch: Epoch) -> None:
        nonlocal start
        step(trainer, batch, epoch)
        if not points:
            start = clocks()
        points.append(batch.points)
        trainer.stop = len(points) > steps

    trainer._step = counting
    with suppress(StopRequestedError):
        trainer.train()
    return rates(sum(points[1:]), start)


def scoring(trainer: Trainer, data: Dataset) -> Times:
    start = clocks()
    result = evaluate(trainer.network, data, data.split("valid"), data.normalisation)
    return rates(result.points, start)


def trainer_of(data: Dataset, run: Path, layers: int, hidden: int, threads: int) -> Trainer:
    model = ModelConfig(layers=layers, hidden=hidden, skip=True)
    settings = TrainConfig(
        epochs=9, batch_size=BATCH, window=WINDOW, precision=PRECISION, device="cpu", threads=threads
    )
    return Trainer(data, run, Config(model=model, train=settings), seed=1)


def resident() -> float:
    """Return the largest resident memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


with tempfile.TemporaryDirectory() as folder:
    data = dataset(Path(folder) / "data")
    for layers, hidden, steps in SIZES:
        for threads in THREADS:
            run = Path(folder) / f"{layers}-{hidden}-{threads}"
            run.mkdir()
            trainer = trainer_of(data, run, layers, hidden, threads)
            before = resident()
            scoring(trainer, data)
            memory = resident() - before
            pairs = [(training(trainer, steps), scoring(trainer, data)) for _ in range(ROUNDS)]
            name = f"{layers} x {hidden}, {threads} thread{'s' * (threads > 1)}"
            for clock, kind in enumerate(("", ", processor time")):
                trained, scored = ([pair[k][clock] for pair in pairs] for k in range(2))
                table([(f"training, {name}{kind}", trained), (f"scoring{kind}", scored)], "points/s")
                ratio = statistics.median(b / a for a, b in zip(trained, scored, strict=True))
                print(f"ratio scoring / training{kind}: {ratio:.2f} (target: {TARGET})", flush=True)
            print(f"memory that scoring adds: {memory:.0f} MiB (target: at most 600)", flush=True)
