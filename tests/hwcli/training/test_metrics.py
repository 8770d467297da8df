"""metrics.jsonl."""

import json

from hwcli.training.metrics import Metrics


def rows(path):
    return [json.loads(line, parse_constant=lambda word: word) for line in path.read_text().splitlines()]


def test_nonfinite_numbers_are_null(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    metrics.record({"step": 1, "loss": float("nan"), "gradient_norm": float("inf"), "lr": 0.5})
    assert rows(metrics.path) == [{"step": 1, "loss": None, "gradient_norm": None, "lr": 0.5}]


def test_rewind_drops_later_and_truncated_rows(tmp_path):
    metrics = Metrics(tmp_path / "m.jsonl")
    for step in (10, 20, 30):
        metrics.record({"step": step})
    with metrics.path.open("a") as file:
        file.write('{"step": 4')
    metrics.rewind(20, 9)
    assert rows(metrics.path) == [{"step": 10}, {"step": 20}]
    metrics.rewind(0, 9)
    assert rows(metrics.path) == []
