"""Metrics are read back by step, counted in epochs, and named after their run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from hwcli.plotting.history import read_histories, read_history
from hwcli.training.metrics import Metrics
from metrics_rows import history

NAN = math.nan


def test_metrics_are_read_back(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    metrics.record({"step": 10, "epoch": 1, "loss": 2.5})
    metrics.record({"step": 20, "epoch": 1, "loss": NAN})
    metrics.record({"step": 20, "epoch": 1, "train_nats_per_point": 2.0})
    series = read_history(tmp_path, "run").series("loss")
    assert series.x.tolist() == [10, 20]
    assert np.array_equal(series.y, [2.5, NAN], equal_nan=True)


def test_series_is_sorted_and_the_last_row_of_a_step_counts() -> None:
    rows = [{"step": step, "loss": loss} for step, loss in ((30, 3), (10, 1), (20, 9), (20, 2), (40, "x"))]
    series = history(*rows, {"step": 50}, {"step": 60, "loss": True}).series("loss")
    assert series.x.tolist() == [10, 20, 30, 40, 60]
    assert np.array_equal(series.y, [1, 2, 3, NAN, NAN], equal_nan=True)


def test_epochs_are_interpolated_and_extrapolated() -> None:
    ends = [{"step": s, "epoch": e, "train_nats_per_point": 1.0} for s, e in ((100, 1), (300, 2))]
    steps = np.array([0, 50, 100, 200, 300, 350])
    found = history({"step": 10, "epoch": 1, "loss": 1.0}, *ends).epochs(steps)
    assert found is not None
    assert found.tolist() == [0, 0.5, 1, 1.5, 2, 2.25]


def test_epochs_are_unknown_until_one_has_ended() -> None:
    within = [{"step": 10 * k, "epoch": 1 + k // 20, "loss": 1.0, "lr": 0.1} for k in range(1, 40)]
    assert history(*within).epochs(np.array([10.0])) is None
    for epoch in (None, 0, -3, 0.5, "two", True):
        odd = history({"step": 10, "epoch": epoch, "valid_nats_per_point": 1})
        assert odd.epochs(np.array([1.0])) is None


def test_runs_of_the_same_name_are_named_by_path(tmp_path: Path) -> None:
    for name in ("a/run", "b/run", "b/other"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "metrics.jsonl").write_text(json.dumps({"step": 10, "loss": 1}) + "\n")

    def names(*runs: str) -> list[str]:
        return [one.name for one in read_histories(tmp_path / run for run in runs)]

    assert names("a/run", "b/other") == ["run", "other"]
    assert names("a/run", "b/run") == [str(tmp_path / "a/run"), str(tmp_path / "b/run")]
    assert names("a/run/metrics.jsonl") == ["run"]


def test_names_contain_no_control_characters(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "loss": 1}\n')
    assert read_history(tmp_path, "a\x1b[31mb\n\u202ec").name == "a [31mb  c"
