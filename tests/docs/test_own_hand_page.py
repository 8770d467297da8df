"""docs/own-hand.md: its commands run in order in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from doc_blocks import run_blocks

PAGE = Path(__file__).parents[2] / "docs" / "own-hand.md"


@pytest.mark.cairo
def test_commands_run_in_an_empty_folder(tmp_path: Path) -> None:
    def quick(block: str) -> str:  # learning takes minutes otherwise
        return block.replace("hw hand learn", "hw hand learn --updates 1")

    hands, folder = tmp_path / "hands", tmp_path / "empty"
    folder.mkdir()
    assert run_blocks(PAGE, folder, quick, HW_HANDS=str(hands)) >= 5
    assert (hands / "mine.hand").is_file()
