"""docs/text.md: its commands run in order in one folder, on ink sampled from the bundled model."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hwcli as hw
from doc_blocks import run_blocks
from hwcli.sampling.options import SampleOptions
from hwcli.weights import bundled as weights

PAGE = Path(__file__).parents[2] / "docs" / "text.md"
LETTER = "Dear reader,\n\nthis is a page of a few lines in one and the same hand.\nIt ends here.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    model = hw.load_model(weights.DEFAULT_SYNTHESIS)
    texts = [f"a line of mine, it is number {word}" for word in ("one", "two", "three", "four")]
    options = SampleOptions(bias=1.0, predictions=False)
    inks = list(model.samples(3, 1, options, text=["a line of mine", *texts]))
    hw.write_ink(inks[0], folder / "line.ndjson")
    hw.write_ink(inks[3:], folder / "lines.ndjson")
    (folder / "letter.txt").write_text(LETTER, encoding="utf-8")
    return folder


def test_commands_run(folder: Path) -> None:
    assert run_blocks(PAGE, folder, HW_HANDS=str(folder / "hands"), HW_TRAIN_THREADS="1") >= 6
    numbers = [json.loads(line) for line in (folder / "numbers.ndjson").read_text("utf-8").splitlines()]
    assert [ink["text"] for ink in numbers] == [f"number {k}" for k in range(1, 6)]
    assert (folder / "hands" / "mine.ndjson").is_file()


def test_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert [(text, faults) for text, _, faults in rows] == [("first", "[]")] * 2 + [("second", "[]")] * 2
    assert all(1 <= int(tries) <= 8 for _, tries, _ in rows)
