"""docs/sources.md: its commands run in order in one folder, on small sources and for one epoch."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from handmade import ink_line, tiny_dataset
from hwcli.config.sections import TrainConfig
from hwcli.dataset.store import open_dataset
from inks import make_ink

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
SMALL = {
    "HW_TRAIN_EPOCHS": "1",
    "HW_TRAIN_DEVICE": "cpu",
    "HW_TRAIN_THREADS": "1",
    "HW_MODEL_HIDDEN": "16",
    "HW_PREPROCESS_VALID_FRACTION": "0.5",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)


def test_commands_run(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "iam", train=(60,) * 4, valid=(40,), texts=["a cab, a bed, a face"] * 5)
    (tmp_path / "train_r01_v07").mkdir()
    inks = [make_ink(150, seed=k) for k in range(4)]
    rows = [
        ink_line([s.tolist() for s in ink.strokes], text="7 up", writer=f"w{k}") for k, ink in enumerate(inks)
    ]
    (tmp_path / "train_r01_v07" / "ink.ndjson").write_bytes(b"".join(rows))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed = ""
    for block in blocks("sh"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path, env={**os.environ, **SMALL, "PATH": path}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        printed += done.stdout
    assert [one.name for one in open_dataset(tmp_path / "both").sources] == ["iam", "unipen"]
    assert "  unipen: " in printed
    about = json.loads((tmp_path / "both" / "manifest.json").read_text())["sources"][1]
    assert about["units"] == "body"


def test_settings_are_known() -> None:
    (block,) = blocks("toml")
    known = {*TrainConfig.__dataclass_fields__}
    assert tomllib.loads(block)["train"].keys() <= known
