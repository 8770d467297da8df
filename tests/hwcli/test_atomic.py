"""Files and folders are there whole or not at all, and what killed processes leave is cleared."""

import contextlib
import errno
import os
import signal
import subprocess
import sys

import pytest

from handmade import environment, files_in
from hwcli import atomic
from hwcli.atomic import folder_written_whole, write_atomically
from hwcli.errors import HwError
from renderers.atomic import SUFFIX, temporary_file, temporary_folder

# Starts to write `place`, then kills itself, or waits for its stdin to close and goes on.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from hwcli.atomic import folder_written_whole, write_atomically

kind, end = sys.argv[1:]

def reached():
    print("here", flush=True)
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()

def pieces():
    yield b"other"
    reached()

if kind == "file":
    write_atomically(Path("place"), pieces())
else:
    with folder_written_whole(Path("place"), replace=True) as folder:
        (folder / "x").write_text("other")
        reached()
"""


def writing(cwd, kind, end) -> subprocess.Popen:
    """Return a process that has written a part."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, kind, end],
        cwd=cwd, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == b"here\n"
    return process


def write(place, kind) -> None:
    if kind == "file":
        write_atomically(place, b"mine")
    else:
        with folder_written_whole(place, replace=True) as folder:
            (folder / "x").write_text("mine")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_next_write_clears_what_a_killed_one_left(tmp_path, kind):
    killed = writing(tmp_path, kind, "killed")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert [name.endswith(SUFFIX) for name in os.listdir(tmp_path)] == [True]
    (tmp_path / ".place.original").touch()  # of the user
    (tmp_path / f".another.abcdefgh{SUFFIX}").touch()
    write(tmp_path / "place", kind)
    assert sorted(os.listdir(tmp_path)) == [f".another.abcdefgh{SUFFIX}", ".place.original", "place"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_write_in_progress_is_left_alone(tmp_path, kind):
    other = writing(tmp_path, kind, "goes on")
    write(tmp_path / "place", kind)
    assert len(os.listdir(tmp_path)) == 2
    other.communicate()
    assert other.returncode == 0
    assert list(files_in(tmp_path).values()) == [b"other"]  # it came last


@pytest.mark.parametrize("make", [temporary_file, temporary_folder])
def test_temporary_cleared_before_its_lock_is_made_again(tmp_path, monkeypatch, make):
    lock, seen = atomic.clear.__globals__["_lock"], []

    def late(handle):
        if not seen:
            (path,) = tmp_path.iterdir()
            atomic.clear(path)
        seen.append(handle)
        return lock(handle)

    monkeypatch.setitem(atomic.clear.__globals__, "_lock", late)
    handle, path = make(tmp_path / "place")
    os.close(handle)
    assert (len(seen), path.exists()) == (2, True)


def test_failed_replacement_leaves_the_old_folder(tmp_path):
    write(tmp_path / "place", "folder")

    @folder_written_whole(tmp_path / "place", replace=True)
    def fail():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(HwError, match="no space left"):
        fail()
    assert files_in(tmp_path) == {"place/x": b"mine"}


@pytest.mark.parametrize("failing", [None, 1, 2])
def test_replacement_in_three_steps_can_fail_at_each(tmp_path, monkeypatch, failing):
    """On a file system that cannot exchange two folders."""
    write(tmp_path / "place", "folder")
    rename, steps = os.replace, []

    def replace(source, target):
        steps.append(target)
        if len(steps) == failing:
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: None)
    monkeypatch.setattr(os, "replace", replace)
    with (
        pytest.raises(HwError) if failing else contextlib.nullcontext(),
        folder_written_whole(tmp_path / "place", replace=True) as folder,
    ):
        (folder / "x").write_text("new")
    assert (tmp_path / "place" / "x").read_text() == ("mine" if failing else "new")
    assert os.listdir(tmp_path) == ["place"]


def test_folder_moved_aside_by_a_killed_replacement_comes_back(tmp_path):
    write(tmp_path / "place", "folder")
    os.rename(tmp_path / "place", tmp_path / f".place.old{SUFFIX}")
    atomic.restore_folder(tmp_path / "place")
    assert files_in(tmp_path) == {"place/x": b"mine"}


def test_symbolic_link_is_followed(tmp_path):
    write(tmp_path / "place", "folder")
    (tmp_path / "link").symlink_to("place")
    with folder_written_whole(tmp_path / "link", replace=True) as folder:
        (folder / "x").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "place"]
    assert (tmp_path / "place" / "x").read_text() == "new"


def test_without_locks_files_are_written_and_leftovers_stay(tmp_path, monkeypatch):
    """As on Windows, whose Python has no fcntl."""
    monkeypatch.setattr("renderers.atomic.fcntl", None)
    left = tmp_path / f".a.svg.k3v_0a1x{SUFFIX}"
    left.write_text("half")
    write_atomically(tmp_path / "a.svg", b"whole")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.svg": b"whole", left.name: b"half",
    }  # fmt: skip
