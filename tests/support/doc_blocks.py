"""The shell blocks of a documentation page, run in order in one folder, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def run_blocks(
    page: Path, folder: Path, change: Callable[[str], str] = lambda block: block, **environment: str
) -> int:
    """Run all blocks of `page`, each after `change`, and return how many; every file after -o must exist."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    blocks = [change(block) for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.S)]
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder, env={**os.environ, "PATH": path, **environment}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        for name in re.findall(r"-o ([^\s'{]+)", block):  # not those that a table fills in
            assert (folder / name).exists(), name
    return len(blocks)
