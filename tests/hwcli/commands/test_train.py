"""hw train, hw evaluate and what they leave, as a user meets them."""

import json
import shutil

import pytest

from handmade import TINY, files_in, hw, refused, tiny_dataset
from hwcli.model import file as model_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A place with a dataset and a run of two epochs."""
    root = tmp_path_factory.mktemp("train")
    tiny_dataset(root / "data")
    done = hw(
        "train", "data", "-o", "run", "--epochs", "2", "--seed", "4", *TINY, cwd=root, HW_TRAIN_LR="0.01"
    )
    assert done.status == 0, done
    (root / "said.txt").write_text(done.err)
    assert done.out == b""
    return root


def test_a_run_says_how_it_went_and_where_to_go_on(folder):
    said = (folder / "said.txt").read_text()
    assert "epoch 1/2: train" in said
    assert "epoch 2/2: train" in said
    assert "6 lines to learn from, 2 for validation" in said
    assert "hw sample --model run/best.safetensors" in said


def test_a_run_folder_holds_all_that_was_promised(folder):
    names = files_in(folder / "run").keys()
    assert names >= {
        "config.toml",
        "metrics.jsonl",
        "best.safetensors",
        "last.safetensors",
        "samples/epoch-001.svg",
        "samples/epoch-002.svg",
    }
    config = (folder / "run" / "config.toml").read_text()
    assert "lr = 0.01  # HW_TRAIN_LR\n" in config
    assert "seed = 4  # --seed\n" in config


def test_what_was_trained_writes(folder):
    done = hw("sample", "--model", "run/best.safetensors", "--points", "20", "--seed", "1", cwd=folder)
    assert done.status == 0, done
    assert json.loads(done.out)["model"] == "run"


def test_a_run_that_is_there_is_not_written_over(folder):
    before = files_in(folder)
    done = hw("train", "data", "-o", "run", *TINY, cwd=folder)
    refused(done, "run holds a run already", "--resume")
    assert files_in(folder) == before


def test_a_longer_run_resumed_goes_on_where_it_stopped(folder, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(folder / name, tmp_path / name)
    refused(
        hw("train", "data", "--resume", "-o", "run", "--lr", "0.5", cwd=tmp_path),
        "--lr 0.5",
        "0.01",
        status=2,
    )
    done = hw("train", "data", "--resume", "-o", "run", "--epochs", "3", cwd=tmp_path)
    assert done.status == 0, done
    rows = [json.loads(row) for row in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows if "train_nats_per_point" in row] == [1, 2, 3]
    assert model_file.read(tmp_path / "run" / "last.safetensors").about["training"]["epoch"] == 3


def test_a_start_that_fails_leaves_the_run_that_was_to_be_replaced(folder, tmp_path):
    """Also where that comes out late: a device that is not there."""
    for name in ("data", "run"):
        shutil.copytree(folder / name, tmp_path / name)
    before = files_in(tmp_path)
    done = hw("train", "data", "-o", "run", "--overwrite", "--device", "cuda:99", cwd=tmp_path)
    refused(done, "cuda:99")
    assert files_in(tmp_path) == before


def test_a_start_that_fails_can_be_tried_again(folder):
    refused(hw("train", "data", "-o", "again", "--device", "cuda:99", cwd=folder), "cuda:99")
    assert not (folder / "again" / "config.toml").exists()


def test_a_score_is_the_one_that_the_run_had(folder):
    done = hw("evaluate", "data", "--model", "run", "--json", cwd=folder)
    assert done.status == 0, done
    score = json.loads(done.out)
    rows = [json.loads(row) for row in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    best = min(row["valid_nats_per_sequence"] for row in rows if "valid_nats_per_sequence" in row)
    assert score["nats_per_sequence"] == pytest.approx(best, rel=1e-6)
    assert (score["lines"], score["points"], score["protocol"], score["split"]) == (2, 37, "graves", "valid")
    words = hw("evaluate", "data", "--model", "run", "--split", "train", cwd=folder)
    assert (words.status, words.err) == (0, "")
    assert "6 lines, 124 points" in words.out.decode()
    assert "protocol graves" in words.out.decode()
