"""benchmarks/quality/likeness.py, as a user runs it, with small models of random weights."""

import subprocess
import sys
from pathlib import Path

import pytest

from handmade import environment, tiny_dataset, tiny_model
from hwcli.dataset.store import open_dataset

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "quality" / "likeness.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("likeness")
    tiny_dataset(root / "data", train=(30,), valid=(40, 50, 60, 70), texts=["abab", *["ab ab"] * 3, "abc"])
    tiny_model(root / "prediction.safetensors")
    tiny_model(root / "synthesis.safetensors", alphabet="ab ")
    return root


def likeness(folder, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=str(PROGRAM.parents[2])),
        timeout=300,
    )


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, without the line below its head."""
    blocks = [[line for line in block.splitlines() if line.startswith("|")] for block in text.split("\n\n")]
    return [[row.strip("| ").split(" | ") for row in block if "---" not in row] for block in blocks if block]


def test_prediction_model_is_compared_in_one_table(folder):
    done = likeness(folder, "data", "prediction.safetensors")
    assert done.returncode == 0, done.stderr
    (table,) = tables(done.stdout)
    assert table[0] == ["real", "bias 0", "bias 0.5", "bias 1"]
    assert done.stdout.startswith("4 lines and samples")


def test_synthesis_model_is_compared_on_the_texts_it_can_write(folder):
    done = likeness(folder, "data", "synthesis.safetensors", "--primed", "--count", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 lines and samples")  # "abc" is left out
    columns = ["real", "bias 0", "bias 0.5", "bias 1", "bias 0, primed"]
    _, variety, parts = tables(done.stdout)
    assert variety[0] == columns
    assert [column.partition(" (")[0] for column in parts[0]] == columns
    names = [row[0] for row in variety[1:]]
    assert names == [row[0] for row in parts[1:]]
    assert "points per character" in names


def test_lines_of_one_source_are_compared_and_others_are_told(folder):
    (source,) = (one.name for one in open_dataset(folder / "data").sources)
    done = likeness(folder, "data", "synthesis.safetensors", "--source", source, "--count", "2")
    assert done.stdout.startswith("2 lines and samples"), done.stderr
    done = likeness(folder, "data", "synthesis.safetensors", "--source", "nobody")
    assert done.returncode == 1
    assert done.stderr == f"no valid lines of 'nobody'\nthe sources are {source}\n"


def test_unknown_model_is_one_line(folder):
    done = likeness(folder, "data", "nobody")
    assert done.returncode == 1
    assert done.stderr.startswith("model 'nobody' not found")
