"""docs/text.md: its commands run in order in an empty folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from doc_blocks import run_blocks

PAGE = Path(__file__).parents[2] / "docs" / "text.md"


def test_commands_run_in_an_empty_folder(tmp_path: Path) -> None:
    hands = tmp_path / "hands"
    folder = tmp_path / "empty"
    folder.mkdir()
    assert run_blocks(PAGE, folder, HW_HANDS=str(hands), HW_TRAIN_THREADS="1") >= 6
    numbers = [json.loads(line) for line in (folder / "numbers.ndjson").read_text("utf-8").splitlines()]
    assert [ink["text"] for ink in numbers] == [f"number {k}" for k in range(1, 6)]
    assert (hands / "one-line.ndjson").is_file()


def test_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert [(text, faults) for text, _, faults in rows] == [("first", "[]")] * 2 + [("second", "[]")] * 2
    assert all(1 <= int(tries) <= 8 for _, tries, _ in rows)
