"""Speed beside another busy program: training, scoring and sampling on all cores, with and without it.

The busy program keeps one core busy. Quiet and busy are measured alternately; the ratio should be at least
0.45 on two cores. GOMP_SPINCOUNT and OMP_WAIT_POLICY in the environment show what other ways of waiting cost.

    python benchmarks/speed/neighbour.py [rounds] [float32|bfloat16]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from common import machine, seconds
from hwcli import console
from hwcli.dataset.store import open_dataset
from hwcli.evaluation.scoring import score_lines
from hwcli.sampling.load import load_model
from training_pace import random_dataset, training_pace

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
PRECISION = sys.argv[2] if len(sys.argv) > 2 else "float32"
STEPS, SCORED, SAMPLES, POINTS = 4, 40, 32, 200
console.set_quiet(True)


@contextmanager
def busy_program() -> Iterator[None]:
    """Run a program that never waits."""
    program = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        program.kill()
        program.wait()


def paces(data: Path) -> dict[str, Callable[[], float]]:
    """Return what is measured: functions that return points per second."""
    model, lines = load_model("iam-prediction"), open_dataset(data)
    scored = list(range(SCORED))
    points = int(lines.lengths[scored].sum())

    def score() -> None:
        score_lines(model.file, lines, scored).mean()

    def sample() -> None:
        model.sample_many(SAMPLES, points=POINTS, seed=1, predictions=False)

    return {
        "hw train, one thread": lambda: training_pace(data, STEPS, PRECISION, threads=1),
        "hw train, all cores": lambda: training_pace(data, STEPS, PRECISION),
        "scoring": lambda: points / seconds(score),
        "sampling a batch": lambda: SAMPLES * POINTS / seconds(sample),
    }


with tempfile.TemporaryDirectory() as folder:
    jobs = paces(random_dataset(Path(folder) / "data", STEPS + 6))
    quiet: dict[str, list[float]] = {name: [] for name in jobs}
    busy: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, pace in jobs.items():
            quiet[name].append(pace())
            with busy_program():
                busy[name].append(pace())
print(f"{'points/s, medians':24s} {'quiet':>10s} {'busy':>10s}  ratio (range)")
for name in jobs:
    ratios = [b / q for b, q in zip(busy[name], quiet[name], strict=True)]
    print(
        f"{name:24s} {median(quiet[name]):10,.0f} {median(busy[name]):10,.0f}  "
        f"{median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})"
    )
print(machine())
