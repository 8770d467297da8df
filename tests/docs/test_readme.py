"""README.md: its commands run in order in an empty folder, and it stays short.

Environment variables make the network small.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from doc_blocks import run_blocks

README = Path(__file__).parents[2] / "README.md"
SMALL = {"HW_TRAIN_EPOCHS": "1", "HW_MODEL_HIDDEN": "16", "HW_TRAIN_BATCH_SIZE": "4", "HW_TRAIN_WINDOW": "50"}
LINES = 150


@pytest.mark.cairo
def test_commands_run_in_an_empty_folder(tmp_path: Path) -> None:
    # .ci/run runs the blocks marked `ci`
    assert run_blocks(README, tmp_path, without="ci: ", **SMALL) >= 5
    made = {path.name for path in tmp_path.iterdir()}
    styles = ("plain", "color", "multi", "eos", "pdf")
    assert {f"sample.{style}.svg" for style in styles} <= made


def test_python_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    done = subprocess.run(
        [sys.executable, "-c", code + "\nassert strokes.shape == (800, 3)"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= LINES
