"""The README's own commands, run in order in one folder, as a newcomer would.

Stand-ins take the place of the IAM files, and variables make the network small; the commands
stay as they are.
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
    """The blocks of one language that the tests run: .ci/run runs those with a mark."""
    return [m.group(4) for m in FENCE.finditer(README) if m.group(3) == language and not m.group(1)]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    """A folder with what the README says to fetch."""
    folder = tmp_path_factory.mktemp("newcomer")
    forms = {"a01-000u": 2, "a01-001w": 2, "b02-003z": 2}
    ink, texts = {}, {}
    for number, (form, lines) in enumerate(forms.items()):
        place = f"{form[:3]}/{form[:7]}/{form}"
        for line in range(1, lines + 1):
            ink[f"lineStrokes/{place}-{line:02d}.xml"] = iam_xml(wander(80, seed=10 * number + line))
        texts[f"ascii/{place}.txt"] = transcript([f"line {line}" for line in range(1, lines + 1)])
    tar(folder / "lineStrokes-all.tar.gz", ink)
    tar(folder / "ascii-all.tar.gz", texts)
    (folder / "trainset.txt").write_text("a01-000u\na01-001w\n")
    (folder / "testset_t.txt").write_text("b02-003z\n")
    (folder / "a01-000u-01.xml").write_bytes(next(iter(ink.values())))
    return folder


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, **SMALL, "PATH": path}


def test_every_command_of_the_readme_does_what_it_says(newcomer):
    assert len(blocks("sh")) >= 8
    for block in blocks("sh"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=newcomer, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    made = {path.name for path in newcomer.iterdir()}
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


def test_the_python_of_the_readme_runs(newcomer):
    for block in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", block + "\nassert strokes.shape == (800, 3)"],
            cwd=newcomer, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_every_file_that_the_readme_points_to_is_there():
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)#]+)\)", README)
    local = [link for link in links if "://" not in link]
    assert len(local) > 5
    assert [link for link in local if not (root / link).exists()] == []
