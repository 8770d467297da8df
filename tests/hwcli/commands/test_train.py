"""hw train and hw evaluate, as a user runs them."""

import json
import shutil

import pytest

from handmade import TINY, files_in, hw, refused, tiny_dataset
from hwcli.model import file as model_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a dataset and a run of two epochs."""
    root = tmp_path_factory.mktemp("train")
    tiny_dataset(root / "data")
    done = hw(
        "train", "data", "-o", "run", "--epochs", "2", "--seed", "4", *TINY, cwd=root, HW_TRAIN_LR="0.01"
    )
    assert done.status == 0, done
    (root / "stderr.txt").write_text(done.err)
    assert done.out == b""
    return root


def test_run_prints_its_epochs_and_the_next_command(folder):
    stderr = (folder / "stderr.txt").read_text()
    assert "epoch 1/2: train" in stderr
    assert "epoch 2/2: train" in stderr
    assert "6 training lines, 2 validation lines" in stderr
    assert "hw sample --model run/best.safetensors" in stderr


def test_run_folder_holds_settings_models_metrics_and_pictures(folder):
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


def test_trained_model_can_be_sampled(folder):
    done = hw("sample", "--model", "run/best.safetensors", "--points", "20", "--seed", "1", cwd=folder)
    assert done.status == 0, done
    assert json.loads(done.out)["model"] == "run"


def test_existing_run_is_not_overwritten(folder):
    before = files_in(folder)
    done = hw("train", "data", "-o", "run", *TINY, cwd=folder)
    refused(done, "run already holds a run", "--resume")
    assert files_in(folder) == before


def test_resume_trains_further_epochs(folder, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(folder / name, tmp_path / name)
    refused(
        hw("train", "data", "--resume", "-o", "run", "--dropout", "0.5", cwd=tmp_path),
        "--dropout cannot change from 0.2 to 0.5",
        status=2,
    )
    done = hw("train", "data", "--resume", "-o", "run", "--epochs", "3", cwd=tmp_path)
    assert done.status == 0, done
    rows = [json.loads(row) for row in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows if "train_nats_per_point" in row] == [1, 2, 3]
    assert model_file.read(tmp_path / "run" / "last.safetensors").about["training"]["epoch"] == 3


def test_failed_start_keeps_the_run_it_would_replace(folder, tmp_path):
    """Even if it fails late: a missing device is only noticed after the dataset is open."""
    for name in ("data", "run"):
        shutil.copytree(folder / name, tmp_path / name)
    before = files_in(tmp_path)
    done = hw("train", "data", "-o", "run", "--overwrite", "--device", "cuda:99", cwd=tmp_path)
    refused(done, "cuda:99")
    assert files_in(tmp_path) == before


def test_failed_start_leaves_no_run(folder):
    refused(hw("train", "data", "-o", "again", "--device", "cuda:99", cwd=folder), "cuda:99")
    assert not (folder / "again" / "config.toml").exists()


def test_score_equals_the_runs_own_validation(folder):
    done = hw("evaluate", "data", "--model", "run", "--json", cwd=folder)
    assert done.status == 0, done
    score = json.loads(done.out)
    rows = [json.loads(row) for row in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    best = min(row["valid_nats_per_sequence"] for row in rows if "valid_nats_per_sequence" in row)
    assert score["nats_per_sequence"] == pytest.approx(best, rel=1e-6)
    assert score["lines_of_known_groups"] == 0
    assert "learned from their writers is unknown for 2 lines" in done.err
    assert (score["lines"], score["points"], score["protocol"], score["split"]) == (2, 37, "graves", "valid")
    text = hw("evaluate", "data", "--model", "run", "--split", "train", cwd=folder)
    assert text.status == 0
    assert "warning: the model learned from writers or forms of 6 of these 6 lines" in text.err
    assert "6 lines, 124 points" in text.out.decode()
    assert "protocol graves" in text.out.decode()
