"""When a single sequence uses two BLAS threads: steps that take a simulated time."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from hwcli.engine import pace as module
from hwcli.engine.pace import LARGE, LONGEST_PAUSE, PAUSE, RENEW, Pace

ONE = 16.0  # seconds of a stretch on one thread


class Machine:
    """A machine whose BLAS may have `threads`, with stretches that take `ONE` on one and `two` on two."""

    def __init__(self, monkeypatch, two: float = 7.0, threads: int = 2, sound: bool = True) -> None:
        self.library = SimpleNamespace(num_threads=threads, set_num_threads=self.use)
        self.two, self.sound, self.now, self.busy = two, sound, 0.0, False
        controller = SimpleNamespace(select=lambda **_: SimpleNamespace(lib_controllers=[self.library]))
        monkeypatch.setattr(module, "ThreadpoolController", lambda: controller)
        monkeypatch.setattr(module, "perf_counter", lambda: self.now)
        monkeypatch.setattr(module, "all_cores_busy", lambda: self.busy)
        self.matrix = SimpleNamespace(nbytes=LARGE, shape=(4, 4), dtype=np.float32, dot=self.dot)
        self.used: list[int] = []

    def use(self, threads: int) -> None:
        self.library.num_threads = threads

    def dot(self, vector):
        return vector if self.sound or self.library.num_threads == 1 else vector + 1

    def pace(self, cores: int = 2) -> Pace:
        return Pace(SimpleNamespace(matrices=(self.matrix,)), cores)

    def run(self, pace: Pace, stretches: int) -> list[int]:
        """Return the threads of each of `stretches` of one sequence."""
        used = []
        self.library.num_threads = 1  # as the context of a sequence has it
        pace.begin()
        for _ in range(stretches):
            used.append(self.library.num_threads)
            self.now += ONE if used[-1] == 1 else self.two
            pace.turn()
        return used


def test_two_threads_are_used_where_they_are_faster_and_one_is_timed_again_at_times(monkeypatch):
    machine = Machine(monkeypatch)
    assert machine.run(machine.pace(), 2 * RENEW + 3) == [1, *[2] * RENEW, 1, *[2] * RENEW, 1]


def test_two_threads_that_are_slower_are_tried_less_and_less(monkeypatch):
    machine = Machine(monkeypatch, two=20.0)
    used = machine.run(machine.pace(), 300)
    tried = [k for k, threads in enumerate(used) if threads == 2]
    assert [b - a - 1 for a, b in pairwise(tried)] == [PAUSE, 8, 16, 32, 64, 64, 64]
    assert LONGEST_PAUSE == 64


def test_a_short_stall_is_no_reason_to_stop(monkeypatch):
    machine = Machine(monkeypatch)
    pace = machine.pace()
    machine.run(pace, 10)
    machine.two = 25.0
    assert machine.run(pace, 1) == [2]
    machine.two = 7.0
    assert machine.run(pace, 9) == [2] * 9


def test_a_neighbour_that_comes_ends_it_soon_and_one_that_goes_lets_it_begin_again(monkeypatch):
    machine = Machine(monkeypatch)
    pace = machine.pace()
    machine.run(pace, 10)
    machine.two, machine.busy = 60.0, True
    assert machine.run(pace, 40)[2:] == [1] * 38
    machine.two, machine.busy = 7.0, False
    assert machine.run(pace, 10)[1:] == [2] * 9


def test_two_threads_are_not_tried_while_all_cores_are_busy(monkeypatch):
    machine = Machine(monkeypatch)
    machine.busy = True
    assert machine.run(machine.pace(), 30) == [1] * 30


@pytest.mark.parametrize("why", ["one core", "small", "one thread allowed", "other bits"])
def test_one_thread_only(why, monkeypatch):
    machine = Machine(monkeypatch, threads=1 if why == "one thread allowed" else 2, sound=why != "other bits")
    machine.matrix.nbytes -= why == "small"
    pace = machine.pace(1 if why == "one core" else 2)
    assert machine.library.num_threads == (1 if why == "one thread allowed" else 2)  # as it was
    assert machine.run(pace, 20) == [1] * 20


def test_what_runs_now_is_read_where_the_system_tells(tmp_path, monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(module, "LOAD", tmp_path / "loadavg")
    assert not module.all_cores_busy()
    for running, busy in (("1", False), ("3", False), ("4", True), ("9", True), ("x", False)):
        module.LOAD.write_text(f"0.10 0.20 0.30 {running}/321 4567\n")
        assert module.all_cores_busy() == busy
    module.LOAD.write_text("")
    assert not module.all_cores_busy()
