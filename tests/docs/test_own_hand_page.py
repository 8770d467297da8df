"""docs/own-hand.md: its commands run in order in one folder, on sampled ink in place of recorded lines."""

from __future__ import annotations

from pathlib import Path

import pytest

import hwcli as hw
from doc_blocks import run_blocks
from hwcli.recorder.prompts import PROMPTS
from hwcli.sampling.options import SampleOptions
from hwcli.weights import bundled as weights

LETTER = "Dear Anna,\nthe kettle is on. Come over!\n"
PAGE = Path(__file__).parents[2] / "docs" / "own-hand.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own-hand")
    model = hw.load_model(weights.DEFAULT_SYNTHESIS)
    options = SampleOptions(bias=1.0, predictions=False)
    hw.write_ink(list(model.samples(1, 1, options, text=PROMPTS[:4])), folder / "mine.ndjson")
    (folder / "letter.txt").write_text(LETTER)
    return folder


def test_commands_run(folder: Path) -> None:
    def quick(block: str) -> str:  # learning takes minutes otherwise
        return block.replace("hw hand learn", "hw hand learn --updates 1")

    assert run_blocks(PAGE, folder, quick, HW_HANDS=str(folder / "hands")) >= 4
    assert (folder / "hands" / "mine.hand").is_file()
