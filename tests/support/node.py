"""Running node."""

from __future__ import annotations

import subprocess
from pathlib import Path


def node(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *map(str, arguments)], capture_output=True, text=True, timeout=60)
