"""Runs of hw train that end themselves with SIGKILL at every moment at which a file is being written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from handmade import environment

# The program forks one child per moment, since importing PyTorch takes longer than training. Within a child,
# every file written has two moments: its temporary file is there, cut in half, and it has just been renamed.
PROGRAM = """
import os, signal, sys
import torch._dynamo  # which torch's optimisers import late
from hwcli.app import main
from hwcli.training import trainer

trainer.save_picture = lambda *_: None
rename = os.replace


def kill_at(moment):
    passed = iter(range(10**6))

    def written(handle):
        if next(passed) == moment:
            os.ftruncate(handle, os.fstat(handle).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    def renamed(source, target):
        rename(source, target)
        if next(passed) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    os.fsync, os.replace = written, renamed


moment, status = 0, signal.SIGKILL
while status == signal.SIGKILL:
    child = os.fork()
    if not child:
        kill_at(moment)
        sys.argv = ["hw", "train", *sys.argv[1:], "-o", f"killed-{moment:02d}"]
        main()
    _, status = os.waitpid(child, 0)
    moment += 1
sys.exit(os.waitstatus_to_exitcode(status))
"""


def killed_runs(root: Path, *arguments: str) -> list[Path]:
    """Start `hw train` with these arguments again and again, killed at one moment later each time.

    Returns the run folders in `root`, in the order of the moments; the last run was not killed.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=root,
        capture_output=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return sorted(root.glob("killed-*"))
