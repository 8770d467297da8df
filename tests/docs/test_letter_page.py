"""docs/letter.md: its commands run in order in one folder, and make a page of the right size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doc_blocks import run_blocks
from gcode_machine import run
from hwcli.ink_io.files import read_inks

PAGE = Path(__file__).parents[2] / "docs" / "letter.md"


@pytest.mark.cairo
def test_commands_make_a_letter(tmp_path: Path) -> None:
    assert run_blocks(PAGE, tmp_path) == 8
    (ink,) = read_inks(str(tmp_path / "letter.ndjson"))
    assert ink.text is not None
    assert ink.text.split("\n")[0] == "Dear Anna,"
    assert ink.text.split("\n")[-1] == "Tom"
    assert ink.extra["redo"] == [4]
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", (tmp_path / "letter.pdf").read_bytes())
    assert box is not None
    assert [float(side) * 25.4 / 72 for side in box.groups()] == pytest.approx([148, 210], rel=1e-3)
    assert (tmp_path / "plot.svg").is_file()
    assert len(run((tmp_path / "letter.gcode").read_bytes()).strokes) > 50
