"""Worker processes end with the process that started them."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from handmade import environment
from hwcli.errors import HwError
from hwcli.hw_warning import warn
from hwcli.workers import Workers

# Starts two workers that sleep, and says so once both of them are at work.
PROGRAM = """
import os, sys, time
from hwcli import signals
from hwcli.workers import Workers

def main():
    with Workers(2) as pool:
        for one in [pool.submit(os.getpid) for _ in range(8)]:
            one.result()
        waiting = [pool.submit(time.sleep, 600) for _ in range(9)]
        print("ready", flush=True)
        waiting[0].result()

if __name__ == "__main__":
    signals.catch()
    try:
        main()
    except KeyboardInterrupt as end:
        sys.exit(signals.status_of(end))
"""


@pytest.mark.parametrize("to_all", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_a_killed_process(tmp_path, number, to_all):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, program], env=environment(), start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    if to_all and number != signal.SIGKILL:  # as a terminal does
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in err
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive, gone


def test_an_error_in_the_block_ends_the_workers_at_once():
    start = time.monotonic()
    with contextlib.suppress(ZeroDivisionError), Workers(1) as pool:
        pool.submit(time.sleep, 600)
        pool.submit(1 / 0)
    assert time.monotonic() - start < 60


def test_work_is_done_and_prepared():
    with Workers(2, os.putenv, "A", "B") as pool:
        assert list(pool.map(abs, range(-20, 0), chunksize=3)) == list(range(20, 0, -1))


def test_a_killed_worker_is_an_error_for_the_user():
    with pytest.raises(HwError, match="worker process was killed"), Workers(1) as pool:
        pool.submit(os._exit, 9).result()


def test_warnings_of_workers_are_printed_as_messages(capfd):
    with Workers(1) as pool:
        pool.submit(warn, "something is odd").result()
    assert capfd.readouterr().err == "warning: something is odd\n"
