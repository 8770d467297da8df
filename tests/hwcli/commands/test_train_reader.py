"""hw train, evaluate and models with readers, as a user runs them."""

import json
import shutil

import pytest

from handmade import hw_here, refused, tiny_dataset, tiny_model
from hwcli.model import reader_file
from hwcli.weights import bundled
from killed_runs import killed_runs
from print_letters import LINES, lines_and_pieces, printed
from reader_runs import reader_of, without_pace
from small_runs import rows, same_weights

SMALL = ["--layers", "1", "--hidden", "8", "--batch-size", "12", "--device", "cpu", "--threads", "1"]
LEARN = ["--preset", "reader", "--epochs", "2", "--seed", "3", *SMALL]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Datasets, a reader and a model that writes."""
    root = tmp_path_factory.mktemp("readers")
    lines_and_pieces(root / "data")
    texts = [*LINES, *LINES]
    printed(root / "two", texts, ["valid"] * 16, sources=[0] * 8 + [1] * 8)
    tiny_dataset(root / "silent")
    tiny_model(root / "writer.safetensors")
    done = hw_here("train", "data", "-o", "run", *LEARN, cwd=root)
    assert done.status == 0, done
    return root


def test_training_tells_what_it_does(folder):
    done = hw_here("train", "data", "-o", "again", *LEARN, cwd=folder)
    said = " ".join(done.err.split())
    assert (
        "24 training lines and 24 composed ones per epoch, 4 validation lines and 196 composed ones; "
        "9 characters; reader, 1 x 8, " in said
    )
    assert "epoch 2/2: train" in said
    assert "of characters wrong" in said
    assert "read with it: hw read INK --model again/best.safetensors" in said
    config = (folder / "again" / "config.toml").read_text()
    assert 'kind = "reader"  # preset reader' in config
    assert same_weights(reader_of(folder / "again").tensors, reader_of(folder / "run").tensors)


def test_evaluation_by_class_and_source(folder):
    done = hw_here("evaluate", "two", "--model", "run", "--json", cwd=folder)
    assert done.status == 0, done
    row = json.loads(done.out)
    assert (row["model"], row["split"], row["protocol"], row["better"]) == ("run", "valid", "cer", "lower")
    assert (row["lines"], row["composed"], row["written"]["lines"]) == (16, None, 16)
    assert row["value"] == row["rate"]
    assert row["sources"].keys() == {"s0", "s1"}
    assert row["sources"]["s0"] == row["sources"]["s1"]  # the same lines
    assert sum(row["characters_by_class"].values()) == row["characters"] == 2 * sum(map(len, LINES))
    assert row["by_class"].keys() == {"small", "capitals", "digits", "punctuation", "spaces"}
    text = hw_here("evaluate", "two", "--model", "run", cwd=folder).out.decode()
    assert f"run on 16 lines, {row['characters']} characters of two (valid)" in text
    assert f"character error rate  {row['rate']:.2%}" in text
    assert "s1: " in text


def test_evaluation_warns_if_the_reader_knows_the_writers(folder):
    done = hw_here("evaluate", "data", "--model", "run", "--split", "train", "--json", cwd=folder)
    said = " ".join(done.err.split())
    assert "warning: the model learned from writers or forms of 48 of these 48 lines: the error rate" in said
    assert json.loads(done.out)["lines_of_known_groups"] == 48
    fresh = hw_here("evaluate", "data", "--model", "run", "--json", cwd=folder)
    assert json.loads(fresh.out)["lines_of_known_groups"] == 0


REFUSED = [
    ("evaluate data --model run --protocol vrnn", 2, ["--protocol cannot be 'vrnn' for a reader", "cer"]),
    ("evaluate data --model run --batch-size 4", 2, ["--batch-size cannot be used with a reader"]),
    ("evaluate data --model run --device cpu", 2, ["--device cannot be used with a reader"]),
    ("evaluate data --model writer.safetensors --protocol cer", 2, ["--protocol cannot be 'cer'"]),
    ("evaluate data --model run --split test", 1, ["no lines in split 'test'"]),
    ("evaluate silent --model run", 1, ["no text", "--transcripts"]),
    ("sample --model run", 1, ["is a reader: it cannot write", "hw read"]),
    ("sample --model run --text x", 1, ["is a reader: it cannot write"]),
    ("sample --model run --score silent", 1, ["is a reader"]),
    ("train data -o x --from run --kind prediction", 1, ["is a reader: it cannot write"]),
    ("train data -o x --from writer.safetensors --kind reader", 1, ["is a prediction model: it cannot read"]),
    ("train data -o x --from run --hidden 9", 2, ["--from cannot change the network"]),
    ("train data -o x --kind reader --window 9", 2, ["--window cannot be used with --kind reader"]),
    ("train data -o x --composed 1", 2, ["--composed cannot be used without --kind reader"]),
    ("train silent -o x --kind reader", 1, ["no line with text to train on"]),
    ("train -o x --kind reader", 1, ["--kind reader needs a dataset with text"]),
    ("train --resume -o run --kind synthesis", 2, ["--kind cannot change from reader to synthesis"]),
]


@pytest.mark.parametrize(("line", "status", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(folder, line, status, words):
    if line.startswith("train") and "--resume" not in line:
        line += " --device cpu --threads 1 --seed 1"
    refused(hw_here(*line.split(), cwd=folder), *words, status=status)
    assert not (folder / "x").exists()


def test_several_processes_are_refused(folder):
    done = hw_here("train", "data", "-o", "x", *LEARN, cwd=folder, RANK="0", WORLD_SIZE="2")
    refused(done, "a reader cannot be trained by 2 processes", "torchrun")


def test_fine_tuning_takes_kind_sizes_and_alphabet_from_the_reader(folder):
    more = ["--epochs", "1", "--seed", "1", "--device", "cpu", "--threads", "1", "--lr", "0.001"]
    done = hw_here("train", "two-train", "-o", "tuned", "--from", "run", *more, cwd=with_training(folder))
    assert done.status == 0, done
    tuned, before = reader_of(folder / "tuned"), reader_of(folder / "run")
    assert (tuned.shape, tuned.alphabet) == (before.shape, before.alphabet)
    assert tuned.about["training"]["model"]["dropout"] == 0.15
    resumed = hw_here("train", "--resume", "-o", "tuned", "--epochs", "2", cwd=folder)
    assert resumed.status == 0, resumed
    assert reader_of(folder / "tuned").about["training"]["epoch"] == 2


def with_training(folder):
    if not (folder / "two-train").exists():
        printed(folder / "two-train", ["zoo lo"] * 9)
    return folder


def test_resume_after_sigkill_during_any_write_is_bit_exact(folder):
    often = ["--checkpoint-minutes", "0.00001", "--epochs", "1"]
    printed(folder / "few", [*LINES * 2, *LINES[:2]], ["train"] * 16 + ["valid"] * 2)
    *killed, whole = killed_runs(folder, "few", *LEARN, *often)
    for run in killed:
        done = hw_here("train", "--resume", "-o", run.name, cwd=folder)
        if done.status:
            refused(done, f"no run to resume in {run.name}")
            done = hw_here("train", "few", "-o", run.name, *LEARN, *often, cwd=folder)
        assert done.status == 0, (run, done)
        for name in ("best", "last"):
            assert same_weights(reader_of(run, name).tensors, reader_of(whole, name).tensors), run
            assert reader_of(run, name).about == reader_of(whole, name).about
        assert without_pace(rows(run)) == without_pace(rows(whole)), run
    assert len(killed) > 15


def test_models_lists_a_bundled_reader(folder, monkeypatch, tmp_path):
    for path in bundled.FOLDER.glob("iam-prediction.*"):
        shutil.copy(path, tmp_path)
    reader = reader_of(folder / "run")
    about = {**reader.about, "licence": "free", "data": {"title": "printed letters"}}
    made = reader_file.ReaderFile(reader.shape, reader.alphabet, reader.tensors, about)
    reader_file.write(tmp_path / "unipen-reader.safetensors", made, "float16")
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    text = hw_here("models", cwd=folder).out.decode()
    assert "iam-prediction  (default)\n" in text
    assert "unipen-reader  (default for hw read)\n  reader, 1 x 8, " in text
    assert f"reads {about['error']['rate']:.2%} of" in text
    assert "  licence: free\n" in text
    one, two = map(json.loads, hw_here("models", "--json", cwd=folder).out.decode().splitlines())
    assert "error" not in one
    assert (two["kind"], two["error"]["rate"]) == ("reader", about["error"]["rate"])
    refused(hw_here("sample", "--model", "unipen-reader", cwd=folder), "is a reader: it cannot write")
