"""Speed of hw train against a bare loop: nn.LSTM, mixture loss and Adam on prepared data.

All use the defaults (2 x 256, 20 mixtures, batch 50, window 300, dropout 0.2) and the same threads,
alternately in one process: hw train and the bare loop in the given precision, and the bare loop in float32,
which shows how fast the machine was at that time.

    python benchmarks/speed/training.py [rounds] [float32|bfloat16] [device] [threads]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from torch import nn

from common import seconds, table
from hwcli import console
from hwcli.config.sections import Config, TrainConfig
from hwcli.dataset.batches import Epoch
from hwcli.dataset.store import LineInfo, open_dataset, write
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density
from hwcli.training.batch_tensors import Batch
from hwcli.training.trainer import StopRequestedError, Trainer

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
PRECISION = sys.argv[2] if len(sys.argv) > 2 else "float32"
DEVICE = torch.device(sys.argv[3] if len(sys.argv) > 3 else "cpu")
THREADS = int(sys.argv[4]) if len(sys.argv) > 4 else 0
BATCH, WINDOW, STEPS = 50, 300, 12
console.set_quiet(True)


class Bare(nn.Module):
    def __init__(self, precision: str) -> None:
        super().__init__()
        self.bfloat16 = precision == "bfloat16"
        self.lstm = nn.LSTM(3, 256, num_layers=2, dropout=0.2)
        self.output = nn.Linear(256, 121)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=self.bfloat16):
            h, _ = self.lstm(x)
        return self.output(h.float())


def bare(precision: str = PRECISION) -> float:
    """Return the points per second of the bare loop, without its first step, which initialises."""
    x = torch.randn(WINDOW + 1, BATCH, 3, device=DEVICE)
    x[..., 2] = (x[..., 2] > 1.5).float()
    network, floor = Bare(precision).to(DEVICE), torch.tensor([0.01, 0.01], device=DEVICE)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step() -> None:
        mix = mixture(network(x[:-1]), floor)
        loss = -(offset_log_density(mix, x[1:, :, :2]) + eos_log_probability(mix, x[1:, :, 2])).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimiser.step()

    def steps() -> None:
        for _ in range(STEPS):
            step()
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()

    step()
    return STEPS * BATCH * WINDOW / seconds(steps)


def dataset(folder: Path) -> Path:
    """Write random lines of IAM's lengths, enough for more than STEPS windows, without a valid split."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(300, 940, (STEPS + 6) * BATCH * WINDOW // 620)
    offsets = rng.normal(0, 40, (lengths.sum(), 3)).astype(np.int16)
    offsets[:, 2] = rng.random(len(offsets)) < 0.04
    starts = np.concatenate([[0], np.cumsum(lengths)])
    folder.mkdir()
    write(folder, offsets, starts, [LineInfo(f"l{i}", f"l{i}", "train") for i in range(len(lengths))], {})
    return folder


def hw(data: Path) -> float:
    """Return the points per second of hw train over STEPS windows, without its first step.

    The epoch is longer than STEPS windows: the ragged ends of its streams, 0.8 % of an epoch of IAM, would be
    several per cent of such a short one.
    """
    with tempfile.TemporaryDirectory() as run:
        settings = TrainConfig(epochs=1, precision=PRECISION, device=str(DEVICE), threads=THREADS)
        trainer = Trainer(open_dataset(data), Path(run), Config(train=settings), seed=1)
        marks, points, step = [], [], trainer._step

        def counting(batch: Batch, epoch: Epoch) -> None:
            step(batch, epoch)
            points.append(batch.points)
            if len(points) in (1, STEPS + 1):
                trainer.state[0][0].cpu()  # wait for a GPU
                marks.append(time.perf_counter())
            trainer.stop = len(points) > STEPS

        trainer._step = counting
        with suppress(StopRequestedError):
            trainer.train()
        return sum(points[1:]) / (marks[1] - marks[0])


ours, floor, exact = [], [], []
with tempfile.TemporaryDirectory() as folder:
    data = dataset(Path(folder) / "data")
    for _ in range(ROUNDS):
        ours.append(hw(data))  # also sets the threads for the others
        floor.append(bare())
        exact.append(bare("float32"))
rows = [(f"hw train, {PRECISION}", ours), (f"bare loop, {PRECISION}", floor), ("bare loop, float32", exact)]
table(rows, "points/s")
ratio = statistics.median(a / b for a, b in zip(ours, floor, strict=True))
print(f"ratio hw / bare: {ratio:.2f} (target: {0.85 if DEVICE.type == 'cuda' else 0.9})")
print(f"ratio hw / bare float32: {statistics.median(a / b for a, b in zip(ours, exact, strict=True)):.2f}")
print(f"{DEVICE}, {torch.get_num_threads()} threads")
