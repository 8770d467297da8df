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
from pathlib import Path

import torch
from torch import nn

from common import seconds, table
from hwcli import console
from hwcli.network.mixture import eos_log_probability, mixture, offset_log_density
from training_pace import random_dataset, training_pace

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


ours, floor, exact = [], [], []
with tempfile.TemporaryDirectory() as folder:
    data = random_dataset(Path(folder) / "data", STEPS + 6)
    for _ in range(ROUNDS):
        # also sets the threads for the others
        ours.append(training_pace(data, STEPS, PRECISION, str(DEVICE), THREADS))
        floor.append(bare())
        exact.append(bare("float32"))
rows = [(f"hw train, {PRECISION}", ours), (f"bare loop, {PRECISION}", floor), ("bare loop, float32", exact)]
table(rows, "points/s")
ratio = statistics.median(a / b for a, b in zip(ours, floor, strict=True))
print(f"ratio hw / bare: {ratio:.2f} (target: {0.85 if DEVICE.type == 'cuda' else 0.9})")
print(f"ratio hw / bare float32: {statistics.median(a / b for a, b in zip(ours, exact, strict=True)):.2f}")
print(f"{DEVICE}, {torch.get_num_threads()} threads")
