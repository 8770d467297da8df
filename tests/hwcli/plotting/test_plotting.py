"""Metrics read back, counted in epochs and smoothed, and the ranges that charts of them get."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwcli.errors import HwError
from hwcli.plotting.history import Column, History, read_histories, read_history
from hwcli.plotting.quantities import QUANTITIES, Wanted
from hwcli.plotting.run_chart import chart_of
from hwcli.plotting.smoothing import smoothed, window_for
from hwcli.training.metrics import Metrics

NAN = math.nan


def history(*rows: dict[str, Any], name: str = "run") -> History:
    return History(name, Path(name) / "metrics.jsonl", rows)


def run_of(
    losses: list[float | None], valid: list[float | None], every: int = 10, name: str = "run"
) -> History:
    """Losses every 10 steps, and valid ones at the ends of epochs of `every` rows."""
    rows: list[dict[str, Any]] = []
    for k, loss in enumerate(losses, start=1):
        rows.append({"step": 10 * k, "epoch": (k - 1) // every + 1, "loss": loss, "lr": 0.01})
        if k % every == 0 and k // every <= len(valid):
            rows.append(
                {"step": 10 * k, "epoch": k // every, "train_nats_per_point": 1.0}
                | {"valid_nats_per_point": valid[k // every - 1], "points_per_second": 100}
            )
    return history(*rows, name=name)


def test_what_metrics_writes_is_read_back(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    metrics.record({"step": 10, "epoch": 1, "loss": 2.5})
    metrics.record({"step": 20, "epoch": 1, "loss": NAN})
    metrics.record({"step": 20, "epoch": 1, "train_nats_per_point": 2.0})
    column = read_history(tmp_path, "run").column("loss")
    assert column.steps.tolist() == [10, 20]
    assert column.values[0] == 2.5
    assert math.isnan(column.values[1])


def test_a_column_has_every_step_once_in_order_and_its_last_word() -> None:
    rows = [{"step": step, "loss": loss} for step, loss in ((30, 3), (10, 1), (20, 9), (20, 2), (40, "x"))]
    column = history(*rows, {"step": 50}, {"step": 60, "loss": True}).column("loss")
    assert column.steps.tolist() == [10, 20, 30, 40, 60]
    assert np.array_equal(column.values, [1, 2, 3, NAN, NAN], equal_nan=True)


def test_steps_are_counted_in_epochs_within_and_beyond_those_that_ended() -> None:
    ends = [
        {"step": step, "epoch": epoch, "train_nats_per_point": 1.0} for step, epoch in ((100, 1), (300, 2))
    ]
    found = history({"step": 10, "epoch": 1, "loss": 1.0}, *ends).epochs(
        np.array([0, 50, 100, 200, 300, 350])
    )
    assert found is not None
    assert found.tolist() == [0, 0.5, 1, 1.5, 2, 2.25]


def test_without_an_epochs_end_nobody_knows_how_long_one_is() -> None:
    within = [{"step": 10 * k, "epoch": 1 + k // 20, "loss": 1.0, "lr": 0.1} for k in range(1, 40)]
    assert history(*within).epochs(np.array([10.0])) is None
    for epoch in (None, 0, -3, 0.5, "two", True):
        odd = history({"step": 10, "epoch": epoch, "valid_nats_per_point": 1})
        assert odd.epochs(np.array([1.0])) is None


STEPS = st.lists(st.integers(1, 50), min_size=1, max_size=40).map(lambda gaps: np.cumsum(gaps).astype(float))
VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(NAN))


@given(STEPS, st.data(), st.floats(0, 500))
def test_a_smoothed_value_is_a_mean_of_neighbours(steps: np.ndarray, data: Any, window: float) -> None:
    values = np.array(data.draw(st.lists(VALUES, min_size=len(steps), max_size=len(steps))))
    found = smoothed(Column(steps, values), window).values
    assert (np.isnan(found) == np.isnan(values)).all()
    for k in np.flatnonzero(np.isfinite(values)):
        half = min(window / 2, steps[k] - steps[0])
        near = values[(np.abs(steps - steps[k]) <= half) & np.isfinite(values)]
        assert math.isclose(found[k], near.mean(), rel_tol=1e-9, abs_tol=1e-6)


def test_one_huge_value_spoils_the_means_near_it_alone() -> None:
    values = np.full(100, -1.5)
    values[30] = 1e90
    found = smoothed(Column(10.0 * np.arange(1, 101), values), 50).values
    assert found[20] == found[40] == found[99] == -1.5
    assert found[30] == pytest.approx(2e89)


def test_smoothing_leaves_the_first_value_and_a_straight_line_as_they_are() -> None:
    steps = 10.0 * np.arange(1, 40)
    found = smoothed(Column(steps, 3 - steps), 60).values
    assert found[:-3] == pytest.approx((3 - steps)[:-3])


def test_a_window_is_round_and_grows_with_the_run_but_has_a_few_rows() -> None:
    def window(rows: int) -> float:
        return window_for([Column(10.0 * np.arange(1, rows + 1), np.zeros(rows))], 75)

    assert [window(rows) for rows in (1, 4, 100, 1300, 40000)] == [0, 0, 50, 200, 10000]


def test_the_first_losses_do_not_flatten_the_rest() -> None:
    losses = [1e4, 500.0, 40.0, 8.0, *np.linspace(-1.0, -1.5, 296)]
    low, high = chart_of([run_of(list(losses), [])], Wanted()).y_range
    assert low < -1.45
    assert high < 1.5


def test_the_best_and_the_last_value_are_in_sight() -> None:
    valid: list[float | None] = [-1.0, -1.2, -1.9, None, -1.1, -0.2]
    chart = chart_of([run_of([-1.0] * 60, valid)], Wanted())
    assert chart.y_range.low < -1.9
    assert chart.y_range.high > -0.2
    (mark,) = chart.marks
    assert (mark.x, mark.y, mark.text) == (3.0, -1.9, "−1.9000")
    assert chart.keys[0].text == "run: validation, best −1.9000 (epoch 3)"


def test_a_run_that_blew_up_does_not_flatten_the_others() -> None:
    good = run_of(list(np.linspace(-1, -1.5, 200)), [-1.0 - 0.02 * k for k in range(20)], name="good")
    bad = run_of([*np.linspace(-1, -1.2, 60), *[1e30] * 20], [-1.0, -1.1, -1.1, 1e30], name="bad")
    low, high = chart_of([good, bad], Wanted()).y_range
    assert low < -1.5
    assert high < 2


def test_a_reference_is_in_sight_however_far_it_is() -> None:
    wanted = Wanted(references=(("Graves", -1057.7),))
    chart = chart_of([run_of([-1.0] * 20, [-1.0, -1.1])], wanted)
    assert chart.y_range.low < -1057.7
    assert chart.levels[0].text == "Graves −1057.7"


def test_x_counts_steps_for_all_while_one_run_knows_no_epoch() -> None:
    old, young = run_of([-1.0] * 20, [-1.0, -1.1], name="old"), run_of([1.0] * 5, [], name="young")
    assert chart_of([old], Wanted()).x_label == "epochs"
    chart = chart_of([old, young], Wanted())
    assert chart.x_label == "steps"
    assert chart.x_range.high == 200
    with pytest.raises(HwError, match="young"):
        chart_of([old, young], Wanted(x="epochs"))


@pytest.mark.parametrize("what", QUANTITIES)
def test_every_quantity_is_drawn_from_the_rows_that_have_it(what: str) -> None:
    quantity = QUANTITIES[what]
    rows = [{"step": 10 * k, "epoch": k, **dict.fromkeys(quantity.keys, 1.0 * k)} for k in range(1, 9)]
    chart = chart_of([history(*rows, name=name) for name in ("a", "b")], Wanted(what=what))
    assert len(chart.curves) == 2 * len(quantity.keys)
    assert {curve.color for curve in chart.curves} == {0, 1}
    assert len(chart.marks) == (2 if quantity.best else 0)
    assert (chart.y_range.low == 0) == quantity.from_zero


def test_what_was_smoothed_is_said_and_what_was_not_too() -> None:
    run = run_of(list(np.linspace(-1, -2, 200)), [-1.0, -1.1])
    assert chart_of([run], Wanted()).keys[1].text == "training, mean over 50 steps"
    raw = chart_of([run], Wanted(smooth=0))
    assert raw.keys[1].text == "training, every row"
    thin = next(curve for curve in raw.curves if not curve.bold)
    assert np.array_equal(thin.y, np.linspace(-1, -2, 200))


def test_runs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    for name in ("a/run", "b/run", "b/other"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "metrics.jsonl").write_text(json.dumps({"step": 10, "loss": 1}) + "\n")

    def names(*runs: str) -> list[str]:
        return [one.name for one in read_histories(tmp_path / run for run in runs)]

    assert names("a/run", "b/other") == ["run", "other"]
    assert names("a/run", "b/run") == [str(tmp_path / "a/run"), str(tmp_path / "b/run")]
    assert names("a/run/metrics.jsonl") == ["run"]
