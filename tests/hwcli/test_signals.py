"""Ctrl-C and SIGTERM."""

import os
import re
import select
import signal
import subprocess
import sys
import time

import psutil
import pytest

from handmade import environment, iam_folder
from hwcli import signals

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
WORD = {signal.SIGINT: b"", signal.SIGTERM: b"terminated\n"}
END = {signal.SIGINT: "stopped", signal.SIGTERM: "terminated"}


def started(*arguments, cwd) -> subprocess.Popen:
    """Start hw with the handlers of a terminal's foreground."""
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=cwd, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def wait_for_work(process: subprocess.Popen) -> None:
    """Wait until the process has written something, or has been at it for a while on a machine of its own."""
    while not select.select([process.stdout], [], [], 0.05)[0]:
        assert process.poll() is None
        if sum(psutil.Process(process.pid).cpu_times()[:2]) > 2.5:
            break


@pytest.mark.parametrize("number", STATUS)
@pytest.mark.parametrize("module", ["typer", "numpy.linalg", "hwcli.sampling.load"])
def test_signal_within_an_import_ends_quietly(tmp_path, number, module):
    """The import never ends, and would swallow any exception."""
    stuck = tmp_path / "stuck.py"
    stuck.write_text(
        "import runpy, sys, time\n"
        "class Finder:\n"
        f"    def find_spec(self, name, *_):\n        if name != {module!r}: return None\n"
        "        print('importing', flush=True)\n"
        "        while True:\n            try: time.sleep(60)\n            except BaseException: pass\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.argv = ['hw', 'sample', '--points', '5']\n"
        "runpy.run_module('hwcli', run_name='__main__', alter_sys=True)\n"
    )
    process = started(stuck, cwd=tmp_path)
    assert process.stdout.readline() == b"importing\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (STATUS[number], WORD[number])


FILM = ["--seed", "1", "--points", "400", "--count", "30", "--render", "pdf", "--format", "gif"]


@pytest.mark.parametrize("number", STATUS)
@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--count", "100000", "--seed", "1"], r"[\d,]+ of 100,000 samples (was|were) written"),
        (["--text", "on and on", "--count", "100000", "--seed", "1"], r"[\d,]+ samples? (was|were) written"),
        (FILM, "nothing was written"),
    ],
)
def test_signal_ends_a_long_command_and_says_what_is_kept(tmp_path, number, arguments, kept):
    process = started("-m", "hwcli", "sample", *arguments, cwd=tmp_path)
    wait_for_work(process)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == STATUS[number]
    said = re.sub(rb"[^\n]*\d %[^\n]*\n", b"", err).decode()
    assert re.fullmatch(rf"{END[number]}: (?:{kept}|nothing was written)\n", said)
    assert out.endswith(b"\n") or not out  # no line is cut


@pytest.mark.parametrize("number", STATUS)
def test_watched_signal_is_answered_within_a_call_that_never_ends(tmp_path, number):
    program = (
        "import hashlib\n"
        "from hwcli import signals\n"
        "with signals.watched(lambda number: signals.end_now(number, 'nothing was written')):\n"
        "    print('calling', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 2_000_000_000)\n"
    )
    process = started("-c", program, cwd=tmp_path)
    assert process.stdout.readline() == b"calling\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.decode()) == (STATUS[number], f"{END[number]}: nothing was written\n")


@pytest.mark.usefixtures("usual_sigint")
def test_signals_are_as_before_after_they_were_watched():
    seen = []
    with signals.caught():
        before = signal.getsignal(signal.SIGINT)
        with signals.watched(seen.append):
            signal.raise_signal(signal.SIGINT)
            while not seen:
                time.sleep(0.01)
        assert signal.getsignal(signal.SIGINT) is before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert seen == [signal.SIGINT]


def test_ignored_sigint_stays_ignored():
    """As in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals.caught(), signals.held():
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture
def usual_sigint():
    """SIGINT raises KeyboardInterrupt, even if the tests run in a shell's background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual_sigint")
def test_held_signal_comes_after_the_block_and_a_second_one_within():
    passed = []

    @signals.held()
    def receive(*numbers):
        for number in numbers:
            signal.raise_signal(number)
            for _ in range(10_000):  # Python runs handlers between instructions, at times not at once
                pass
            passed.append(number)

    with signals.caught():
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(signals.Terminated):
            receive(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            receive(signal.SIGTERM, signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is before
    assert passed == [signal.SIGTERM, signal.SIGTERM]


@pytest.mark.usefixtures("usual_sigint")
def test_held_signal_comes_where_it_is_let_go():
    asked, passed = [], []
    with signals.caught(), signals.held(lambda: asked.append(1)) as hold:
        with hold.let_go():
            passed.append("before")
        signal.raise_signal(signal.SIGINT)
        passed.append("held")
        with pytest.raises(KeyboardInterrupt), hold.let_go():
            passed.append("never")
        with pytest.raises(KeyboardInterrupt), hold.let_go():
            signal.raise_signal(signal.SIGINT)
        passed.append("after")
    assert passed == ["before", "held", "after"]
    assert asked == [1]


def test_innermost_block_tells_what_is_kept():
    with pytest.raises(KeyboardInterrupt) as end, signals.telling(lambda: "a"), signals.telling(lambda: "b"):
        raise KeyboardInterrupt
    assert signals.said(end.value) == "b"
    outer = signals.telling(lambda: "a", of_all=True)
    with pytest.raises(KeyboardInterrupt) as end, outer, signals.telling(lambda: "b"):
        raise KeyboardInterrupt
    assert signals.said(end.value) == "a"
    assert signals.said(KeyboardInterrupt()) is None


@pytest.mark.parametrize("number", STATUS)
def test_preprocess_ends_by_signal_without_a_trace(tmp_path, number):
    iam_folder(tmp_path / "ink", {f"a{n:02d}-{n:03d}": 40 for n in range(60)}, 60)
    process = started("-m", "hwcli", "preprocess", "ink", "-o", "data", "--jobs", "2", cwd=tmp_path)
    while process.poll() is None and not psutil.Process(process.pid).children():
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    said = f"{END[number]}: nothing was written\n".encode()
    assert (process.returncode, err) == (STATUS[number], said)
    assert os.listdir(tmp_path) == ["ink"]
