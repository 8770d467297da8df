"""docs/explanation.md: its commands make its pictures, its formulas give hw's own figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from doc_blocks import run_blocks

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "explanation.md"


def run_python(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's commands have run."""
    made = tmp_path_factory.mktemp("explanation")
    assert run_blocks(PAGE, made) == 6
    return made


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)


def test_commands_make_the_pictures(folder: Path) -> None:
    """Pictures are not compared, since they depend on the processor's rounding."""
    pictures = set(re.findall(r"\]\(images/(\S+)\)", PAGE.read_text("utf-8")))
    assert {path.name for path in folder.glob("*.svg")} == pictures
    assert [name for name in pictures if not (DOCS / "images" / name).is_file()] == []


def test_formulas_give_the_loss_of_hw(tmp_path: Path) -> None:
    printed = run_python(examples()[0], tmp_path)
    by_formulas, by_hw = re.findall(r"-?\d+\.\d+", printed)
    assert float(by_formulas) == pytest.approx(float(by_hw), abs=2e-3)


def test_reader_names_what_it_doubts(folder: Path) -> None:
    first, *doubts = run_python(examples()[1], folder).splitlines()
    # another processor's last bit may choose another component, and so another ink
    assert "fox" in first
    assert "quidk" not in first or any(line.startswith("5 'd' 3.") for line in doubts)
