"""Points that hw preprocess reads in a second from hw ink and from arrays, on two cores.

python benchmarks/speed/reading.py [lines] [rounds]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from common import seconds, table
from hwcli.ink_io.files import write_ink
from renderers.ink import Ink

POINTS, STROKE = 700, 28  # of a line of IAM-OnDB, and of its strokes
FILES = 24
lines = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def line(number: int) -> Ink:
    """Return a line of whole units, as tablets give them.

    Without text: where there is some, 20 lines of a source are read to see whether they are upside down.
    """
    moves = np.random.default_rng(number).integers(-20, 21, (POINTS, 2))
    ends = np.arange(POINTS) % STROKE == STROKE - 1
    return Ink.from_points(np.cumsum(moves, axis=0), ends, id=f"line-{number}")


def preprocess(source: Path, folder: str) -> None:
    command = [sys.executable, "-m", "hwcli", "--quiet", "preprocess", str(source)]
    subprocess.run([*command, "-o", f"{folder}/dataset", "--jobs", "2", "--overwrite"], check=True)


with tempfile.TemporaryDirectory() as folder:
    inks = [line(k) for k in range(lines)]
    rows = []
    for suffix in ("ndjson", "npz"):
        source = Path(folder, suffix)
        source.mkdir()
        for k in range(FILES):
            write_ink(inks[k::FILES], source / f"{k}.{suffix}")
        start = seconds(lambda: subprocess.run([sys.executable, "-m", "hwcli", "--version"], check=True))
        times = [seconds(partial(preprocess, source, folder)) - start for _ in range(rounds)]
        rows.append((f"{suffix}, {FILES} files", [lines * POINTS / 1e6 / time for time in times]))
    table(rows, "million points/s")
