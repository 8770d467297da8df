"""A run that takes the place of another: either is there, whatever happens."""

import errno
import os
import shutil
import subprocess
import sys

import pytest

from handmade import environment, files_in
from hwcli.errors import HwError
from hwcli.training.run.replacing import DONE, finish, replace_run, was_interrupted

BEFORE = {
    ".lock": b"",
    "best.safetensors": b"old",
    "checkpoint/1": b"old",
    "config.toml": b"old",
    "samples/1.svg": b"",
}
AFTER = {".lock": b"", "checkpoint/0": b"new", "config.toml": b"new", "from.safetensors": b"new"}

# Replaces a copy of `before` again and again, killed after one more change to the file system each time.
PROGRAM = """
import itertools, os, shutil, signal, sys
from pathlib import Path
from hwcli.training.run.replacing import replace_run

def killing(function, moment, passed):
    def change(*arguments, **how):
        result = function(*arguments, **how)
        if next(passed) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return change

for moment in itertools.count():
    run = Path(f"{moment:03d}")
    shutil.copytree("before", run)
    if not (child := os.fork()):
        passed = itertools.count()
        for name in ("mkdir", "replace", "unlink", "rmdir"):
            setattr(os, name, killing(getattr(os, name), moment, passed))
        replace_run(run, lambda folder: shutil.copytree("after", folder, dirs_exist_ok=True))
        os._exit(0)
    if not os.waitpid(child, 0)[1]:
        break
"""


def write(folder, files) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def fill(folder) -> None:
    write(folder, {name: data for name, data in AFTER.items() if name != ".lock"})


def test_killed_at_any_moment_the_old_or_the_new_run_is_there(tmp_path):
    write(tmp_path / "before", BEFORE)
    fill(tmp_path / "after")
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment(), check=True, timeout=100)
    *killed, whole = sorted(tmp_path.glob("[0-9]*"))
    assert files_in(whole) == AFTER
    found = []
    for run in killed:
        finish(run)
        assert files_in(run) in (BEFORE, AFTER), run
        assert not was_interrupted(run)
        found.append(files_in(run) == AFTER)
    assert found == sorted(found)  # from some moment on it is the new one
    assert 5 < sum(found) < len(found) - 5


@pytest.mark.parametrize("failing", range(8))
def test_failing_at_any_rename_leaves_the_old_or_the_new_run(tmp_path, monkeypatch, failing):
    run = tmp_path / "run"
    write(run, BEFORE)
    rename, passed = os.replace, iter(range(99))

    def replace(source, target):
        if next(passed) == failing:
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(HwError, match="replac"):
            replace_run(run, fill)
    if failing < 5:  # four parts, and what decides
        assert files_in(run) == BEFORE
    else:
        finish(run)
        assert files_in(run) == AFTER


@pytest.mark.parametrize("error", [HwError("no space"), KeyboardInterrupt()])
def test_start_that_fails_leaves_the_old_run(tmp_path, error):
    run = tmp_path / "run"
    write(run, BEFORE)

    def fail(folder):
        fill(folder)
        raise error

    with pytest.raises(type(error)):
        replace_run(run, fail)
    assert files_in(run) == BEFORE
    assert not was_interrupted(run)


def test_remains_of_an_earlier_replacement_do_not_decide(tmp_path, monkeypatch):
    run = tmp_path / "run"
    write(run, BEFORE)
    (run / DONE).mkdir()

    def fail(path, **_):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", fail)
    with pytest.raises(HwError):
        replace_run(run, fill)
    assert files_in(run) == BEFORE
