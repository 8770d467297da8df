"""docs/training.md: its commands run in order in an empty folder, with less ink and smaller networks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doc_blocks import run_blocks
from handmade import iam_xml, tar, transcript, wander
from hwcli.dataset.store import open_dataset

PAGE = Path(__file__).parents[2] / "docs" / "training.md"
SMALL = {"HW_TRAIN_DEVICE": "cpu", "HW_TRAIN_THREADS": "1"}
LESS = {
    "--count 10": "--count 2",
    "--count 3": "--count 1",
    "--compose 20": "--compose 2",
    "--nproc-per-node 2": "--nproc-per-node 1",
}


def less(block: str) -> str:
    """Return a block that takes less time, but makes the same files."""
    for many, few in LESS.items():
        block = block.replace(many, few)
    keeps_size = "--from " in block or "hw config" in block
    return block if keeps_size else f"export HW_MODEL_HIDDEN=16\n{block}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's commands have run."""
    made = tmp_path_factory.mktemp("training")
    assert run_blocks(PAGE, made, less, without="needs: ", **SMALL) == 14
    return made


def test_commands_run_in_an_empty_folder(folder: Path) -> None:
    assert "hidden = 400  # preset graves" in (folder / "graves.toml").read_text("utf-8")
    assert "epochs = 1" in (folder / "hw.toml").read_text("utf-8")
    assert len(open_dataset(folder / "lines")) == 8


def test_composed_lines_have_the_source_that_is_weighted(folder: Path) -> None:
    sources = {source.name for source in open_dataset(folder / "both").sources}
    assert "hand-composed" in sources
    assert "--source-weight hand-composed=" in PAGE.read_text("utf-8")


def test_command_for_the_database_runs(tmp_path: Path) -> None:
    ink = {f"lineStrokes/a01/a01-00{k}/a01-00{k}u-01.xml": iam_xml(wander(80, seed=k)) for k in range(3)}
    texts = {f"ascii/a01/a01-00{k}/a01-00{k}u.txt": transcript(["line 1"]) for k in range(3)}
    tar(tmp_path / "lineStrokes-all.tar.gz", ink)
    tar(tmp_path / "ascii-all.tar.gz", texts)
    (tmp_path / "testset_t.txt").write_text("a01-002u\n")
    assert run_blocks(PAGE, tmp_path, only="needs: IAM-OnDB") == 1
    assert [line.split for line in open_dataset(tmp_path / "iam").lines].count("valid") == 1


def test_every_block_of_commands_is_run_or_says_what_it_needs() -> None:
    text = PAGE.read_text("utf-8")
    assert len(re.findall(r"^```sh$", text, re.M)) == 14 + len(re.findall(r"^<!-- needs: ", text, re.M))
    assert re.findall(r"^```$\n(?:hw|torchrun|python) ", text, re.M) == []
