"""hw.evaluate and hw.preprocess do what the commands do."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

import hwcli
from handmade import files_in, hw, hw_here, tiny_dataset, tiny_model, wander
from hwcli.errors import HwError, UsageError
from hwcli.hw_warning import HwWarning
from print_letters import LINES, printed
from renderers.ink import Ink


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
    with pytest.raises(UsageError, match="cannot be tpu"):
        hwcli.evaluate(tmp_path / "d", tmp_path / "m.safetensors", device="tpu")


def test_a_reader_is_measured_as_by_the_command(tmp_path: Path) -> None:
    data = printed(tmp_path / "d", LINES * 2, ["train"] * len(LINES) + ["valid"] * len(LINES))
    found = hwcli.evaluate(data, hwcli.load_reader())
    assert isinstance(found, hwcli.ReaderEvaluation)
    assert (found.written.lines, found.composed.lines, found.left_out) == (len(LINES), 0, 0)
    assert 0 < found.all.rate < 1
    done = hw("evaluate", "d", "--model", "unipen-reader", "--json", cwd=tmp_path)
    assert json.loads(done.out) | found.as_row() == json.loads(done.out)
    assert hwcli.evaluate(tmp_path / "d", "unipen-reader", protocol="cer") == found


@pytest.mark.parametrize(("how", "words"), [({"protocol": "graves"}, "'graves' for a reader"),
                                            ({"device": "cuda"}, "'cuda' for a reader")])  # fmt: skip
def test_what_does_not_apply_to_a_reader_is_refused(tmp_path: Path, how: dict[str, str], words: str) -> None:
    tiny_dataset(tmp_path / "d")
    with pytest.raises(UsageError, match=words):
        hwcli.evaluate(tmp_path / "d", hwcli.load_reader(), **how)


def inks(count: int = 6) -> list[Ink]:
    """Lines by three writers."""
    strokes = [tuple(map(list, wander(30, seed=k))) for k in range(count)]
    return [
        Ink(strokes=line, text=f"line {k}", id=f"l{k}", extra={"writer": f"w{k % 3}"})
        for k, line in enumerate(strokes)
    ]


def test_a_dataset_of_inks_is_that_of_their_file(tmp_path: Path) -> None:
    hwcli.write_ink(inks(), tmp_path / "inks.ndjson")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        data = hwcli.preprocess(iter(inks()), tmp_path / "a", valid_fraction=0.3, jobs=1)
    again = hwcli.preprocess(tmp_path / "inks.ndjson", tmp_path / "b", valid_fraction=0.3, jobs=1)
    done = hw_here(
        "preprocess", "inks.ndjson", "-o", "c", "--valid-fraction", "0.3", "--jobs", "1", cwd=tmp_path
    )
    assert done.status == 0, done
    assert len(data.split("valid")) == 2
    assert [data.lines[line].text for line in range(6)] == [f"line {k}" for k in range(6)]
    assert again.digest == data.digest
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b") == files_in(tmp_path / "c")
    printed = [line.removeprefix("warning: ") for line in done.err.splitlines() if "warning" in line]
    assert [str(one.message) for one in told] == printed


def test_files_and_inks_make_one_dataset(tmp_path: Path) -> None:
    hwcli.write_ink(inks()[:3], tmp_path / "some.ndjson")
    data = hwcli.preprocess([tmp_path / "some.ndjson", *inks()[3:]], tmp_path / "d", jobs=1)
    assert sorted(data.lines[line].id for line in range(6)) == [f"l{k}" for k in range(6)]


def test_warnings_of_a_dataset_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty.ndjson").write_text("")
    with pytest.warns(HwWarning, match="nothing was kept of empty.ndjson"):
        hwcli.preprocess([tmp_path / "empty.ndjson", *inks()], tmp_path / "d", jobs=1)


def test_wrong_settings_of_a_dataset_are_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="valid_part"):
        hwcli.preprocess(inks(), tmp_path / "d", valid_part=0.5)
    with pytest.raises(UsageError, match="valid_fraction must be a number from 0 to"):
        hwcli.preprocess(inks(), tmp_path / "d", valid_fraction=2)
    with pytest.raises(HwError, match="no ink"):
        hwcli.preprocess([], tmp_path / "d")
    assert not (tmp_path / "d").exists()
    hwcli.preprocess(inks(), tmp_path / "d", jobs=1)
    with pytest.raises(HwError, match="already exists"):
        hwcli.preprocess(inks(), tmp_path / "d", jobs=1)
    assert len(hwcli.preprocess(inks(3), tmp_path / "d", jobs=1, overwrite=True).lines) == 3


def test_a_gpu_measures_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch on the CPU stands in for a GPU."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(
        "hwcli.api.datasets.gpu_of", lambda name: torch.device("cpu") if name == "cuda" else None
    )
    tiny_dataset(tmp_path / "d", train=(60,) * 4, valid=(40, 30))
    tiny_model(tmp_path / "m.safetensors")
    one, other = (
        hwcli.evaluate(tmp_path / "d", tmp_path / "m.safetensors", device=d) for d in ("cpu", "cuda")
    )
    assert one.nats_per_sequence == pytest.approx(other.nats_per_sequence, rel=1e-4)
    assert one.nats_per_sequence != other.nats_per_sequence  # it was computed anew


def test_each_source_is_measured_apart_as_by_the_command(tmp_path: Path) -> None:
    for name in ("pad", "pen"):
        hwcli.write_ink([replace(ink, id=f"{name}-{ink.id}") for ink in inks()], tmp_path / f"{name}.ndjson")
    files = {name: tmp_path / f"{name}.ndjson" for name in ("pad", "pen")}
    data = hwcli.preprocess(files, tmp_path / "d", valid_fraction=0.5, jobs=1)
    tiny_model(tmp_path / "m.safetensors")
    figures = hwcli.evaluate(data, tmp_path / "m.safetensors")
    done = hw_here("evaluate", "d", "--model", "m.safetensors", "--json", cwd=tmp_path)
    sources = json.loads(done.out)["sources"]
    assert figures.by_source.keys() == sources.keys() == {"pad", "pen"}
    for name, part in figures.by_source.items():
        row = part.as_row()
        assert (row["lines"], row["points"]) == (sources[name]["lines"], sources[name]["points"])
        assert row["value"] == pytest.approx(sources[name]["value"], rel=1e-5)
    assert hwcli.evaluate(tmp_path / "d", tmp_path / "m.safetensors").by_source == figures.by_source
