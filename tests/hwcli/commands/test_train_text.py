"""hw train --kind synthesis and the use of its models, as a user runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from handmade import (
    TEXTS,
    TINY,
    files_in,
    hw,
    hw_here,
    iam_folder,
    random_model,
    refused,
    tiny_dataset,
    tiny_model,
    transcript,
)
from hwcli.model import file as model_file

SYNTHESIS = [*TINY, "--kind", "synthesis", "--gaussians", "2", "--seed", "4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Datasets, a synthesis run of two epochs, and a prediction model; tests must not change this folder."""
    root = tmp_path_factory.mktemp("train-text")
    tiny_dataset(root / "data", texts=TEXTS)
    tiny_dataset(root / "bare")
    tiny_dataset(root / "some", texts=("aaaaa", None, "bbbbb", None, "", "ab", "ab", None))
    tiny_dataset(root / "rare", texts=("abcd",) * 4 + (None,) * 4)
    tiny_model(root / "plain.safetensors", hidden=8, mixtures=2)
    done = hw("train", "data", "-o", "run", "--epochs", "2", *SYNTHESIS, cwd=root)
    assert done.status == 0, done
    assert done.out == b""
    (root / "stderr.txt").write_text(done.err)
    return root


@pytest.fixture
def place(folder, tmp_path) -> Path:
    """A copy of `folder` to work in."""
    return shutil.copytree(folder, tmp_path / "place")


def test_run_prints_its_network_and_the_next_command(folder):
    stderr = (folder / "stderr.txt").read_text()
    assert "6 training lines, 2 validation lines; synthesis, 1 x 8, " in stderr
    assert "sample from it: hw sample --model run/best.safetensors --text TEXT\n" in stderr
    assert "Warning" not in stderr


def test_run_folder_holds_settings_pictures_and_a_model(folder):
    assert files_in(folder / "run").keys() >= {"best.safetensors", "samples/epoch-002.svg"}
    config = (folder / "run" / "config.toml").read_text()
    assert 'kind = "synthesis"  # --kind\n' in config
    assert "gaussians = 2  # --gaussians\n" in config
    done = hw_here("sample", "--model", "run", "--seed", "1", "--text", "a cab", "--tries", "1", cwd=folder)
    assert done.status == 0, done
    row = json.loads(done.out)
    assert (row["model"], row["text"]) == ("run", "a cab")
    refused(hw_here("sample", "--model", "run", "--text", "x", cwd=folder), "cannot write 'x'")


def test_evaluate_gives_the_score_of_the_run(folder):
    done = hw_here("evaluate", "data", "--model", "run", "--device", "cpu", "--json", cwd=folder)
    assert done.status == 0, done
    score = json.loads(done.out)
    rows = [json.loads(row) for row in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    best = min(row["valid_nats_per_sequence"] for row in rows if "valid_nats_per_sequence" in row)
    assert score["nats_per_sequence"] == pytest.approx(best, rel=1e-5)
    assert (score["lines"], score["points"], score["protocol"]) == (2, 37, "graves")
    one = hw_here("evaluate", "data", "--model", "run", "--device", "cpu", "--json",
                  "--batch-size", "1", cwd=folder)  # fmt: skip
    assert json.loads(one.out)["nats_per_sequence"] == pytest.approx(best, rel=1e-5)


def test_evaluate_leaves_out_lines_without_text_and_notes_it(folder):
    given = ["evaluate", "some", "--model", "run", "--split", "train", "--device", "cpu"]
    done = hw_here(*given, cwd=folder)
    assert done.status == 0, done
    assert done.err.startswith("3 lines without text are left out\nwarning: the model learned from")
    assert "3 lines, 67 points" in done.out.decode()
    refused(
        hw_here("evaluate", "bare", "--model", "run", cwd=folder), "bare cannot be scored", "--transcripts"
    )


def test_prediction_model_is_scored_on_all_lines(folder):
    for data in ("data", "some", "bare"):
        done = hw_here(
            "evaluate", data, "--model", "plain.safetensors", "--json", "--device", "cpu", cwd=folder
        )
        assert (json.loads(done.out)["lines"], done.err) == (2, "")


def test_resume_trains_further_epochs_bit_exactly(place):
    done = hw_here("train", "data", "--resume", "-o", "run", "--epochs", "3", cwd=place)
    assert done.status == 0, done
    whole = hw_here("train", "data", "-o", "whole", "--epochs", "3", *SYNTHESIS, cwd=place)
    assert whole.status == 0, whole
    parts, once = (model_file.read(place / name / "last.safetensors") for name in ("run", "whole"))
    assert parts.alphabet == once.alphabet
    for name, tensor in once.tensors.items():
        np.testing.assert_array_equal(parts.tensors[name], tensor)
    refused(hw_here("train", "--resume", "-o", "run", "--kind", "prediction", cwd=place), "--kind", status=2)
    refused(hw_here("train", "--resume", "-o", "run", "--gaussians", "3", cwd=place), "--gaussians", status=2)


def test_synthesis_from_a_prediction_model_starts_at_its_loss(place):
    start = [
        "--from",
        "plain.safetensors",
        "--kind",
        "synthesis",
        "--lr",
        "1e-9",
        "--epochs",
        "1",
        "--seed",
        "1",
    ]
    done = hw_here("train", "data", "-o", "new", *start, "--device", "cpu", "--threads", "1", cwd=place)
    assert done.status == 0, done
    new = model_file.read(place / "new" / "best.safetensors")
    assert (new.kind, new.alphabet.characters, new.shape.gaussians) == ("synthesis", " abc", 10)
    score = [
        json.loads(hw_here("evaluate", "data", "--model", m, "--json", "--device", "cpu", cwd=place).out)
        for m in ("plain.safetensors", "new")
    ]
    assert score[1]["nats_per_sequence"] == pytest.approx(score[0]["nats_per_sequence"], abs=1e-2)
    assert hw_here("train", "--resume", "-o", "new", "--epochs", "2", cwd=place).status == 0


def test_from_adds_to_the_alphabet_and_resuming_keeps_it(place):
    """The new texts have other characters, and the file of the start model is gone."""
    model_file.write(place / "old.safetensors", random_model(1, 8, 2, alphabet="c xb"))
    start = ["--from", "old.safetensors", "--epochs", "1", "--seed", "1", "--device", "cpu", "--threads", "1"]
    done = hw_here("train", "data", "-o", "new", *start, cwd=place)
    assert done.status == 0, done
    config = (place / "new" / "config.toml").read_text()
    assert 'kind = "synthesis"  # --from' in config
    assert "gaussians = 3  # --from" in config
    (place / "old.safetensors").unlink()
    resumed = hw_here("train", "--resume", "-o", "new", "--epochs", "2", cwd=place)
    assert resumed.status == 0, resumed
    new = model_file.read(place / "new" / "last.safetensors")
    assert new.alphabet.characters == "c xba"
    assert new.about["training"]["epoch"] == 2


ROWS = [
    ("train bare -o x --kind synthesis", 1, ["bare has no line with text to train on", "--transcripts"]),
    ("train rare -o x --kind synthesis", 1, ["no character occurs 5 times"]),
    ("train data -o x --kind oracle", 2, ["oracle", "synthesis"]),
    ("train data -o x --kind synthesis --gaussians 0", 2, ["--gaussians"]),
    ("train data -o x --from run --kind prediction", 2, ["kind = synthesis"]),
    ("train data -o x --from run --gaussians 3", 2, ["gaussians = 2"]),
    ("train data -o x --from run --hidden 7", 2, ["hidden = 8"]),
    ("train bare -o x --from run", 1, ["bare has no line with text"]),
    ("train bare --resume -o run", 1, ["bare has no line with text"]),
    ("train some --resume -o run", 1, ["some is not the dataset"]),
    ("evaluate some --model run --split test", 1, ["no lines in split 'test'"]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "status", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_refused_training_is_one_error_line_and_changes_no_file(folder, typed, status, words):
    before = {k: v for k, v in files_in(folder).items() if not k.endswith(".lock")}
    refused(hw_here("-q", *typed.split(), cwd=folder), *words, status=status)
    assert {k: v for k, v in files_in(folder).items() if not k.endswith(".lock")} == before


def test_from_iam_files_with_transcripts_to_handwriting(tmp_path):
    iam_folder(tmp_path / "iam", {"a01-000u": 6, "a01-001u": 2}, points=30)
    (tmp_path / "ascii").mkdir()
    (tmp_path / "ascii" / "a01-000u.txt").write_bytes(
        transcript(["a cab c", "Cab c", "abba c", "a b c", "caab", "ba"])
    )
    (tmp_path / "ascii" / "a01-001u.txt").write_bytes(transcript(["abc", "only one too", "many"]))
    given = ["--transcripts", "ascii", "--valid-fraction", "0", "--jobs", "1"]
    made = hw_here("preprocess", "iam", "-o", "d", *given, cwd=tmp_path)
    assert made.status == 0, made
    done = hw_here("train", "d", "-o", "run", "--epochs", "1", *SYNTHESIS, cwd=tmp_path)
    assert done.status == 0, done
    assert "6 training lines" in done.err  # the other transcripts do not match their lines
    assert model_file.read(tmp_path / "run" / "best.safetensors").alphabet.characters == " abc"
    written = hw_here("sample", "--model", "run", "--text", "Cab", "--fold", "--tries", "1", cwd=tmp_path)
    assert json.loads(written.out)["text"] == "cab"
