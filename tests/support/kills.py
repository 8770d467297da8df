"""hw killed at random moments: what must hold afterwards, however often and whenever it happens."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from handmade import TINY, environment, files_in, iam_folder, tiny_dataset
from hwcli.training.run.replacing import DONE, NEW
from small_runs import same_weights, weights, without_speed

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LEARN = [
    "--epochs", "12", "--seed", "4", "--batch-size", "2", "--window", "9", "--lr", "0.01", "--average", "0.9",
    "--dropout", "0.3", "--checkpoint-minutes", "0.00001", "--optimiser", "muon", *TINY,
]  # fmt: skip


@contextmanager
def started(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run hw in a session of its own, with the signals of a terminal's foreground."""
    with subprocess.Popen(
        [sys.executable, "-m", "hwcli", *arguments],
        cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def completed(*arguments: str, cwd: Path) -> float:
    """Run hw to its end; return the seconds that it took."""
    start = time.monotonic()
    with started(*arguments, cwd=cwd) as process:
        _, err = process.communicate()
        assert process.returncode == 0, err.decode()
    return time.monotonic() - start


@dataclass(frozen=True)
class Kill:
    """How a process was ended, if it was."""

    number: signal.Signals
    after: float  # seconds
    status: int

    def __str__(self) -> str:
        return f"{self.number.name} after {self.after:.2f} s: status {self.status}"


def kill(rng: random.Random, longest: float, *arguments: str, cwd: Path, until: Path | None = None) -> Kill:
    """Run hw and end it within `longest` seconds, or within that time after `until` exists.

    Asserts that no process is left, that nobody sees a traceback, and that the status is that of the signal
    or 0, if hw was faster.
    """
    number, after = rng.choice(SIGNALS), rng.uniform(0, longest)
    with started(*arguments, cwd=cwd) as process:
        while until is not None and not until.exists() and process.poll() is None:
            time.sleep(0.002)
        end = time.monotonic() + after
        children: set[psutil.Process] = set()
        while (left := end - time.monotonic()) > 0 and process.poll() is None:
            children |= _children(process)
            time.sleep(min(left, 0.05))
        children |= _children(process)
        if process.poll() is None:
            process.send_signal(number)
        _, err = process.communicate(timeout=300)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, f"left behind by {number.name} after {after:.2f} s: {alive}"
    expected = -number if number == signal.SIGKILL else 128 + number
    # Python itself has not started in the first moments
    assert process.returncode in (0, expected, -number), (process.returncode, number, after, err)
    # nor has a worker to which a killed process had not yet said what to do
    unborn = number == signal.SIGKILL and b"spawn_main" in err and b"hwcli" not in err
    assert b"Traceback" not in err or after < 0.2 or unborn, (number, after, err.decode())
    return Kill(number, after, process.returncode)


def _children(process: subprocess.Popen[bytes]) -> set[psutil.Process]:
    try:
        return set(psutil.Process(process.pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


class TrainingKills:
    """Kills of hw train in `root`; a run that was not killed is there to compare with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tiny_dataset(root / "data")
        self.longest = completed("train", "data", "-o", "whole", *LEARN, cwd=root)
        shutil.copytree(root / "whole", root / "before")

    def one(self, rng: random.Random) -> str:
        """Kill a run up to three times, new or in the place of another, then let it end; compare it."""
        run, overwritten = self.root / "run", rng.random() < 0.3
        shutil.rmtree(run, ignore_errors=True)
        start = ["train", "data", "-o", "run", *LEARN]
        if overwritten:
            shutil.copytree(self.root / "before", run)
            start.append("--overwrite")
        told, command = [], start
        for _ in range(rng.randint(1, 3)):
            until = run / ("checkpoint" if command is start and not overwritten else ".lock")
            told.append(kill(rng, self.longest, *command, cwd=self.root, until=rng.choice([None, until])))
            if (run / "config.toml").is_file() or any((run / name).is_dir() for name in (NEW, DONE)):
                command = ["train", "--resume", "-o", "run"]
        if subprocess.run(  # nothing was begun
            [sys.executable, "-m", "hwcli", "train", "--resume", "-o", "run"],
            cwd=self.root, env=environment(), capture_output=True, check=False,
        ).returncode:  # fmt: skip
            assert not (run / "config.toml").exists(), told
            completed(*start, cwd=self.root)
        for name in ("last", "best"):
            assert same_weights(weights(run, name), weights(self.root / "whole", name)), told
        assert without_speed(run) == without_speed(self.root / "whole"), told
        assert set(files_in(run)) == set(files_in(self.root / "whole")), told
        return "; ".join(map(str, told))


class PreprocessKills:
    """Kills of hw preprocess --overwrite in `root`, where an older dataset is in its place."""

    def __init__(self, root: Path, forms: int = 60) -> None:
        self.root = root
        iam_folder(root / "ink", {f"a{n:02d}-{n:03d}": 20 for n in range(forms)}, 60)
        iam_folder(root / "less", {"a00-000": 5}, 60)
        self.command = ["preprocess", "ink", "-o", "data", "--overwrite", "--jobs", "2"]
        self.longest = completed(*self.command, cwd=root)
        self.new = files_in(root / "data")
        completed("preprocess", "less", "-o", "data", "--overwrite", cwd=root)
        self.old = files_in(root / "data")

    def one(self, rng: random.Random) -> str:
        """Kill it, which leaves the old or the new dataset; run it again, which leaves nothing else."""
        if rng.random() < 0.3:
            completed("preprocess", "less", "-o", "data", "--overwrite", cwd=self.root)
        told = str(kill(rng, self.longest, *self.command, cwd=self.root))
        assert files_in(self.root / "data") in (self.old, self.new), told
        completed(*self.command, cwd=self.root)
        assert files_in(self.root / "data") == self.new, told
        assert sorted(os.listdir(self.root)) == ["data", "ink", "less"], told
        return told
