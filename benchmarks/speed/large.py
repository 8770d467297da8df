"""Training on a dataset far larger than the memory it may use: resident memory, and points per second.

Random lines of IAM's lengths, repeated until there are POINTS points, with the defaults' network. A
small and a large dataset are each trained on in a process of its own, which stops after STEPS steps.

    python benchmarks/speed/large.py [millions of points] [steps] [hidden]

With fewer hidden cells, more of the dataset is read in the same time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from common import machine
from hwcli.dataset.store import LineInfo, write

POINTS = 1_000_000 * (int(sys.argv[1]) if len(sys.argv) > 1 else 100)
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 40
HIDDEN = int(sys.argv[3]) if len(sys.argv) > 3 else 256

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from hwcli import console
from hwcli.config.sections import Config, ModelConfig, TrainConfig
from hwcli.dataset.store import open_dataset
from hwcli.training.trainer import StopRequestedError, Trainer

console.set_quiet(True)
begin = time.perf_counter()
data = open_dataset(Path(sys.argv[1]))
opened = time.perf_counter() - begin
run, steps, hidden = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
run.mkdir()
config = Config(model=ModelConfig(hidden=hidden), train=TrainConfig(device="cpu"))
trainer = Trainer(data, run, config, seed=1)
step = trainer._step
marks = []

def counting(*arguments):
    step(*arguments)
    marks.append(time.perf_counter())
    trainer.stop = len(marks) == steps

trainer._step = counting
try:
    trainer.train()
except StopRequestedError:
    pass
speed = (len(marks) - 5) * 50 * 300 / (marks[-1] - marks[4])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"opened": opened, "first": marks[0] - begin, "speed": speed, "peak": peak}))
"""


def dataset(folder: Path, points: int) -> Path:
    rng = np.random.default_rng(0)
    lengths = rng.integers(300, 940, 1600)
    block = rng.normal(0, 40, (lengths.sum(), 3)).astype(np.int16)
    block[:, 2] = rng.random(len(block)) < 0.04
    times = -(-points // len(block))
    starts = np.concatenate([[0], np.cumsum(np.tile(lengths, times))])
    lines = [LineInfo(f"l{i}", f"l{i}", "train") for i in range(len(starts) - 1)]
    folder.mkdir()
    write(folder, np.tile(block, (times, 1)), starts, lines, {})
    return folder


with tempfile.TemporaryDirectory() as root:
    for name, points in (("small", 1_000_000), ("large", POINTS)):
        data = dataset(Path(root) / name, points)
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(data), f"{data}-run", str(STEPS), str(HIDDEN)],
            check=True,
            capture_output=True,
            text=True,
        )
        row = json.loads(done.stdout)
        print(
            f"{name}: {points:,} points, {row['speed']:,.0f} points/s, peak {row['peak']:,.0f} MiB resident, "
            f"opened and checked in {row['opened']:.1f} s, first step after {row['first']:.1f} s"
        )
print(machine())
