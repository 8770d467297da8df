"""README.md: its commands run in order in one folder, unchanged.

Small stand-ins replace the IAM files, and environment variables make the network small.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from handmade import iam_xml, tar, transcript, wander

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"(<!-- ci: (\w+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
SMALL = {"HW_TRAIN_EPOCHS": "1", "HW_MODEL_HIDDEN": "16", "HW_TRAIN_BATCH_SIZE": "4", "HW_TRAIN_WINDOW": "50"}


def blocks(language: str) -> list[str]:
    """Return the blocks of one language, without those marked `ci`, which .ci/run runs."""
    return [m.group(4) for m in FENCE.finditer(README) if m.group(3) == language and not m.group(1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the files that the README tells the reader to download."""
    folder = tmp_path_factory.mktemp("readme")
    forms = {"a01-000u": 2, "a01-001w": 2, "b02-003z": 2}
    ink, texts = {}, {}
    for number, (form, lines) in enumerate(forms.items()):
        place = f"{form[:3]}/{form[:7]}/{form}"
        for line in range(1, lines + 1):
            ink[f"lineStrokes/{place}-{line:02d}.xml"] = iam_xml(wander(80, seed=10 * number + line))
        texts[f"ascii/{place}.txt"] = transcript([f"line {line}" for line in range(1, lines + 1)])
    tar(folder / "lineStrokes-all.tar.gz", ink)
    tar(folder / "ascii-all.tar.gz", texts)
    (folder / "testset_t.txt").write_text("b02-003z\n")
    (folder / "a01-000u-01.xml").write_bytes(next(iter(ink.values())))
    return folder


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, **SMALL, "PATH": path}


def test_commands_run(folder):
    assert len(blocks("sh")) >= 8
    for block in blocks("sh"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    made = {path.name for path in folder.iterdir()}
    assert {"sample.color.svg", "sample.multi.svg", "sample.eos.svg", "sample.pdf.svg", "neat.png"} <= made
    assert {
        "mine.svg",
        "three.svg",
        "expected.svg",
        "hand.svg",
        "after.ndjson",
        "twenty",
        "iam",
        "run",
    } <= made


def test_python_runs(folder):
    for block in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", block + "\nassert strokes.shape == (800, 3)"],
            cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
