"""Kill hw train and hw preprocess at random moments, and check that nothing is lost and nothing left.

    python tests/kills/kill_run.py --training 40 --preprocess 20 --seed 1

Prints a line for each; the first thing that does not hold ends it with an AssertionError. Forty kills of
training take about ten minutes. A few are a part of the ordinary tests (test_kills.py).
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from kills import PreprocessKills, TrainingKills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--training", type=int, default=20, help="number of runs of hw train to kill")
    parser.add_argument("--preprocess", type=int, default=20, help="number of hw preprocess to kill")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for name, make, count in (
        ("preprocess", PreprocessKills, asked.preprocess),
        ("training", TrainingKills, asked.training),
    ):
        if not count:
            continue
        with TemporaryDirectory() as folder:
            kills = make(Path(folder))
            for number in range(1, count + 1):
                print(
                    f"{name} {number}/{count}: {kills.one(random.Random(f'{asked.seed} {number}'))}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
