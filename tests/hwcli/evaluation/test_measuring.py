"""hw.evaluate gives the figures of the command hw evaluate, and its warnings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hwcli
from handmade import hw, tiny_dataset, tiny_model
from hwcli.errors import HwError, UsageError


@pytest.mark.parametrize("protocol", ["graves", "mass"])
def test_gives_what_the_command_prints(tmp_path: Path, protocol: str) -> None:
    tiny_dataset(tmp_path / "d", train=(60,) * 4, valid=(40, 30))
    tiny_model(tmp_path / "m.safetensors")
    done = hw("evaluate", "d", "--model", "m.safetensors", "--json", "--protocol", protocol, cwd=tmp_path)
    figures = hwcli.evaluate(
        hwcli.open_dataset(tmp_path / "d"), hwcli.load_model(tmp_path / "m.safetensors"), protocol=protocol
    )
    assert json.loads(done.out) | figures.as_row() == json.loads(done.out)
    assert hwcli.evaluate(str(tmp_path / "d"), tmp_path / "m.safetensors", protocol=protocol) == figures


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "d", train=(60,) * 4, valid=(40, 30))
    tiny_model(tmp_path / "m.safetensors")
    with pytest.raises(UsageError, match="graven"):
        hwcli.evaluate(tmp_path / "d", tmp_path / "m.safetensors", protocol="graven")
    with pytest.raises(HwError, match="no lines in split 'test'"):
        hwcli.evaluate(tmp_path / "d", tmp_path / "m.safetensors", split="test")
    with pytest.raises(HwError, match="missing"):
        hwcli.evaluate(tmp_path / "missing", tmp_path / "m.safetensors")
