"""Distributed training, started by torchrun as a user would."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from handmade import environment, hw_here, tiny_dataset
from hwcli.config.sections import Config, TrainConfig
from hwcli.errors import HwError
from hwcli.model import file as model_file
from hwcli.training.processes import Processes
from hwcli.training.trainer import Trainer

LEARN = [
    "--layers", "2", "--hidden", "12", "--mixtures", "3", "--skip", "--dropout", "0", "--seed", "3",
    "--precision", "float32", "--device", "cpu", "--batch-size", "5", "--window", "20", "--lr", "0.003",
    "--average", "0.9", "--optimiser", "muon",
]  # fmt: skip


def torchrun(count, *arguments, cwd, **env) -> subprocess.Popen:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    return subprocess.Popen(
        [*command, "-m", "hwcli", "train", *arguments],
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(run) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def assert_same_run(one, other) -> None:
    """Assert the same rows up to float32 rounding, except for points_per_second."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        a, b = ({k: v for k, v in row.items() if k != "points_per_second"} for row in (a, b))
        assert a == pytest.approx(b, rel=2e-4, abs=2e-4)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A dataset, and a run of a single process on it."""
    root = tmp_path_factory.mktemp("torchrun")
    tiny_dataset(root / "data", train=(60,) * 11, valid=(50, 60, 40), learnable=True)
    done = hw_here("train", "data", "-o", "one", "--epochs", "3", *LEARN, cwd=root)
    assert done.status == 0, done
    return root


def test_two_processes_train_like_one_and_only_the_first_prints(root):
    process = torchrun(2, "data", "-o", "two", "--epochs", "3", *LEARN, cwd=root)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert_same_run(rows(root / "two"), rows(root / "one"))
    assert err.count("epoch 3/3: train") == 1
    assert "2 processes, each cpu" in err


OTHER_CLOCK = """
import os, time
if os.environ.get("RANK") == "1":
    time.monotonic = lambda real=time.monotonic: 3 * real() + 7
"""


def test_limit_of_time_is_that_of_the_first_process(root, tmp_path):
    """All validate and end at the same step, however fast the clock of each is."""
    (tmp_path / "sitecustomize.py").write_text(OTHER_CLOCK)
    path = os.pathsep.join([str(tmp_path), environment().get("PYTHONPATH", "")])
    learn = [*LEARN, "--epochs", "100000", "--minutes", "0.2"]
    process = torchrun(2, "data", "-o", "limited", *learn, cwd=root, PYTHONPATH=path)
    try:
        _, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:  # they wait for each other
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.kill()
        raise
    assert process.returncode == 0, err
    validated = [row for row in rows(root / "limited") if "valid_nats_per_point" in row]
    assert len(validated) > 2
    last = model_file.read(root / "limited" / "last.safetensors")
    assert last.about["training"]["steps"] == validated[-1]["step"]
    assert "in 0:00:1" in err  # of 12 seconds


def test_lost_process_ends_the_run_and_a_single_one_can_resume(root):
    often = ["--checkpoint-minutes", "0.00001", "--epochs", "500"]
    process = torchrun(2, "data", "-o", "lost", *LEARN, *often, cwd=root)
    folder, end = root / "lost" / "checkpoint", time.monotonic() + 120
    while not list(folder.glob("*.safetensors")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    workers = [p for p in psutil.Process(process.pid).children(recursive=True) if "hwcli" in p.cmdline()]
    assert len(workers) == 2
    next(p for p in workers if p.environ()["RANK"] == "1").kill()
    _, err = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "lost its connection: another process has ended" in err
    assert "then run hw train --resume" in err
    assert not [p for p in workers if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    reached = max(int(p.stem) for p in folder.glob("[0-9]*.safetensors"))
    if reached:
        last = model_file.read(root / "lost" / "last.safetensors")
        assert last.about["training"]["steps"] >= reached  # it is written before its checkpoint
    epochs = str(reached // 13 + 2)
    done = hw_here("train", "--resume", "-o", "lost", "--epochs", epochs, cwd=root)
    assert done.status == 0, done
    done = hw_here("train", "data", "-o", "whole", *LEARN, "--epochs", epochs, cwd=root)
    assert done.status == 0, done
    assert rows(root / "lost")[-1]["epoch"] == int(epochs)
    # rounding adds up over many more steps than in the test above
    assert rows(root / "lost")[-1]["valid_nats_per_point"] == pytest.approx(
        rows(root / "whole")[-1]["valid_nats_per_point"], abs=0.02
    )


def test_two_processes_killed_before_the_first_checkpoint_can_begin_again(root):
    process = torchrun(2, "data", "-o", "killed", "--epochs", "3", *LEARN, cwd=root)
    settings, end = root / "killed" / "config.toml", time.monotonic() + 120
    while not settings.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.001)
    for one in (*psutil.Process(process.pid).children(recursive=True), process):
        one.kill()
    process.communicate()
    for path in (root / "killed" / "checkpoint").glob("*"):  # if it came that far
        path.unlink()
    again = torchrun(2, "--resume", "-o", "killed", cwd=root)
    _, err = again.communicate(timeout=240)
    assert again.returncode == 0, err
    assert err.count("killed has no checkpoint yet: beginning the run") == 1
    assert_same_run(rows(root / "killed"), rows(root / "one"))
    last = model_file.read(root / "killed" / "last.safetensors")
    assert last.about["training"]["steps"] == rows(root / "one")[-1]["step"]


def test_more_processes_than_lines_in_a_batch_are_refused(root, tmp_path):
    from hwcli.dataset.store import open_dataset

    config = Config(train=TrainConfig(batch_size=3, device="cpu"))
    with pytest.raises(HwError, match="4 processes cannot share a batch of 3 lines") as caught:
        Trainer(open_dataset(root / "data"), tmp_path, config, 1, processes=Processes(0, 4))
    assert "--batch-size" in caught.value.hint


@pytest.mark.parametrize(("count", "size"), [(1, 1), (5, 2), (7, 3), (64, 5), (4, 4)])
def test_shares_are_in_order_complete_and_even(count, size):
    items = list(range(count))
    parts = [items[Processes(rank, size).part(count)] for rank in range(size)]
    assert [item for part in parts for item in part] == items
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_invalid_environment_is_refused(root, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "two")
    with pytest.raises(HwError, match="WORLD_SIZE"):
        Processes.from_environment()
