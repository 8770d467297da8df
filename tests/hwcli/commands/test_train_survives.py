"""Runs that are killed or interrupted lose nothing, and resuming gives the same run."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from filelock import FileLock

import renderers.atomic
from handmade import TINY, environment, files_in, hw_here, refused, tiny_dataset
from hwcli.model import file as model_file
from hwcli.training.run.replacing import NEW, OLD

LEARN = [
    "--epochs", "4", "--seed", "4", "--batch-size", "2", "--window", "9", "--lr", "0.01",
    "--average", "0.9", "--dropout", "0.3", "--checkpoint-minutes", "0.00001", "--optimiser", "muon", *TINY,
]  # fmt: skip


def rows(run) -> list[dict]:
    """The rows of metrics.jsonl without points_per_second."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "points_per_second"} for line in lines]


def tensors(run, name="last") -> dict[str, list]:
    read = model_file.read(run / f"{name}.safetensors").tensors
    return {key: array.tolist() for key, array in read.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A dataset, and an uninterrupted run on it."""
    root = tmp_path_factory.mktemp("whole")
    tiny_dataset(root / "data")
    done = hw_here("train", "data", "-o", "run", *LEARN, cwd=root)
    assert done.status == 0, done
    return root


def started(root) -> subprocess.Popen:
    command = [sys.executable, "-m", "hwcli", "train", "data", "-o", "run", *LEARN]

    def prepare() -> None:
        # processes in a shell's background inherit an ignored SIGINT
        signal.signal(signal.SIGINT, signal.default_int_handler)

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=root, env=environment(), preexec_fn=prepare, **pipes)


def steps_saved(run) -> int:
    """The step of the newest checkpoint, -1 before the first."""
    return max((int(p.stem) for p in (run / "checkpoint").glob("[0-9]*.safetensors")), default=-1)


def wait_for(condition, process, seconds=120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "timed out"
        time.sleep(0.001)


@pytest.mark.parametrize("step", [0, 1, 7, 12, 25])
def test_resume_after_sigkill_is_bit_exact(whole, tmp_path, step):
    shutil.copytree(whole / "data", tmp_path / "data")
    assert steps_saved(whole / "run") > 25
    process = started(tmp_path)
    wait_for(lambda: steps_saved(tmp_path / "run") >= step, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL  # it was still running
    assert steps_saved(tmp_path / "run") < steps_saved(whole / "run")
    done = hw_here("train", "--resume", "-o", "run", cwd=tmp_path)
    assert done.status == 0, done
    assert rows(tmp_path / "run") == rows(whole / "run")
    for name in ("last", "best"):
        assert tensors(tmp_path / "run", name) == tensors(whole / "run", name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_saves_and_prints_how_to_resume(whole, tmp_path, number):
    shutil.copytree(whole / "data", tmp_path / "data")
    process = started(tmp_path)
    wait_for(lambda: steps_saved(tmp_path / "run") >= 3, process)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b"resume with: hw train --resume -o run" in err
    step = steps_saved(tmp_path / "run")
    assert model_file.read(tmp_path / "run" / "last.safetensors").about["training"]["steps"] == step
    assert hw_here("train", "--resume", "-o", "run", cwd=tmp_path).status == 0
    assert rows(tmp_path / "run") == rows(whole / "run")


def test_ctrl_c_is_answered_and_a_second_one_quits_within_a_call_that_never_ends(tmp_path):
    """As a step of a large network is: Python runs no handler of signals meanwhile."""
    program = (
        "import hashlib, os\n"
        "from hwcli.training.signals import stop_on_signal\n"
        "def stop(number):\n    os.write(1, b'asked to stop\\n')\n"
        "with stop_on_signal(stop, True, lambda: 7.4, 'all is kept'):\n"
        "    print('ready', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 2_000_000_000)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "asked to stop\n"
    said = process.stderr.readline()
    assert said == "stopping after this step, about 7 s; interrupt again to quit immediately\n"
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "stopped: all is kept\n"
    assert process.wait(timeout=30) == 130


def test_run_folder_is_locked_against_a_second_process(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    with FileLock(tmp_path / "run" / ".lock"):
        for how in (["--resume"], ["data", "--overwrite", *LEARN]):
            done = hw_here("train", *how, "-o", "run", cwd=tmp_path)
            refused(done, "another process is training in run")
    assert rows(tmp_path / "run") == rows(whole / "run")
    done = hw_here("train", "--resume", "--epochs", "5", "-o", "run", cwd=tmp_path)
    assert done.status == 0, done  # a leftover lock file does no harm


def test_resume_uses_the_older_checkpoint_if_the_newest_is_truncated(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    older, newest = sorted((tmp_path / "run" / "checkpoint").glob("*.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-100])
    done = hw_here("train", "--resume", "-o", "run", cwd=tmp_path)
    assert done.status == 0, done
    assert rows(tmp_path / "run") == rows(whole / "run")
    for path in (tmp_path / "run" / "checkpoint").glob("*.safetensors"):
        path.write_bytes(b"not a checkpoint")
    refused(hw_here("train", "--resume", "-o", "run", cwd=tmp_path), "no complete checkpoint", older.name)


def test_model_without_its_checkpoints_is_not_trained_over(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    shutil.rmtree(tmp_path / "run" / "checkpoint")
    before = files_in(tmp_path)
    done = hw_here("train", "--resume", "-o", "run", cwd=tmp_path)
    refused(done, "run has no checkpoint to resume from", "best.safetensors", "--from run")
    assert files_in(tmp_path) == before


def test_resume_without_the_path_of_its_dataset_asks_for_it(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    (tmp_path / "run" / "dataset.txt").unlink()
    refused(hw_here("train", "--resume", "-o", "run", cwd=tmp_path), "dataset.txt", "hw train DATASET")
    assert hw_here("train", "data", "--resume", "-o", "run", cwd=tmp_path).status == 0
    assert hw_here("train", "--resume", "-o", "run", cwd=tmp_path).status == 0  # it is kept


@pytest.mark.parametrize("file", ["dataset.txt", "config.toml", "0000000000.safetensors"])
def test_overwrite_that_fails_leaves_the_old_run(whole, tmp_path, monkeypatch, file):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    before, write = files_in(tmp_path / "run"), renderers.atomic.write_whole

    def write_some(path, data, name=None):
        if path.name == file:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data, name)

    with monkeypatch.context() as patch:
        patch.setattr("hwcli.atomic.write_whole", write_some)
        done = hw_here("train", "data", "-o", "run", "--overwrite", *LEARN, cwd=tmp_path)
        refused(done, file, "no space left on device")
    assert files_in(tmp_path / "run") == before
    done = hw_here("train", "data", "-o", "run", "--overwrite", *LEARN, cwd=tmp_path)
    assert done.status == 0, done
    assert rows(tmp_path / "run") == rows(whole / "run")


def test_overwrite_that_was_killed_is_finished_by_the_next_command(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    (tmp_path / "run" / OLD).mkdir()
    (tmp_path / "run" / NEW).mkdir()
    shutil.move(tmp_path / "run" / "config.toml", tmp_path / "run" / OLD)
    done = hw_here("train", "data", "-o", "run", *LEARN, cwd=tmp_path)
    refused(done, "run already holds a run")
    assert files_in(tmp_path / "run") == files_in(whole / "run")


def test_dataset_cut_short_under_a_run_is_an_error(whole, tmp_path):
    shutil.copytree(whole / "data", tmp_path / "data")
    process = started(tmp_path)
    wait_for(lambda: steps_saved(tmp_path / "run") >= 3, process)
    os.truncate(tmp_path / "data" / "offsets.npy", 200)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"error: data/offsets.npy was cut short while it was in use" in err
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(whole / "data", tmp_path / "data")
    assert hw_here("train", "--resume", "-o", "run", cwd=tmp_path).status == 0
    assert rows(tmp_path / "run") == rows(whole / "run")


def test_resume_ignores_a_preset_in_the_environment(whole, tmp_path):
    for name in ("data", "run"):
        shutil.copytree(whole / name, tmp_path / name)
    done = hw_here("train", "--resume", "-o", "run", cwd=tmp_path, HW_TRAIN_PRESET="graves")
    assert done.status == 0, done
    refused(
        hw_here("train", "--resume", "-o", "run", "--preset", "graves", cwd=tmp_path),
        "--hidden cannot change from 8 to 400 (preset graves)",
        status=2,
    )


def test_resume_lists_refused_and_changeable_settings(whole):
    flags = ["--dropout", "0.5", "--hidden", "9", "--epochs", "9", "--lr", "0.5"]
    done = hw_here("train", "--resume", "-o", "run", *flags, cwd=whole)
    refused(
        done,
        "--dropout cannot change from 0.3 to 0.5",
        "--hidden cannot change from 8 to 9",
        "--threads",
        status=2,
    )
    assert "--epochs cannot" not in done.err
    assert "--lr cannot" not in done.err
