"""The script of the page, tested by node's own test runner."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hwcli.recorder.page import joined_script
from node import node

FOLDER = Path(__file__).parent

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name)
def test_modules_do_as_they_say(path: Path) -> None:
    done = node("--test", path)
    assert done.returncode == 0, done.stdout
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout


def test_the_joined_script_is_one_module(tmp_path: Path) -> None:
    """Node finds a name that two modules give to different things."""
    script = tmp_path / "joined.mjs"
    script.write_text(joined_script(), "utf-8")
    done = node("--check", script)
    assert done.returncode == 0, done.stderr
