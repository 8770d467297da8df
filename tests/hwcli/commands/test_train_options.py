"""Options of hw train: presets, --from, --tensorboard, --average; and unusual datasets."""

import json
import sys

import numpy as np
import pytest

from handmade import TINY, dataset_of, hw, hw_here, offsets_of, random_model, refused, tiny_dataset
from hwcli.model import file as model_file

QUICK = [*TINY, "--seed", "1", "--epochs", "1"]


@pytest.fixture
def folder(tmp_path):
    tiny_dataset(tmp_path / "data")
    return tmp_path


def test_explicit_settings_override_a_preset(tmp_path):
    (tmp_path / "hw.toml").write_text("[train]\npreset = 'graves'\n[model]\nlayers = 4\n")
    shown = hw_here("config", cwd=tmp_path, HW_TRAIN_LR="0.5").out.decode()
    assert "layers = 4  # hw.toml" in shown
    assert "hidden = 400  # preset graves" in shown
    assert "skip = true  # preset graves" in shown
    assert "lr = 0.5  # HW_TRAIN_LR" in shown
    other = hw_here("config", cwd=tmp_path, HW_TRAIN_PRESET="seed").out.decode()
    assert "hidden = 256  # default" in other
    refused(hw_here("train", "--preset", "grave", cwd=tmp_path), "grave", "graves", status=2)


def test_sources_survive_two_resumes(folder):
    (folder / "hw.toml").write_text("[train]\nwindow = 20\n")
    started = hw_here(
        "train", "data", "-o", "run", "--preset", "best", *TINY, "--epochs", "1", "--batch-size", "3",
        cwd=folder, HW_TRAIN_LR="0.01",
    )  # fmt: skip
    assert started.status == 0, started
    first = (folder / "run" / "config.toml").read_text()
    for line in (
        "skip = true  # preset best", "preset = \"best\"  # --preset", "hidden = 8  # --hidden",
        "window = 20  # hw.toml", "lr = 0.01  # HW_TRAIN_LR", "gaussians = 10  # default",
        "epochs = 1  # --epochs",
    ):  # fmt: skip
        assert f"\n{line}\n" in first
    assert "  # random\n" in first  # the seed
    assert hw_here("train", "--resume", "-o", "run", cwd=folder, HW_TRAIN_LR="0.5").status == 0
    assert (folder / "run" / "config.toml").read_text() == first
    assert hw_here("train", "--resume", "-o", "run", "--threads", "2", cwd=folder).status == 0
    assert hw_here("train", "--resume", "-o", "run", cwd=folder).status == 0
    assert (folder / "run" / "config.toml").read_text() == first.replace(
        "threads = 1  # --threads", "threads = 2  # --threads"
    )


@pytest.mark.parametrize(("preset", "size"), [("graves", 3_364_521), ("best", 3_364_521)])
def test_preset_trains_a_network_of_its_size(folder, preset, size):
    smaller = ["--hidden", "8", "--layers", "1"]
    done = hw_here("train", "data", "-o", "run", *QUICK, *smaller, "--preset", preset, cwd=folder)
    assert done.status == 0, done
    about = model_file.read(folder / "run" / "best.safetensors").about["training"]
    assert about["model"]["skip"]
    assert about["train"]["preset"] == preset
    config = hw_here("config", cwd=folder, HW_TRAIN_PRESET=preset).out.decode()
    assert "mixtures = 20" in config
    layers, hidden = (int(config.split(f"\n{name} = ")[1].split(" ")[0]) for name in ("layers", "hidden"))
    assert random_model(layers, hidden, 20, skip=True).parameters == size


def test_from_keeps_weights_and_units(folder):
    model_file.write(folder / "m.safetensors", random_model(1, 8, 2))
    done = hw_here(
        "train", "data", "-o", "run", *QUICK, "--from", "m.safetensors", "--lr", "1e-9", cwd=folder
    )
    assert done.status == 0, done
    old, new = (model_file.read(folder / name) for name in ("m.safetensors", "run/best.safetensors"))
    assert new.normalisation == old.normalisation
    for name, array in old.tensors.items():
        np.testing.assert_allclose(new.tensors[name], array, atol=1e-6)
    (folder / "m.safetensors").unlink()  # the run has a copy
    (folder / "run" / "last.safetensors").unlink()  # as before the end of the first epoch
    assert hw_here("train", "--resume", "-o", "run", "--epochs", "2", cwd=folder).status == 0
    assert model_file.read(folder / "run" / "last.safetensors").normalisation == old.normalisation


def test_from_keeps_the_sizes_of_the_model(folder):
    model_file.write(folder / "m.safetensors", random_model(2, 6, 3, skip=True))
    start = ["--from", "m.safetensors", "--epochs", "1", "--seed", "1", "--device", "cpu", "--threads", "1"]
    assert hw_here("train", "data", "-o", "same", *start, cwd=folder).status == 0
    assert "hidden = 6  # --from" in (folder / "same" / "config.toml").read_text()
    other = hw_here("train", "data", "-o", "other", *start, "--hidden", "9", cwd=folder)
    refused(other, "hidden = 6", "hidden = 9", status=2)
    assert not (folder / "other").exists()
    both = hw_here("train", "--resume", "-o", "same", "--from", "m.safetensors", cwd=folder)
    refused(both, "--from", "--resume", status=2)
    both = hw_here("train", "--resume", "-o", "same", "--overwrite", cwd=folder)
    refused(both, "--overwrite", "--resume", status=2)
    assert (folder / "same" / "metrics.jsonl").exists()


def test_tensorboard_has_the_numbers_of_the_metrics(folder):
    flags = ["--tensorboard", "--epochs", "2", "--batch-size", "1", "--window", "9"]
    done = hw("train", "data", "-o", "run", *QUICK, *flags, cwd=folder)
    assert done.status == 0, done
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "run" / "tensorboard"), size_guidance={"images": 0})
    events.Reload()
    rows = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    for tag, key in (("loss/train step", "loss"), ("loss/valid", "valid_nats_per_point"), ("lr", "lr")):
        shown, wanted = events.Scalars(tag), [row for row in rows if key in row]
        assert [e.step for e in shown] == [row["step"] for row in wanted]
        assert [e.value for e in shown] == pytest.approx([row[key] for row in wanted])
    assert [e.step for e in events.Images("samples")] == [row["step"] for row in rows if "loss" not in row]


def test_tensorboard_without_its_package_is_refused_before_training(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = hw_here("train", "data", "-o", "run", *QUICK, "--tensorboard", cwd=folder)
    refused(run, 'pip install "hwcli[tensorboard]"')
    assert not (folder / "run" / "last.safetensors").exists()


@pytest.mark.parametrize(
    ("lines", "splits"),
    [
        ([offsets_of(40, 1)], ["train"]),
        ([offsets_of(2, 1)], ["train"]),
        ([offsets_of(3, k) for k in range(9)], ["train"] * 8 + ["valid"]),
        ([offsets_of(40, 1), offsets_of(1, 2)], ["train", "valid"]),
        ([offsets_of(40, k) * [1, 0, 1] for k in range(4)], ["train"] * 3 + ["valid"]),
        ([offsets_of(40, k) * [0, 0, 1] for k in range(4)], ["train"] * 3 + ["valid"]),
    ],
    ids=[
        "one line", "one line of two points", "lines far shorter than a window", "one-point validation line",
        "no vertical movement", "no movement",
    ],
)  # fmt: skip
def test_unusual_data_gives_a_model_that_can_be_sampled(tmp_path, lines, splits):
    dataset_of(tmp_path / "data", [np.asarray(line, np.int16) for line in lines], splits)
    done = hw_here("train", "data", "-o", "run", *QUICK, "--epochs", "3", cwd=tmp_path)
    assert done.status == 0, done
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert all(np.isfinite(v) for row in rows for v in row.values())
    assert ("valid_nats_per_sequence" in rows[-1]) == ("valid" in splits)
    assert ("warning: the dataset has no validation lines" in done.err) == ("valid" not in splits)
    sampled = hw_here(
        "sample", "--model", "run/best.safetensors", "--points", "30", "--seed", "1", cwd=tmp_path
    )
    assert sampled.status == 0, sampled


def test_dataset_without_training_lines_is_refused(tmp_path):
    dataset_of(tmp_path / "data", [offsets_of(9, 1)], ["test"])
    refused(hw_here("train", "data", "-o", "run", *QUICK, cwd=tmp_path), "no training lines", "test")


def test_averaged_weights_are_validated_and_saved(folder):
    run = ["train", "data", "-o", "run", *QUICK, "--average", "0.99", "--lr", "0.05", "--epochs", "3"]
    assert hw_here(*run, cwd=folder).status == 0
    rows = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    done = hw_here("evaluate", "data", "--model", "run/last.safetensors", "--json", cwd=folder)
    assert json.loads(done.out)["nats_per_sequence"] == pytest.approx(
        rows[-1]["valid_nats_per_sequence"], rel=1e-6
    )


def test_evaluation_gives_one_figure_for_every_batch_size(tmp_path):
    done = hw_here("preprocess", "-o", "data", cwd=tmp_path)
    assert done.status == 0, done
    figures = []
    for how in ([], ["--batch-size", "1"], ["--batch-size", "7"]):
        done = hw_here("evaluate", "data", "--json", "--device", "cpu", *how, cwd=tmp_path)
        assert done.status == 0, done
        row = json.loads(done.out)
        figures.append([row[k] for k in ("nats_per_sequence", "nats_per_point", "sse_per_point", "points")])
    for other in figures[1:]:
        assert other == pytest.approx(figures[0], rel=1e-7, abs=1e-4)
    assert hw_here("evaluate", "data", "--batch-size", "-1", cwd=tmp_path).status == 2
