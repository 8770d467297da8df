"""Jobs side by side in threads."""

import signal
import threading
import time

import numpy as np
import pytest

from handmade import random_model
from hwcli.engine import threads
from hwcli.engine.loop import Plan
from hwcli.engine.lstm import Weights
from hwcli.engine.threads import generate_in_threads, run_in_threads


@pytest.mark.parametrize("count", [1, 3])
def test_every_item_is_done_once(count):
    done = []
    run_in_threads(lambda item, stop: done.append(item), range(20), count)
    assert sorted(done) == list(range(20))


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_is_raised_and_ends_the_other_jobs(count):
    """The second job waits for the signal to stop; those not begun are not run."""
    begun = []

    def job(item: int, stop: threading.Event) -> None:
        begun.append(item)
        if item == 0:
            raise ValueError("the first job")
        assert stop.wait(timeout=30)

    with pytest.raises(ValueError, match="the first job"):
        run_in_threads(job, range(50), count)
    assert len(begun) < 10


def test_a_batch_that_is_interrupted_ends_soon(monkeypatch):
    """Its threads would draw a million points each, of which this process would wait for the end."""
    model = random_model(layers=1, hidden=8)
    generators = [np.random.default_rng([1, k]) for k in range(4)]

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "cores", lambda: 2)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            generate_in_threads(
                Weights.of(model), model.normalisation, 1e3, generators, Plan(1_000_000, predictions=False)
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - start < 10
