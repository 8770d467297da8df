"""docs/drawing.md: its commands run in order in one folder; its list of options is current."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gcode_machine import run

PAGE = Path(__file__).parents[2] / "docs" / "drawing.md"
BEGIN, END = "<!-- hw render --list: begin -->\n", "<!-- hw render --list: end -->\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)


@pytest.mark.cairo
def test_commands_run(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    assert len(blocks("sh")) >= 6
    for block in blocks("sh"):
        if re.search(r"^ *vpype ", block, re.M):
            pytest.importorskip(
                "vpype", reason="vpype is not installed (it does not support Python 3.14 yet)"
            )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        for name in re.findall(r"-o (\S+)|(\S+\.gcode)", block):
            assert (tmp_path / (name[0] or name[1])).stat().st_size > 100, name
    assert len(run((tmp_path / "card.gcode").read_bytes()).strokes) > 5
    by_hw, by_vpype = (tmp_path / "plot.gcode").read_bytes(), (tmp_path / "vpype.gcode").read_bytes()
    strokes = len(run(by_hw, "z").strokes)
    assert strokes > 5
    assert len(run(by_vpype).strokes) == strokes  # vpype's own profiles draw all in one
    assert (tmp_path / "marlin.gcode").read_text("utf-8").count("M280 P0 S40") == strokes + 1


@pytest.mark.cairo
def test_python_runs(tmp_path: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {
        "legend.svg",
        "film.gif",
        "grid.png",
        "lines.pdf",
        "gallery.html",
    }
    assert any(0x2800 < ord(c) <= 0x28FF for c in done.stdout)


def test_list_of_options_is_current(request: pytest.FixtureRequest) -> None:
    """`--bless` writes the list again."""
    command = [sys.executable, "-m", "hwcli", "render", "--list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    text = PAGE.read_text("utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    wanted = f"{before}{BEGIN}```text\n{listed.rstrip()}\n```\n{END}{after}"
    if request.config.getoption("--bless"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted
