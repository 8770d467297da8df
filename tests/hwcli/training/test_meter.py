"""Speed and remaining time of a run."""

import pytest

from hwcli.training import meter as meter_module
from hwcli.training.checkpoint import Progress
from hwcli.training.meter import Meter


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(meter_module.time, "monotonic", lambda: now[0])
    return now


def run(clock, progress, steps, **how) -> Meter:
    """Return a meter after `steps` steps of 2 s and 1,000 points each; epochs of 10 steps, 4 of them."""
    meter = Meter(progress, epochs=4, batches=10, **how)
    for _ in range(steps):
        clock[0] += 2
        progress.window += 1
        progress.step += 1
        meter.add(-1.0, 1000, finite=True)
    return meter


def test_speed_is_that_of_the_training_steps(clock):
    assert run(clock, Progress(), 3).status().points_per_second == 500


def test_time_left_includes_the_validations_at_their_last_pace(clock):
    status = run(clock, Progress(epoch=1, step=10), 5, valid_points=9000, validation_seconds=7.0).status()
    assert status.seconds_left == pytest.approx(25 * 2 + 3 * 7)


def test_time_left_estimates_validations_that_were_not_measured_yet(clock):
    """As at the beginning, and after a resume in the middle of an epoch."""
    status = run(clock, Progress(epoch=2, window=4, step=24), 3, valid_points=9000).status()
    assert status.seconds_left == pytest.approx(13 * 2 + 2 * 9000 / (3 * 500))
    assert (status.step, status.steps) == (27, 40)


def test_time_left_without_validation_is_that_of_the_steps(clock):
    assert run(clock, Progress(), 10).status().seconds_left == pytest.approx(30 * 2)
