"""docs/sources.md: its commands run in order in one folder, with ink that hw makes, and for the databases."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from doc_blocks import run_blocks
from handmade import ink_line, tiny_dataset
from hwcli.config.sections import TrainConfig
from hwcli.dataset.store import open_dataset
from inks import make_ink

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
DATABASES = "needs: UNIPEN"
SMALL = {"HW_TRAIN_EPOCHS": "1", "HW_TRAIN_DEVICE": "cpu", "HW_TRAIN_THREADS": "1", "HW_MODEL_HIDDEN": "16"}


def test_commands_run_in_an_empty_folder(tmp_path: Path) -> None:
    def less(block: str) -> str:
        return block.replace("--count 8", "--count 4")

    assert run_blocks(PAGE, tmp_path, less, without=DATABASES, **SMALL) == 4
    assert [one.name for one in open_dataset(tmp_path / "both").sources] == ["board", "tablet"]
    about = json.loads((tmp_path / "both" / "manifest.json").read_text())["sources"][1]
    assert about["units"] == "body"
    merged = open_dataset(tmp_path / "all")
    assert [one.name for one in merged.sources] == ["drawn"]
    assert sum(len(open_dataset(tmp_path / f"part-{part}")) for part in range(3)) == len(merged)
    assert {line.id for line in merged.lines if line.split == "valid"} == {"7-3", "7-23", "7-43"}


def test_commands_for_the_databases_run(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "iam", train=(60,) * 4, valid=(40,), texts=["a cab, a bed, a face"] * 5)
    (tmp_path / "train_r01_v07").mkdir()
    inks = [make_ink(150, seed=k) for k in range(4)]
    rows = [
        ink_line([s.tolist() for s in ink.strokes], text="7 up", writer=f"w{k}") for k, ink in enumerate(inks)
    ]
    (tmp_path / "train_r01_v07" / "ink.ndjson").write_bytes(b"".join(rows))
    assert run_blocks(PAGE, tmp_path, only=DATABASES, HW_PREPROCESS_VALID_FRACTION="0.5", **SMALL) == 1
    assert [one.name for one in open_dataset(tmp_path / "iam-unipen").sources] == ["iam", "unipen"]


def test_settings_are_known() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert tomllib.loads(block)["train"].keys() <= {*TrainConfig.__dataclass_fields__}
