"""Speed of hw preprocess against one bare ElementTree pass over the same archive, and its peak memory.

python benchmarks/speed/preprocess.py lineStrokes-all.tar.gz [rounds]
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from common import pairs, seconds, table

archive = Path(sys.argv[1])
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def bare() -> None:
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            if (file := tar.extractfile(member)) is not None:
                ET.parse(file)


def hw() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "hwcli",
            "--quiet",
            "preprocess",
            str(archive),
            "-o",
            f"{folder}/iam",
        ]
        subprocess.run(command, check=True)


ours, floor = pairs(lambda: seconds(hw), lambda: seconds(bare), rounds)
table([("hw preprocess", ours), ("bare ElementTree pass, one process", floor)], "s")
ratio = statistics.median(ours) / statistics.median(floor)
print(f"ratio hw / bare: {ratio:.2f} (target: at most 1)")
# the peak of the largest process only: the system does not report that of all processes together
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"peak resident memory of the largest process: {peak:.0f} MiB (target for all together: 1,500 MiB)")
