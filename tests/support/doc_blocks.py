"""The shell blocks of a documentation page, run in order in one folder, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# a block may follow a comment that says what it needs: <!-- needs: IAM-OnDB -->
_BLOCK = re.compile(r"(?:<!-- ([^\n]*) -->\n)?```sh\n(.*?)```", re.S)


def run_blocks(
    page: Path,
    folder: Path,
    change: Callable[[str], str] = lambda block: block,
    *,
    only: str | None = None,
    without: str | None = None,
    **environment: str,
) -> int:
    """Run blocks of `page`, each after `change`, and return how many; every file after -o must exist.

    All are run, or those whose comment begins with `only`, or does not begin with `without`.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    blocks = [
        change(block)
        for comment, block in _BLOCK.findall(page.read_text("utf-8"))
        if (only is None or comment.startswith(only)) and (without is None or not comment.startswith(without))
    ]
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder, env={**os.environ, "PATH": path, **environment}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        for name in re.findall(r"-o ([^\s'{$]+)(?!\S)", block):  # not those that a table or a loop fills in
            first, dot, suffix = name.rpartition(".")
            made = (folder / name).exists() or any(folder.glob(f"{first}.*{dot}{suffix}"))  # one per style
            assert made, name
    return len(blocks)
