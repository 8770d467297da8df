"""Time of short commands in new processes, as a user waits for them.

python benchmarks/speed/startup.py [rounds]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

from common import seconds, table

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10


def command(*arguments: str) -> list[float]:
    line = [sys.executable, "-m", "hwcli", "--quiet", *arguments]

    def once() -> None:
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)

    once()  # loads the files into the page cache
    return [seconds(once) for _ in range(rounds)]


with tempfile.TemporaryDirectory() as folder:
    table(
        [
            (
                "python -c pass",
                [seconds(lambda: subprocess.run([sys.executable, "-c", "pass"])) for _ in range(rounds)],
            ),
            ("hw --help (target: 0.25 s)", command("--help")),
            (
                "hw sample --points 800 --render eos (target: 0.6 s)",
                command(
                    "sample", "--points", "800", "--render", "eos", "--seed", "1", "-o", f"{folder}/x.svg"
                ),
            ),
        ],
        "s",
    )
