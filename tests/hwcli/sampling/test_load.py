"""Loading a model from a folder: a run's best model, its last, or an error that says what the folder is."""

import re

import pytest

from handmade import random_model, tiny_dataset, tiny_model
from hwcli.errors import HwError
from hwcli.hw_warning import HwWarning
from hwcli.model import file as model_file
from hwcli.sampling.load import load_model

STEPS = {"training": {"epoch": 0, "steps": 1234}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with what might be mistaken for a run with a model; no test may change it."""
    root = tmp_path_factory.mktemp("load")
    for name in ("run", "new", "young", "strange", "odd", "both"):
        (root / name).mkdir()
    for name in ("run", "new", "young", "both"):
        (root / name / "config.toml").write_text("[train]\nseed = 1\n")
    (root / "run" / "checkpoint").mkdir()
    for run, name, seed in [("run", "best", 1), ("run", "last", 2), ("both", "last", 3)]:
        tiny_model(root / run / f"{name}.safetensors", seed=seed)
    model = random_model(seed=4)
    model_file.write(root / "young" / "last.safetensors", type(model)(**vars(model) | {"about": STEPS}))
    tiny_model(root / "odd" / "mine.safetensors")
    (root / "strange" / "notes.txt").write_text("no model\n")
    (root / "empty").mkdir()
    tiny_dataset(root / "data")
    return root


def test_best_model_of_a_run_is_loaded_without_a_note(folder, capsys):
    model = load_model(folder / "run")
    best = model_file.read(folder / "run" / "best.safetensors")
    assert (model.file.tensors["output.bias"] == best.tensors["output.bias"]).all()
    assert model.name == "run"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("run", "step"), [("young", ", saved at step 1,234"), ("both", "")])
def test_last_model_is_used_with_a_warning_if_there_is_no_best(folder, run, step):
    note = f"{folder / run} has no best.safetensors yet: using last.safetensors{step}"
    with pytest.warns(HwWarning, match=f"^{re.escape(note)}$"):
        model = load_model(folder / run)
    last = model_file.read(folder / run / "last.safetensors")
    assert (model.file.tensors["output.bias"] == last.tensors["output.bias"]).all()
    assert model.name == run


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("new", "new has no model yet: neither best.safetensors nor last.safetensors", "first checkpoint"),
        ("new", "new has no model yet", "hw train --resume -o new"),
        ("data", "data is a dataset, not a model", "hw train data"),
        ("empty", "empty is an empty folder", "name a run folder or a model file"),
        ("run/checkpoint", "run/checkpoint is part of a run", "name the run folder: run"),
        ("odd", "odd is not a run folder", "mine.safetensors"),
        ("strange", "strange is not a run folder", "name a run folder or a model file"),
    ],
)
def test_folder_without_a_model_is_refused_by_what_it_is(folder, monkeypatch, name, message, hint):
    monkeypatch.chdir(folder)
    with pytest.raises(HwError) as caught:
        load_model(name)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint
