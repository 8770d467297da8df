"""Runs of limited time, by a clock that only steps, validations and checkpoints move."""

import itertools
import math
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import tiny_dataset
from hwcli.config.sections import TrainConfig
from hwcli.model import file as model_file
from hwcli.training import trainer as trainer_module
from hwcli.training.checkpoint import Progress
from hwcli.training.run.time_limit import LEAST_LINES, VALIDATIONS, TimeLimit, evenly
from hwcli.training.schedule import LONGEST_WARMUP, learning_rate
from hwcli.training.trainer import StopRequestedError
from small_runs import epoch_rows, rows, stop_after, trainer

STEP, VALIDATION, SAVE = 1.0, 2.0, 0.5  # seconds


@pytest.fixture
def data(tmp_path):
    return tiny_dataset(tmp_path / "data")


@pytest.fixture
def timed(data, tmp_path, monkeypatch):
    """Return a function that makes a run whose clock is `clock[0]`."""
    clock = [1000.0]
    real = trainer_module.evaluate

    def slow(*arguments, **how):
        clock[0] += VALIDATION
        return real(*arguments, **how)

    monkeypatch.setattr(trainer_module, "evaluate", slow)

    def make(resume=False, step=STEP, **settings):
        run = trainer(data, tmp_path / "run", resume=resume, **({"epochs": 100_000} | settings))
        monkeypatch.setattr("hwcli.training.meter.time.monotonic", lambda: clock[0])
        run.limit.clock = lambda: clock[0]
        learn, save = run._learn, run._save

        def learning(*arguments):
            clock[0] += step
            return learn(*arguments)

        def saving():
            clock[0] += SAVE
            save()

        run._learn, run._save = learning, saving
        return run

    make.clock = clock
    return make


@pytest.mark.parametrize("step", [0.2, 1.0, 3.7])
@pytest.mark.parametrize("minutes", [0.5, 1, 3])
def test_run_ends_within_its_time_and_uses_it(timed, minutes, step):
    begin = timed.clock[0]
    result = timed(minutes=minutes, step=step).train(begin - 2.5)  # starting up took 2.5 s
    took = timed.clock[0] - begin + 2.5
    assert took <= 60 * minutes
    assert result.seconds == pytest.approx(took, abs=SAVE)
    assert took >= 60 * minutes - 2 * step - 2 * (VALIDATION + SAVE)


def test_last_weights_are_validated_and_saved(timed, tmp_path):
    result = timed(minutes=1).train()
    last = model_file.read(tmp_path / "run" / "last.safetensors")
    row = epoch_rows(tmp_path / "run")[-1]
    assert row["step"] == result.steps == last.about["training"]["steps"]
    assert last.about["log_loss"]["nats_per_sequence"] == row["valid_nats_per_sequence"]
    assert last.about["log_loss"]["lines"] == row["valid_lines"] == 2
    assert row["epoch"] == pytest.approx(result.epochs)
    assert (tmp_path / "run" / "checkpoint" / f"{result.steps:010d}.safetensors").is_file()


@pytest.mark.parametrize("schedule", ["cosine", "trapezoid"])
def test_learning_rate_reaches_the_end_of_its_schedule(timed, tmp_path, schedule):
    timed(minutes=3, schedule=schedule, cooldown=0.5, warmup=10_000).train()
    rates = [row["lr"] for row in rows(tmp_path / "run") if "lr" in row]
    assert max(rates) > 0.009  # the warm-up ends, although 10,000 steps were asked for
    assert rates[-1] < 0.15 * max(rates)  # of up to nine steps before the last
    assert rates[-3:] == sorted(rates[-3:], reverse=True)


def test_validations_are_spread_over_the_time(timed, tmp_path):
    timed(minutes=5, step=0.5).train()
    steps = [row["step"] for row in epoch_rows(tmp_path / "run")]
    assert VALIDATIONS - 1 <= len(steps) <= VALIDATIONS + 1
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert max(gaps) < 1.2 * min(gaps[:-1])


def test_slow_validations_take_a_small_part_of_the_time(timed, tmp_path):
    timed(minutes=1).train()
    assert len(epoch_rows(tmp_path / "run")) * (VALIDATION + SAVE) < 0.25 * 60


def test_epochs_end_a_run_before_its_time(timed, tmp_path):
    result = timed(minutes=60, epochs=2, schedule="cosine").train()
    assert result.epochs == 2
    assert [row["epoch"] for row in epoch_rows(tmp_path / "run")] == [2]
    assert epoch_rows(tmp_path / "run")[-1]["step"] == result.steps


def test_resumed_run_counts_the_time_before(timed, tmp_path):
    run = timed(minutes=2)
    stop_after(run, 40)
    begin = timed.clock[0]
    with pytest.raises(StopRequestedError):
        run.train()
    used = timed.clock[0] - begin
    timed.clock[0] += 10_000  # between the two, no time counts
    begin = timed.clock[0]
    result = timed(minutes=2, resume=True).train()
    assert 0.9 * 120 <= used + timed.clock[0] - begin <= 120 + 2 * SAVE
    measured = epoch_rows(tmp_path / "run")
    assert [row["step"] for row in measured] == sorted({row["step"] for row in measured})
    assert measured[-1]["step"] == result.steps


def test_finished_run_makes_no_more_steps_until_it_gets_more_time(timed, tmp_path):
    first = timed(minutes=1).train()
    before = rows(tmp_path / "run")
    again = timed(minutes=1, resume=True).train()
    assert again.steps == first.steps
    assert rows(tmp_path / "run") == before
    begin = timed.clock[0]
    more = timed(minutes=2, resume=True).train()
    assert more.steps > first.steps + 20
    assert 30 < timed.clock[0] - begin <= 62


def test_run_killed_after_a_validation_and_before_its_checkpoint_has_no_row_twice(timed, tmp_path):
    run = timed(minutes=2)
    save, passed = run._save, []

    def dying():
        passed.append(0)
        if len(passed) == 3:
            raise KeyboardInterrupt
        save()

    run._save = dying
    with pytest.raises(KeyboardInterrupt):
        run.train()
    timed(minutes=2, resume=True).train()
    steps = [row["step"] for row in epoch_rows(tmp_path / "run")]
    assert steps == sorted(set(steps))


def test_run_with_no_time_makes_one_step_and_validates(timed, tmp_path):
    result = timed(minutes=1e-6).train()
    assert result.steps == 1
    assert [row["step"] for row in epoch_rows(tmp_path / "run")] == [1]


def test_without_minutes_no_time_is_counted(timed, tmp_path):
    run = timed(epochs=2)
    assert run.train().seconds == 0
    assert (run.progress.seconds, run.progress.reserve, run.progress.valid_share) == (0.0, 0.0, None)


@given(st.floats(0.02, 1e6), st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), max_size=30))
def test_spent_share_grows_to_one(minutes, steps):
    """Whatever steps and validations take: the share never exceeds 1, and is 1 once the time is over."""
    now = [0.0]
    limit, progress = TimeLimit(minutes, lambda: now[0]), Progress()
    limit.begin(progress)
    for step, validation in steps:
        now[0] += step
        progress.seconds, progress.reserve = limit.used(), limit.reserve(step)
        assert 0 <= limit.spent(progress) <= 1
        if limit.over(progress):
            assert limit.spent(progress) == pytest.approx(1)
            break
        if limit.validation_due(progress):
            now[0] += validation
            limit.measured(validation)
            progress.validated_at = limit.used()


@given(st.integers(0, 3000), st.floats(0, 1))
def test_evenly_spread_lines_are_distinct_and_cover_the_range(count, share):
    chosen = evenly(count, share)
    assert chosen == sorted(set(chosen))
    assert all(0 <= k < count for k in chosen)
    assert min(count, LEAST_LINES) <= len(chosen) <= count
    assert len(chosen) >= math.floor(share * count)


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.floats(0, 1))
def test_warmup_takes_at_most_a_tenth_of_the_time(warmup, step, spent):
    config = TrainConfig(lr=1.0, schedule="constant", warmup=warmup)
    rate = learning_rate(config, step, 0.0, spent)
    assert learning_rate(config, step, 0.0) <= rate <= 1
    assert rate == 1 or (spent < LONGEST_WARMUP and step < warmup)


def test_run_stopped_in_its_last_validation_makes_it_when_resumed(timed, tmp_path):
    run = timed(minutes=0.5)
    score = run._score

    def scoring(report, share):
        if run.limit.over(run.progress):
            run.request_stop(signal.SIGINT)
            report(1, 2)  # ends it
        return score(report, share)

    run._score = scoring
    with pytest.raises(StopRequestedError):
        run.train()
    stopped_at = run.progress.step
    assert epoch_rows(tmp_path / "run")[-1]["step"] < stopped_at
    result = timed(resume=True, minutes=0.5).train()
    assert result.steps == stopped_at
    assert epoch_rows(tmp_path / "run")[-1]["step"] == stopped_at
