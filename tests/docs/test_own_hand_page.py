"""docs/own-hand.md: its commands run in order in one folder, on sampled ink in place of recorded lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hwcli as hw
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
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    more = {"PATH": path, "HW_HANDS": str(folder / "hands")}
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(blocks) >= 4
    for block in blocks:
        block = block.replace("hw hand learn", "hw hand learn --updates 1")  # takes minutes otherwise
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder, env={**os.environ, **more}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        for name in re.findall(r"-o (\S+)", block):
            assert (folder / name).exists(), name
    assert (folder / "hands" / "mine.hand").is_file()
