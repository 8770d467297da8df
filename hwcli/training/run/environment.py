"""What trains: versions and the machine's kind."""

from __future__ import annotations

import os
import platform

import torch

from hwcli import __version__


def environment() -> str:
    """Return the versions of hw, Python and PyTorch, the system and its cores, as one line."""
    versions = f"hw {__version__}, Python {platform.python_version()}, PyTorch {torch.__version__}"
    return f"{versions}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
