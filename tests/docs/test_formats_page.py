"""docs/formats.md: its commands and its Python run in order in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from doc_blocks import run_blocks
from hwcli.dataset.store import open_dataset

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_examples_run_in_an_empty_folder(tmp_path: Path) -> None:
    assert run_blocks(PAGE, tmp_path, without="needs: UNIPEN") == 5
    assert [line.text for line in open_dataset(tmp_path / "ann").lines] == ["hi", "I"]
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S))
    done = subprocess.run(
        [sys.executable, "-c", code + "print(offsets.shape)"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *_, one, two, shape = done.stdout.splitlines()
    assert [line.split()[-1] for line in (one, two)] == ["one", "two"]
    assert shape.endswith(", 3)")
