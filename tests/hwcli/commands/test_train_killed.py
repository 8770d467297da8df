"""A run killed by SIGKILL while it writes any of its files can be resumed, and then ends like any other."""

import pytest

from handmade import TINY, files_in, hw_here, refused, tiny_dataset
from killed_runs import killed_runs
from small_runs import same_weights, weights, without_speed

LEARN = [
    "--epochs", "2", "--seed", "4", "--batch-size", "6", "--window", "50", "--lr", "0.01", "--average", "0.9",
    "--dropout", "0.3", "--checkpoint-minutes", "0.00001", "--optimiser", "muon", *TINY,
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a dataset and the runs, the last one of them whole."""
    root = tmp_path_factory.mktemp("killed")
    tiny_dataset(root / "data")
    killed_runs(root, "data", *LEARN)
    return root


def settings(run) -> str:
    """The text of config.toml without the line that names the folder."""
    return (run / "config.toml").read_text().partition("\n")[2]


def test_resume_after_sigkill_during_any_write_is_bit_exact(folder, monkeypatch):
    monkeypatch.setattr("hwcli.training.trainer.save_picture", lambda *_: None)
    *killed, whole = sorted(folder.glob("killed-*"))
    assert {path.name for path in (whole / "checkpoint").iterdir()} == {
        f"000000000{step}.safetensors" for step in (1, 2)
    }
    stages = {"no run": 0, "no model": 0, "last model": 0, "best model": 0}
    for run in killed:
        before = set(files_in(run))
        resume = hw_here("train", "--resume", "-o", run.name, cwd=folder)
        if resume.status:
            stages["no run"] += 1
            assert "config.toml" not in before
            refused(resume, f"there is no run to resume in {run.name}")
            resume = hw_here("train", "data", "-o", run.name, *LEARN, cwd=folder)
        else:
            models = [name for name in ("last", "best") if f"{name}.safetensors" in before]
            stages[f"{models[-1]} model" if models else "no model"] += 1
        assert resume.status == 0, (run, before, resume)
        for name in ("last", "best"):
            assert same_weights(weights(run, name), weights(whole, name)), (run, before)
        assert without_speed(run) == without_speed(whole), (run, before)
        assert settings(run) == settings(whole)
        assert set(files_in(run)) == set(files_in(whole)), (run, before)
    assert all(stages.values()), stages
    assert sum(stages.values()) > 20
