"""Jobs side by side in threads."""

import threading

import pytest

from hwcli.engine.threads import run_in_threads


@pytest.mark.parametrize("threads", [1, 3])
def test_every_item_is_done_once(threads):
    done = []
    run_in_threads(lambda item, stop: done.append(item), range(20), threads)
    assert sorted(done) == list(range(20))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_is_raised_and_ends_the_other_jobs(threads):
    """The second job waits for the signal to stop; those not begun are not run."""
    begun = []

    def job(item: int, stop: threading.Event) -> None:
        begun.append(item)
        if item == 0:
            raise ValueError("the first job")
        assert stop.wait(timeout=30)

    with pytest.raises(ValueError, match="the first job"):
        run_in_threads(job, range(50), threads)
    assert len(begun) < 10
