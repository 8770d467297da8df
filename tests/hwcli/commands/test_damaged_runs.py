"""Run folders with parts that are missing or damaged: each command says what is wrong with which file."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from handmade import TINY, hw_here, tiny_dataset

PARTS = (
    "best.safetensors", "last.safetensors", "checkpoint", "checkpoint/0000000001.safetensors", "config.toml",
    "dataset.txt", "metrics.jsonl",
)  # fmt: skip
COMMANDS = (
    ("sample", "--model", "run", "--points", "3"),
    ("plot", "run"),
    ("train", "--resume", "-o", "run"),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with a dataset and a run."""
    root = tmp_path_factory.mktemp("damaged")
    tiny_dataset(root / "data", train=(9, 5), valid=(7,))
    done = hw_here("train", "data", "-o", "whole", "--epochs", "1", "--seed", "4", *TINY, cwd=root)
    assert done.status == 0, done
    assert all((root / "whole" / part).exists() for part in PARTS)
    return root


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def written(data: bytes):
    def write(path: Path) -> None:
        remove(path)
        path.write_bytes(data)

    return write


def make_folder(path: Path) -> None:
    remove(path)
    path.mkdir()


DAMAGE = {
    "missing": remove,
    "a folder": make_folder,
    "empty": written(b""),
    "any bytes": written(bytes(range(256)) * 9),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_part_is_never_called_a_fault_of_hw(root, part, damage):
    for command in COMMANDS:
        shutil.rmtree(root / "run", ignore_errors=True)
        shutil.copytree(root / "whole", root / "run")
        DAMAGE[damage](root / "run" / part)
        done = hw_here(*command, cwd=root)
        assert "internal error" not in done.err, done
        assert "Traceback" not in done.err, done
        assert done.status == 0 or "run" in done.errors[0], done


def remove_all_checkpoints(run: Path) -> None:
    shutil.rmtree(run / "checkpoint")


def empty_all_checkpoints(run: Path) -> None:
    for path in (run / "checkpoint").iterdir():
        path.write_bytes(b"")


def remove_dataset_path(run: Path) -> None:
    (run / "dataset.txt").unlink()


@pytest.mark.parametrize(
    ("damage", "command"),
    [
        (remove_all_checkpoints, ["hw", "train", "DATASET", "-o", "OTHER", "--from", "a run"]),
        (empty_all_checkpoints, ["hw", "train", "my data", "-o", "a run", "--overwrite"]),
        (remove_dataset_path, ["hw", "train", "DATASET", "--resume", "-o", "a run"]),
    ],
)
def test_a_command_in_a_hint_can_be_pasted(root, damage, command):
    shutil.rmtree(root / "a run", ignore_errors=True)
    shutil.copytree(root / "whole", root / "a run")
    shutil.copytree(root / "data", root / "my data", dirs_exist_ok=True)
    damage(root / "a run")
    given = () if damage is remove_dataset_path else ("my data",)
    done = hw_here("train", *given, "--resume", "-o", "a run", cwd=root)
    assert done.status == 1
    assert shlex.split(done.err.strip().rpartition(": ")[2]) == command


def test_a_run_without_its_seed_is_not_resumed(root):
    shutil.rmtree(root / "run", ignore_errors=True)
    shutil.copytree(root / "whole", root / "run")
    (root / "run" / "config.toml").write_text("")
    done = hw_here("train", "--resume", "-o", "run", cwd=root)
    assert (done.status, len(done.errors)) == (1, 1)
    assert "config.toml is damaged: it has no seed" in done.errors[0]


def test_a_dataset_whose_path_is_not_utf_8_can_be_learned_from(root):
    named = root / "caf\udce9"
    shutil.copytree(root / "data", named)
    shutil.rmtree(root / "run", ignore_errors=True)
    options = ["-o", "run", "--epochs", "1", "--seed", "4", *TINY]
    assert hw_here("train", named, *options, cwd=root).status == 0
    assert hw_here("train", "--resume", "-o", "run", "--epochs", "2", cwd=root).status == 0
