"""docs/training.md: its commands run in order in one folder, on a small dataset and for one epoch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from handmade import tiny_dataset

PAGE = Path(__file__).parents[2] / "docs" / "training.md"
SMALL = {"HW_TRAIN_EPOCHS": "1", "HW_TRAIN_DEVICE": "cpu", "HW_TRAIN_THREADS": "1"}


def test_commands_run(tmp_path: Path) -> None:
    texts = ["a cab, a bed, a face"] * 5
    tiny_dataset(tmp_path / "iam", train=(60,) * 4, valid=(40,), texts=texts)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(blocks) >= 5
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path, env={**os.environ, **SMALL, "PATH": path}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        for name in re.findall(r"-o (\S+)", block):
            assert (tmp_path / name).exists(), name
    assert "hidden = 400  # preset graves" in (tmp_path / "graves.toml").read_text("utf-8")
