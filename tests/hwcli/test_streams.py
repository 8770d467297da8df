"""Closed pipes, full disks and Ctrl-C."""

import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import sys
import termios
import time

import pytest

from handmade import TINY, Outcome, environment, files_in, hw, iam_folder, refused, tiny_dataset, tiny_model

HW = [sys.executable, "-m", "hwcli"]


@pytest.fixture
def folder(tmp_path):
    tiny_model(tmp_path / "m.safetensors")
    return tmp_path


def started(*arguments, cwd, size=resource.RLIM_INFINITY, env=None, **how) -> subprocess.Popen[bytes]:
    """Start hw with pipes unless `how` says otherwise; its files cannot grow beyond `size` bytes."""

    def prepare() -> None:
        # processes in a shell's background inherit an ignored SIGINT
        signal.signal(signal.SIGINT, signal.default_int_handler)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.Popen(
        [*HW, *map(str, arguments)],
        cwd=cwd,
        env=environment(**(env or {})),
        preexec_fn=prepare,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
    )


def outcome(process: subprocess.Popen[bytes]) -> Outcome:
    out, err = process.communicate(timeout=240)
    return Outcome(subprocess.CompletedProcess(process.args, process.returncode, out, err))


@pytest.mark.parametrize(
    "arguments",
    [
        ["sample", "--count", "500", "--points", "100", "--seed", "1", "--model", "m.safetensors"],
        [
            "-q",
            "sample",
            "--count",
            "500",
            "--prime",
            "ink.ndjson",
            "--seed",
            "1",
            "--model",
            "m.safetensors",
        ],
        ["sample", "--score", "ink.ndjson", "--model", "m.safetensors"],
        ["config"],
        ["render", "--list"],
    ],
    ids=" ".join,
)
def test_closed_stdout_ends_a_command_silently(folder, arguments):
    (folder / "ink.ndjson").write_bytes(
        b'{"hw":1,"strokes":[[[0,0],[10,30],[20,0]],[[31,9],[40,7]]]}\n' * 500
    )
    process = started(*arguments, cwd=folder)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=240) == 0


def test_pipeline_into_head_succeeds(folder):
    line = (
        f"{sys.executable} -m hwcli sample --count 500 --seed 1 --points 30 --model m.safetensors | head -1"
    )
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=folder,
        capture_output=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["id"] == "1-0"


def test_samples_are_written_one_by_one(folder):
    """The first of many can be read while the others are still being drawn."""
    process = started("sample", "--count", "100000", "--seed", "1", "--model", "m.safetensors", cwd=folder)
    assert json.loads(process.stdout.readline())["id"] == "1-0"
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    written = 1 + out.count(b"\n")
    assert (
        err.decode() == f"stopped: {written} of 100,000 samples {'was' if written == 1 else 'were'} written\n"
    )
    assert process.returncode == 130


def wait_until_blocked(process: subprocess.Popen[bytes]) -> None:
    """Return when the pipe is full: its contents have not grown for a while."""
    size = -1
    while size <= 0 or size != bytes_in_pipe(process):
        size = bytes_in_pipe(process)
        time.sleep(0.3)


def bytes_in_pipe(process: subprocess.Popen[bytes]) -> int:
    number = fcntl.ioctl(process.stdout, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(number, sys.byteorder)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_ctrl_c_ends_after_a_whole_line_and_a_second_one_immediately(folder, unbuffered):
    arguments = ["sample", "--count", "1000", "--seed", "1", "--model", "m.safetensors"]
    for times in (1, 2):
        process = started(*arguments, cwd=folder, env={"PYTHONUNBUFFERED": unbuffered})
        wait_until_blocked(process)  # in the middle of a line: one is longer than a pipe's buffer
        process.send_signal(signal.SIGINT)
        if times == 2:
            time.sleep(0.3)  # two signals at once count as one
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        done = outcome(process)
        assert done.status == 130, done
        assert re.fullmatch(r"stopped: (nothing was|\d+ of 1,000 samples (was|were)) written\n", done.err)
        lines = done.out.splitlines(keepends=True)
        if times == 1:
            assert [json.loads(line)["id"] for line in lines] == [f"1-{k}" for k in range(len(lines))]
            assert lines[-1].endswith(b"\n")
            assert len(lines) < 1000


FULL = [
    ["sample", "--seed", "1", "--points", "50", "--model", "m.safetensors"],
    ["sample", "--seed", "1", "--points", "50", "--model", "m.safetensors", "-f", "svg"],
    ["sample", "--seed", "1", "--points", "50", "--model", "m.safetensors", "-f", "png", "-o", "-"],
    ["config"],
    ["models", "--json"],
    ["render", "--list"],
    ["--version"],
    ["--help"],
]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", FULL, ids=" ".join)
def test_full_disk_behind_stdout_is_one_error_line_and_status_1(folder, arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*HW, *arguments],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=240,
            check=False,
        )
    refused(Outcome(done), "no space left")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_partial_write_to_stdout_is_an_error(folder, unbuffered):
    """If only part of a line fits, the system writes that part without an error."""
    with (folder / "out").open("wb") as file:
        process = started(
            "sample", "--seed", "1", "--model", "m.safetensors",
            cwd=folder, size=5000, stdout=file, env={"PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
        done = Outcome(subprocess.CompletedProcess("hw", process.wait(), b"", process.stderr.read()))
    refused(done, "stdout", "too large")


def limited(*arguments, cwd, size: int) -> Outcome:
    """Run hw with files that cannot grow beyond `size` bytes, as on a nearly full disk."""
    return outcome(started(*arguments, cwd=cwd, size=size))


@pytest.mark.parametrize(
    ("arguments", "size", "name"),
    [
        (
            ["sample", "--seed", "1", "--points", "300", "--model", "m.safetensors", "-o", "x.svg"],
            500,
            "x.svg",
        ),
        (
            ["sample", "--seed", "1", "--points", "300", "--model", "m.safetensors", "-o", "x.png"],
            500,
            "x.png",
        ),
        (
            ["sample", "--seed", "1", "--points", "300", "--model", "m.safetensors", "-o", "x.ndjson"],
            500,
            "x.ndjson",
        ),
        (["preprocess", "in", "-o", "d"], 500, "cannot write d"),
        (["preprocess", "in", "-o", "d"], 2000, "cannot write d"),
    ],
    ids=["svg", "png", "ndjson", "arrays", "manifest"],
)
def test_full_disk_leaves_no_partial_files(folder, arguments, size, name):
    iam_folder(folder / "in", {"a01-000u": 9}, points=80)
    before = files_in(folder)
    refused(limited(*arguments, cwd=folder, size=size), name, "too large")
    assert files_in(folder) == before
    assert not (folder / "d").exists()


def test_full_disk_in_training_is_one_error_line_and_leaves_no_partial_files(folder):
    tiny_dataset(folder / "data")
    done = limited("train", "data", "-o", "run", "--epochs", "2", "--seed", "1", *TINY, cwd=folder, size=3000)
    refused(done, "run", "too large")
    hidden = [name for name in files_in(folder) if "/." in name or name.startswith(".")]
    assert hidden == ["run/.lock"]


def test_interrupted_training_exits_130_and_can_be_resumed(folder):
    tiny_dataset(folder / "data")
    process = started("train", "data", "-o", "run", "--epochs", "100000", "--seed", "1", *TINY, cwd=folder)
    while not (line := process.stderr.readline()).startswith(b"epoch 1/"):
        assert line, process.wait()
    process.send_signal(signal.SIGINT)
    done = outcome(process)
    assert (done.status, done.out) == (130, b""), done
    assert "hw train --resume -o run" in done.err
    assert "Traceback" not in done.err
    assert list((folder / "run" / "checkpoint").glob("*.safetensors"))
    epochs = 1 + max(
        json.loads(row)["epoch"] for row in (folder / "run" / "metrics.jsonl").read_text().splitlines()
    )
    again = hw("train", "--resume", "-o", "run", "--epochs", str(epochs), cwd=folder)
    assert again.status == 0, again
    assert (
        hw("sample", "--model", "run/best.safetensors", "--points", "10", "--seed", "1", cwd=folder).status
        == 0
    )


def test_interrupted_reading_exits_130_and_leaves_no_files(folder):
    """Read from a pipe that stays open, so that the interrupt always arrives while hw is reading."""
    process = started("preprocess", "-", "-o", "d", cwd=folder, stdin=subprocess.PIPE)
    process.stdin.write(
        b'{"hw":1,"strokes":[[[0,0],[1,1]]]}\n' * 9000
    )  # more than a pipe's buffer, so hw must be reading
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    process.stdin.close()
    process.stdin = None
    done = outcome(process)
    assert done.status == 130, done
    assert "Traceback" not in done.err
    assert sorted(os.listdir(folder)) == ["m.safetensors"]
